"""The simulated broker keeps its own books right: its errors would look like the product's."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.broker_simulator.engine import Engine
from tests.broker_simulator.faults import FaultPlan, Kind, Rule, StreamFaults
from tests.broker_simulator.market import Market
from tests.broker_simulator.prices import PriceTape, price_tape
from tests.broker_simulator.replies import Drop, Reply

NINE = 1_741_786_200.0
AT_ONCE = Market(fill_s=(0.1, 0.1), cancel_s=(0.5, 0.5), partial=0.0, stall=0.0, legs=0.0)
BRACKET = {
    "symbol": "ACME",
    "qty": "10",
    "side": "buy",
    "type": "limit",
    "limit_price": "101.5",
    "time_in_force": "day",
    "order_class": "bracket",
    "client_order_id": "entry",
    "take_profit": {"limit_price": "109"},
    "stop_loss": {"stop_price": "97"},
}
SALE = {
    "symbol": "ACME",
    "qty": "10",
    "side": "sell",
    "type": "market",
    "time_in_force": "day",
    "client_order_id": "exit",
    "position_intent": "sell_to_close",
}


class Desk:
    """Asks an engine at times that only go forward."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.now = NINE

    def ask(self, method: str, path: str, body: object = None, **query: str) -> Any:
        data = b"" if body is None else json.dumps(body).encode()
        reply = self.engine.handle(method, path, query, data, self.now)
        return reply if isinstance(reply, Drop) else (reply.status, _content(reply))

    def send(self, body: dict[str, Any], **more: Any) -> Any:
        return self.ask("POST", "/v2/orders", {**body, **more})

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.engine.venue.advance(self.now)


def _content(reply: Reply) -> Any:
    try:
        return json.loads(reply.body) if reply.body else None
    except ValueError:
        return reply.body


def desk(*rules: Rule, market: Market = AT_ONCE, **more: bool) -> Desk:
    return Desk(Engine(1, FaultPlan(1, rules), market, **more))


def test_an_id_sent_twice_is_two_orders_unless_it_dedupes() -> None:
    careless, strict = desk(), desk(dedupe=True)

    answers = [(each.send(BRACKET)[0], each.send(BRACKET)[0]) for each in (careless, strict)]

    assert answers == [(200, 200), (200, 422)]
    assert [v["kind"] for v in careless.engine.venue.violations] == ["duplicate"]
    assert len(strict.engine.venue.orders) == 1


def test_legs_sleep_until_the_entry_is_wholly_filled() -> None:
    slow = desk(market=Market(fill_s=(5, 5), partial=1.0, stall=0.0, legs=0.0))
    slow.send(BRACKET)
    seen = []
    for _ in range(30):
        slow.wait(1)
        order = slow.engine.venue.orders[0]
        seen.append((order.filled == order.qty, order.legs[0].status))

    assert (False, "held") in seen
    assert seen[-1] == (True, "new")
    assert not {(True, "held"), (False, "new")} & set(seen)


def test_selling_more_than_is_held_is_a_violation_or_a_refusal() -> None:
    careless, strict = desk(), desk(guards=True)
    for each in (careless, strict):
        each.send(BRACKET)
        each.wait(1)

    assert strict.send(SALE)[1]["code"] == 40310000  # the legs hold the shares
    assert careless.send(SALE)[0] == 200
    careless.wait(1)
    assert careless.engine.venue.violations == []
    careless.send(SALE, client_order_id="again")
    careless.wait(1)
    assert [v["kind"] for v in careless.engine.venue.violations] == ["oversell"]
    assert careless.engine.ledger()["positions"] == {"ACME": "-10"}


def test_nothing_to_close_is_refused_by_a_strict_one() -> None:
    assert desk(guards=True).send(SALE)[1]["code"] == 42210000


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"limit_price": "101.555"}, 42210000),
        ({"qty": "0.5"}, 42210000),
        ({"qty": None}, 40010001),
        ({"side": "hold"}, 42210000),
        ({"take_profit": {"limit_price": "101"}}, 42210000),
        ({"stop_loss": {"stop_price": "102"}}, 42210000),
        ({"take_profit": None}, 40010001),
        ({"time_in_force": "gtc"}, 42210000),
    ],
)
def test_what_alpaca_would_not_take_is_not_taken(wrong: dict[str, Any], code: int) -> None:
    status, content = desk().send(BRACKET, **wrong)

    assert [status, content["code"]] == [422, code]


@pytest.mark.parametrize(
    ("kind", "processed"),
    [
        (Kind.LOST_REQUEST, 0),
        (Kind.HANG, 0),
        (Kind.UNREACHABLE, 0),
        (Kind.ERROR_500, 0),
        (Kind.TOO_MANY, 0),
        (Kind.REFUSE, 0),
        (Kind.LOST_REPLY, 1),
        (Kind.SILENT, 1),
        (Kind.ACCEPTED_504, 1),
        (Kind.GARBAGE, 1),
        (Kind.HTML, 1),
        (Kind.CUT_BODY, 1),
        (Kind.SLOW, 1),
        (Kind.INVISIBLE, 1),
    ],
)
def test_a_fault_says_truly_whether_it_was_processed(kind: Kind, processed: int) -> None:
    made = desk(Rule(kind, "POST", nth=(1,)))
    made.send(BRACKET)

    assert len(made.engine.venue.orders) == processed
    assert made.engine.ledger()["faults"] == {kind.value: 1}


