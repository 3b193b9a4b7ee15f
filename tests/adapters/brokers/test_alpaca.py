"""The Alpaca adapter on a simulated broker: what it sends, and what it reports."""

import json
from decimal import Decimal
from typing import Any

import pytest

from fin_agent.domain.entry import OrderKind
from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.order import OrderState
from fin_agent.domain.plan import Levels
from fin_agent.domain.venue import OrderReport, Part, Terms, VenueAccount
from fin_agent.testing.builders import OPEN, a_session, an_intent, levels, usd
from tests.adapters.brokers.alpaca_worlds import (
    ASLEEP,
    ENTRY,
    EXIT,
    SHORT,
    World,
    an_entry,
    an_exit,
)
from tests.broker_simulator.faults import Kind, Rule
from tests.broker_simulator.market import Market

SESSION = a_session()


async def sent(kind: OrderKind, at: Levels | None = None) -> dict[str, Any]:
    world = World()
    await world.venue.submit(an_entry(kind, at), SESSION)
    posts = [r for r in world.engine.requests if r["method"] == "POST"]
    assert len(posts) == 1
    return dict(json.loads(posts[0]["body"]))


def parts(report: OrderReport | None) -> dict[str, tuple[int, bool]]:
    assert report is not None
    return {e.part.value: (int(e.filled), e.is_live) for e in report.executions}


async def test_a_market_entry_is_a_limit_inside_its_collar_with_both_legs() -> None:
    assert await sent(OrderKind.MARKET) == {
        "symbol": "ACME",
        "qty": "10",
        "side": "buy",
        "type": "limit",
        "limit_price": "101.50",
        "time_in_force": "day",
        "order_class": "bracket",
        "client_order_id": ENTRY,
        "take_profit": {"limit_price": "109"},
        "stop_loss": {"stop_price": "97"},
    }


async def test_a_stop_entry_is_a_stop_limit_and_a_limit_entry_keeps_its_price() -> None:
    stop, limit = await sent(OrderKind.STOP), await sent(OrderKind.LIMIT)

    assert [stop["type"], stop["stop_price"], stop["limit_price"]] == [
        "stop_limit",
        "100",
        "101.50",
    ]
    assert [limit["type"], limit["limit_price"], "stop_price" in limit] == [
        "limit",
        "100",
        False,
    ]


async def test_a_short_entry_sells_down_to_its_collar() -> None:
    body = await sent(OrderKind.MARKET, SHORT)

    assert [body["side"], body["limit_price"]] == ["sell", "98.50"]
    assert [body["stop_loss"], body["take_profit"]] == [
        {"stop_price": "103"},
        {"limit_price": "91"},
    ]


async def test_the_collar_ends_before_a_near_target() -> None:
    body = await sent(OrderKind.MARKET, levels("10.00", "9.95", "10.10"))

    assert body["limit_price"] == "10.09"


async def test_prices_below_a_dollar_have_four_decimals() -> None:
    body = await sent(OrderKind.MARKET, levels("0.9", "0.8733", "0.981"))

    assert [body["limit_price"], body["stop_loss"]["stop_price"]] == ["0.9135", "0.8733"]


async def test_a_fraction_of_a_share_is_refused_before_it_is_sent() -> None:
    world = World()

    with pytest.raises(Refused, match="whole shares"):
        await world.venue.submit(an_intent(quantity="0.5"), SESSION)

    assert world.engine.requests == []


async def test_an_entry_is_acknowledged_then_filled_then_covered() -> None:
    world = World()

    first = await world.venue.submit(an_entry(), SESSION)
    world.pass_seconds(5)
    later = await world.venue.find(ENTRY)

    assert [first.state, first.filled, first.terms] == [
        OrderState.ACKED,
        0,
        Terms("ACME", Decimal(10)),
    ]
    assert parts(first) == {"entry": (0, True), "target": (0, False), "stop": (0, False)}
    assert later is not None
    assert [later.state, later.broker_id, later.has_live_legs] == [
        OrderState.FILLED,
        first.broker_id,
        True,
    ]
    assert parts(later) == {"entry": (10, False), "target": (0, True), "stop": (0, True)}
    assert later.executions[0].average_price == usd("101.5")
    assert await world.venue.positions() == {"ACME": 10}


@pytest.mark.parametrize(("leg", "price"), [("stop", "97"), ("target", "109")])
async def test_a_leg_that_fills_ends_the_other(leg: str, price: str) -> None:
    seed = next(n for n in range(50) if ("stop" if leg == "stop" else "limit") == _leg_of(n))
    world = World(market=_LEGS, seed=seed)
    await world.venue.submit(an_entry(), SESSION)
    world.pass_seconds(100)

    report = await world.venue.find(ENTRY)

    other = "target" if leg == "stop" else "stop"
    assert parts(report) == {"entry": (10, False), leg: (10, False), other: (0, False)}
    assert report is not None
    (fill,) = [e for e in report.executions if e.part.value == leg]
    assert fill.average_price == usd(price)
    assert await world.venue.positions() == {}
    assert await world.venue.release(ENTRY)


_LEGS = Market(fill_s=(0.1, 0.1), leg_s=(5.0, 5.0), partial=0.0, legs=1.0)


