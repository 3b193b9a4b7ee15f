"""Alpaca's documents: recorded ones are read whole, and no spoilt one ends an order."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from fin_agent.adapters.alpaca_wire.accounts import account_of, held_shares
from fin_agent.adapters.alpaca_wire.answers import decoded
from fin_agent.adapters.alpaca_wire.hints import hint_of
from fin_agent.adapters.alpaca_wire.orders import STATES, instant, number, parsed
from fin_agent.adapters.alpaca_wire.reports import report_of
from fin_agent.domain.errors import InvalidValue
from fin_agent.domain.order import OrderState
from fin_agent.domain.venue import OrderReport, Part, VenueAccount
from tests.adapters.brokers.alpaca_documents import ALPACA, a_document, recorded, recorded_orders
from tests.adapters.brokers.alpaca_worlds import EXIT
from tests.recorded_data import need


def test_every_recorded_order_is_read() -> None:
    orders = [order for order in recorded_orders() if "client_order_id" in order]

    reports = [report_of(parsed(order)) for order in orders]

    assert len(reports) >= 7
    assert {report.state for report in reports} == {OrderState.ACKED}
    assert reports[0].client_order_id == "eb9e2aaa-f71a-4f51-b5b4-52a6c565dad4"
    assert reports[0].executions[0].at == datetime(2021, 3, 16, 18, 38, 1, 942282, UTC)


def test_the_recorded_fill_points_at_its_order() -> None:
    path = ALPACA / "trade_update_fill_2024-11-19.json"
    need(path)

    hint = hint_of(path.read_bytes())
    order = parsed(json.loads(path.read_bytes())["data"]["order"])

    assert hint is not None
    assert [hint.broker_id, hint.reason] == ["6a7f7003-57fc-4ec5-bb8d-aa7730c49213", ""]
    assert hint.client_order_id == "sell-GNL-4-7.185-2024-47-19 09:11:05/sb2User4 "
    (execution,) = report_of(order).executions
    assert [execution.filled, execution.average_price] == [4, Decimal("7.1831")]
    assert report_of(order).state is OrderState.FILLED


def test_the_recorded_account_and_positions_are_read() -> None:
    account = recorded("account_routes.json")[0]["body"]
    positions = recorded("position_routes.json")[0]["body"]

    assert account_of(account, is_live=False) == VenueAccount("010203ABCD", is_live=False)
    assert held_shares(positions) == {"AAPL": 5}


@pytest.mark.parametrize("block", ["trading_blocked", "account_blocked", "trade_suspended_by_user"])
@pytest.mark.parametrize("value", [True, None, "false"])
def test_an_account_is_blocked_unless_it_is_said_to_be_free(block: str, value: object) -> None:
    free = {"account_number": "1", "status": "ACTIVE"} | dict.fromkeys(
        ("trading_blocked", "account_blocked", "trade_suspended_by_user"), False
    )

    assert not account_of(free, is_live=True).is_blocked
    assert account_of({**free, block: value}, is_live=True).is_blocked
    assert account_of({**free, "status": "ACCOUNT_CLOSED"}, is_live=True).is_blocked


@pytest.mark.parametrize(
    "positions",
    [
        {},
        [1],
        [{"symbol": "A", "qty": "1"}],
        [{"symbol": "", "qty": "1", "side": "long"}],
        [{"symbol": "A", "qty": "-1", "side": "long"}],
        [{"symbol": "A", "qty": "--1", "side": "short"}],
        [{"symbol": "A", "qty": None, "side": "short"}],
        [{"symbol": "A", "qty": "NaN", "side": "long"}],
    ],
)
def test_a_position_that_cannot_be_read_spoils_the_list(positions: object) -> None:
    with pytest.raises(InvalidValue):
        held_shares(positions)


def test_short_shares_are_negative() -> None:
    short = {"symbol": "A", "side": "short"}

    assert held_shares([{**short, "qty": "-5"}]) == {"A": -5}
    assert held_shares([{**short, "qty": "5"}]) == {"A": -5}


@pytest.mark.parametrize(
    ("status", "filled", "state"),
    [
        *((s, "0", OrderState.ACKED) for s, state in STATES.items() if state is OrderState.ACKED),
        ("partially_filled", "4", OrderState.ACKED),
        ("filled", "10", OrderState.FILLED),
        ("calculated", "10", OrderState.FILLED),
        ("calculated", "4", OrderState.ACKED),
        ("done_for_day", "4", OrderState.ACKED),
        ("canceled", "4", OrderState.CANCELLED),
        ("expired", "0", OrderState.EXPIRED),
        ("rejected", "0", OrderState.REJECTED),
        ("a word of tomorrow", "0", OrderState.ACKED),
        ("FILLED", "10", OrderState.ACKED),
    ],
)
def test_the_table_of_states(status: str, filled: str, state: OrderState) -> None:
    report = report_of(parsed(a_document(status, filled)))

    assert [report.state, report.filled] == [state, int(filled)]
    assert ("unknown status" in report.reason) is (status not in STATES)


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "filled"},
        {"status": "filled", "filled_qty": "4", "filled_avg_price": "1"},
        {"filled_qty": "4", "filled_avg_price": None},
        {"filled_qty": "4", "filled_avg_price": "0"},
        {"filled_qty": "-1"},
        {"filled_qty": "NaN"},
        {"filled_qty": "1e400000"},
        {"filled_qty": "ten"},
        {"filled_qty": True},
        {"filled_qty": ["1"]},
        {"status": None},
        {"id": 5},
        {"client_order_id": ""},
        {"submitted_at": "yesterday"},
        {"submitted_at": "2025-03-12T09:30:00"},
        {"submitted_at": None, "created_at": None, "updated_at": None},
        {"legs": {}},
        {"legs": [{}]},
        {"side": 1},
    ],
)
def test_a_document_that_contradicts_itself_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        parsed(a_document(**wrong))


@pytest.mark.parametrize("text", ["2024-11-19T14:47:05.706757064Z", "2024-11-19T14:47:05.706757Z"])
def test_nanoseconds_are_cut(text: str) -> None:
    assert instant(text) == datetime(2024, 11, 19, 14, 47, 5, 706757, UTC)


def test_numbers_may_be_text_or_json_numbers() -> None:
    assert [number(n, "qty") for n in ("7.18", 7, Decimal("7.18"))] == [
        Decimal("7.18"),
        7,
        Decimal("7.18"),
    ]
    assert decoded(b'{"a": 0.1}') == {"a": Decimal("0.1")}
    for bad in (b"NaN", b'{"a": Infinity}', b"", b"\xff", b"[" * 200_000):
        with pytest.raises(InvalidValue):
            decoded(bad)


def pair(parent: str, leg: str, filled: tuple[str, str], **more: Any) -> OrderReport:
    """A protective pair by the status and filled shares of its halves."""
    stop = a_document(leg, filled[1], id="b-2", client_order_id="leg", type="stop")
    halves = {"order_class": "oco", "client_order_id": EXIT, "legs": [stop]}
    return report_of(parsed(a_document(parent, filled[0], **{**halves, **more})))


@pytest.mark.parametrize(
    ("parent", "leg", "filled", "state", "live"),
    [
        ("new", "held", ("0", "0"), OrderState.ACKED, {Part.TARGET, Part.STOP}),
        ("partially_filled", "held", ("4", "0"), OrderState.ACKED, {Part.TARGET, Part.STOP}),
        ("filled", "canceled", ("10", "0"), OrderState.FILLED, set()),
        ("canceled", "filled", ("0", "10"), OrderState.FILLED, set()),
        ("replaced", "filled", ("0", "10"), OrderState.FILLED, {Part.TARGET}),
        ("canceled", "canceled", ("4", "0"), OrderState.CANCELLED, set()),
        ("canceled", "held", ("0", "0"), OrderState.ACKED, {Part.STOP}),
        ("expired", "expired", ("0", "0"), OrderState.EXPIRED, set()),
    ],
)
def test_a_pair_ends_when_both_halves_did(
    parent: str, leg: str, filled: tuple[str, str], state: OrderState, live: set[Part]
) -> None:
    report = pair(parent, leg, filled)

    assert [report.state, report.filled] == [state, sum(map(int, filled))]
    assert {e.part for e in report.executions if e.is_live} == live


def test_a_pair_without_its_other_half_has_not_ended() -> None:
    assert pair("canceled", "held", ("0", "0"), legs=None).state is OrderState.ACKED


def test_a_leg_that_was_replaced_lives_on_in_the_other() -> None:
    old = a_document(
        "replaced", "4", id="b-2", client_order_id="l1", type="stop", replaced_by="b-3"
    )
    new = a_document("new", "6", id="b-3", client_order_id="l2", type="stop")
    new["filled_avg_price"] = "90"
    report = report_of(parsed(a_document("filled", "10", order_class="bracket", legs=[old, new])))

    (stop,) = [e for e in report.executions if e.part is Part.STOP]
    assert [stop.filled, stop.average_price, stop.is_live] == [10, 94, True]