def test_a_late_arrival_comes_later_and_an_invisible_order_is_seen_later() -> None:
    late = desk(Rule(Kind.LATE_ARRIVAL, "POST", seconds=30))
    hidden = desk(Rule(Kind.INVISIBLE, "POST", seconds=8))

    assert late.send(BRACKET) == Drop()
    assert hidden.send(BRACKET)[0] == 200
    asked = ("GET", "/v2/orders:by_client_order_id")
    assert hidden.ask(*asked, client_order_id="entry")[0] == 404
    assert hidden.ask("GET", "/v2/orders", status="all")[1] == []
    late.wait(29)
    assert late.engine.venue.orders == []
    late.wait(1)
    hidden.wait(8)
    assert late.engine.venue.orders[0].created_at == NINE + 30
    assert hidden.ask(*asked, client_order_id="entry")[0] == 200


def test_a_bracket_whose_entry_filled_is_not_open_but_its_target_is() -> None:
    made = desk()
    made.send(BRACKET)
    waiting = made.ask("GET", "/v2/orders", status="open", nested="true")[1]
    made.wait(1)

    assert [order["client_order_id"] for order in waiting] == ["entry"]
    assert made.ask("GET", "/v2/orders", status="open", nested="true")[1] == []
    alone = made.ask("GET", "/v2/orders", status="open")[1]
    assert [(order["type"], order["legs"]) for order in alone] == [("limit", None)]


def test_the_day_ends_with_every_order_expired() -> None:
    made = desk(market=Market(fill_s=(1e6, 1e6)))
    made.send(BRACKET)
    made.engine.control("expire", {}, made.now)

    order = made.engine.venue.orders[0]
    assert [order.status, *(leg.status for leg in order.legs)] == ["expired"] * 3


@pytest.mark.parametrize("survive", [False, True])
def test_a_partly_filled_entry_that_is_cancelled(survive: bool) -> None:
    market = Market(fill_s=(1, 1), cancel_s=(0, 0), partial=1.0, legs_survive_partial=survive)
    made = desk(market=market)
    made.send(BRACKET)
    while not made.engine.venue.orders[0].filled:
        made.wait(0.05)
    order = made.engine.venue.orders[0]
    made.ask("DELETE", f"/v2/orders/{order.id}")
    made.wait(0.01)

    assert [order.status, 0 < order.filled < 10] == ["canceled", True]
    assert [leg.is_over for leg in order.legs] == [not survive] * 2
    assert {leg.qty for leg in order.legs} == {order.filled if survive else Decimal(10)}


def test_orders_follow_a_price_file(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text("seconds,symbol,price\n0,ACME,102\n10,ACME,101\n20,ACME,99\n30,ACME,96.5\n")
    made = desk()
    made.engine.venue.tape = price_tape(path)
    made.send(BRACKET)
    made.wait(60)

    told = [(f["part"], f["signed"], f["price"], f["at"] - NINE) for f in made.engine.venue.fills]
    assert told == [("order", "10", "101", 10.0), ("stop", "-10", "96.5", 30.0)]
    assert not PriceTape([]).knows("ACME")


@pytest.mark.parametrize("document", [{"rule": []}, {"rules": [{"kind": "bad luck"}]}])
def test_a_plan_that_cannot_be_read_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"unknown|bad luck"):
        FaultPlan.of(0, document)


ACTIONS = st.lists(
    st.tuples(st.floats(0.0, 40.0), st.sampled_from(["entry", "exit", "cancel", "look"])),
    max_size=25,
)


@given(seed=st.integers(0, 10_000), actions=ACTIONS)
def test_the_books_balance_and_the_same_seed_gives_the_same_day(
    seed: int, actions: list[tuple[float, str]]
) -> None:
    first, again = (_day(seed, actions) for _ in range(2))

    ledger = first.ledger()
    sums: dict[str, Decimal] = {}
    for fill in ledger["fills"]:
        sums[fill["symbol"]] = sums.get(fill["symbol"], Decimal(0)) + Decimal(fill["signed"])
    assert {s: str(q) for s, q in sums.items()} == ledger["positions"]
    for order in first.venue.families():
        assert 0 <= order.filled <= order.qty
        assert (order.filled == order.qty) == (order.status == "filled")
    for order in first.venue.orders:
        assert sum(leg.filled for leg in order.legs) <= order.filled or order.order_class == "oco"
    assert again.ledger() == ledger


def _day(seed: int, actions: list[tuple[float, str]]) -> Engine:
    rules = [
        Rule(Kind.LOST_REQUEST, share=0.1),
        Rule(Kind.LOST_REPLY, share=0.1),
        Rule(Kind.LATE_ARRIVAL, "POST", share=0.1, seconds=20),
    ]
    faults = FaultPlan(seed, rules, StreamFaults(drop=0.2, duplicate=0.2, delay=0.2))
    made = Desk(Engine(seed, faults, Market(stall=0.2, reject=0.1, leg_s=(1.0, 30.0))))
    for number, (seconds, action) in enumerate(actions):
        made.wait(seconds)
        if action == "entry":
            made.send(BRACKET, client_order_id=f"entry-{number}")
        elif action == "exit":
            made.send(SALE, client_order_id=f"exit-{number}", qty="3")
        elif action == "cancel" and made.engine.venue.orders:
            made.ask("DELETE", f"/v2/orders/{made.engine.venue.orders[0].id}")
        else:
            made.ask("GET", "/v2/orders", status="all", nested="true")
        made.engine.frames(made.now)
    made.wait(1_000)
    return made.engine