def _leg_of(seed: int) -> str:
    world = World(seed=seed)
    order = world.engine.venue.accept(
        {"symbol": "ACME", "qty": "10", "type": "limit", "side": "buy", "client_order_id": ENTRY},
        0.0,
        0.0,
    )
    fate = _LEGS.leg_fate(seed, order)
    return fate[0] if fate else ""


async def test_an_exit_waits_until_the_legs_are_gone() -> None:
    world = World()
    await world.venue.submit(an_entry(), SESSION)
    world.pass_seconds(5)

    assert not await world.venue.release(ENTRY)  # the cancel is on its way
    world.pass_seconds(1)
    assert await world.venue.release(ENTRY)
    report = await world.venue.exit(an_exit())
    world.pass_seconds(5)

    assert [report.state, report.terms] == [OrderState.ACKED, Terms("ACME", Decimal(-10))]
    assert parts(await world.venue.find(EXIT)) == {"exit": (10, False)}
    assert await world.venue.positions() == {}
    assert world.engine.venue.violations == []


async def test_a_way_out_knows_its_side_after_a_restart() -> None:
    world = World()
    await world.venue.submit(an_entry(at=SHORT), SESSION)
    world.pass_seconds(5)
    reborn = World()
    reborn.engine.venue = world.engine.venue
    reborn.clock.at = world.clock.at

    report = await reborn.venue.exit(an_exit())
    adopted = await reborn.venue.exit(an_exit(cid=EXIT + "2", entry="fa-unknown"))

    assert report.terms == Terms("ACME", Decimal(10))
    assert adopted.terms == Terms("ACME", Decimal(10))


async def test_no_order_and_no_position_is_nothing_to_go_out_of() -> None:
    with pytest.raises(Refused, match="no position"):
        await World().venue.exit(an_exit())


async def test_a_protective_pair_is_one_order_of_which_one_half_fills() -> None:
    seed = next(n for n in range(50) if _pair_leg(n) == "stop")
    world = World(market=_LEGS, seed=seed)
    await world.venue.exit(an_exit(stop="97", target="109"))
    world.pass_seconds(1)
    waiting = await world.venue.find(EXIT)
    world.pass_seconds(20)
    done = await world.venue.find(EXIT)

    assert parts(waiting) == {"target": (0, True), "stop": (0, True)}
    assert waiting is not None
    assert [waiting.state, waiting.has_live_legs] == [OrderState.ACKED, True]
    assert done is not None
    assert [done.state, done.filled] == [OrderState.FILLED, 10]
    assert parts(done) == {"target": (0, False), "stop": (10, False)}


def _pair_leg(seed: int) -> str:
    world = World(seed=seed)
    order = world.engine.venue.accept(
        {"symbol": "ACME", "qty": "1", "type": "limit", "side": "sell", "client_order_id": EXIT},
        0.0,
        0.0,
    )
    fate = _LEGS.leg_fate(seed, order)
    return fate[0] if fate else ""


async def test_a_cancelled_entry_ends_with_its_legs() -> None:
    world = World(market=ASLEEP)
    await world.venue.submit(an_entry(), SESSION)

    await world.venue.cancel(ENTRY)
    world.pass_seconds(1)

    report = await world.venue.find(ENTRY)
    assert report is not None
    assert [report.state, report.filled] == [OrderState.CANCELLED, 0]
    assert await world.venue.release(ENTRY)
    await world.venue.cancel(ENTRY)  # nothing is left to take back: nothing is asked


async def test_an_order_that_is_not_shown_yet_is_not_released() -> None:
    world = World(Rule(Kind.INVISIBLE, "POST", seconds=8))
    await world.venue.submit(an_entry(), SESSION)

    assert await world.venue.find(ENTRY) is None
    assert not await world.venue.release(ENTRY)
    with pytest.raises(Unavailable, match="not known"):
        await world.venue.cancel(ENTRY)
    world.pass_seconds(9)
    assert await world.venue.find(ENTRY) is not None


async def test_all_orders_are_listed_once_each_leg_inside_its_order() -> None:
    world = World()
    await world.venue.submit(an_entry(), SESSION)
    foreign = b'{"symbol":"XYZ","qty":"1","type":"market","side":"buy","time_in_force":"day",'
    world.engine.handle(
        "POST", "/v2/orders", {}, foreign + b'"client_order_id":"mine"}', OPEN.timestamp()
    )
    world.pass_seconds(3600)

    listed = await world.venue.orders(world.clock.now())  # made before, but its legs still work

    assert [report.client_order_id for report in listed] == [ENTRY, "mine"]
    assert parts(listed[0]) == {"entry": (10, False), "target": (0, True), "stop": (0, True)}
    assert listed[1].executions[0].part is Part.ENTRY


async def test_more_orders_than_a_page_are_all_found() -> None:
    world = World(market=ASLEEP)
    for number in range(620):
        body = {"symbol": "XYZ", "qty": "1", "type": "market", "side": "buy"}
        body |= {"time_in_force": "day", "client_order_id": f"other-{number}"}
        at = OPEN.timestamp() + number / 4  # four share each instant's millisecond neighbourhood
        world.engine.handle("POST", "/v2/orders", {}, json.dumps(body).encode(), at)
    world.pass_seconds(200)

    listed = await world.venue.orders(OPEN)

    assert len({report.client_order_id for report in listed}) == len(listed) == 620


async def test_the_account_is_named_as_paper_and_open() -> None:
    assert await World().venue.account() == VenueAccount("SIM000001", is_live=False)
