"""A position is the fold of its fills, and its record says what the fills made of the plan."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.domain.errors import Inconsistent, InvalidValue
from fin_agent.domain.journal import TradeRecord, TradeRecorded, record_of
from fin_agent.domain.market import Side
from fin_agent.domain.order import Fill
from fin_agent.domain.position import Excursion, Position
from fin_agent.testing.builders import OPEN, a_fill, a_plan, an_intent, levels, usd
from tests.domain.fill_tables import SHORT
from tests.domain.worked_examples import TRADES, WorkedTrade


def folded(*fills: Fill, side: Side = Side.LONG, fx: str = "1") -> Position:
    position = Position(an_intent(at=SHORT) if side is Side.SHORT else an_intent(), usd(fx))
    for fill in fills:
        position = position.filled(fill)
    return position


def recorded(trade: WorkedTrade) -> TradeRecord:
    intent = an_intent(quantity=trade.quantity, plan=trade.plan, at=trade.bound)
    excursion = Excursion(intent, trade.worst_bar.minute)
    excursion.survived(trade.worst_bar)
    excursion.survived(trade.best_bar)
    excursion.exited(float(trade.exit_price))
    position = Position(intent, usd(1))
    position = position.filled(a_fill(trade.quantity, trade.entry_price, symbol=trade.symbol))
    position = position.filled(
        a_fill(trade.quantity, trade.exit_price, trade.exit_reason, symbol=trade.symbol)
    )
    return record_of(position, excursion, usd(trade.quantity))


@pytest.mark.parametrize("trade", TRADES, ids=lambda trade: trade.symbol)
def test_the_trade_of_the_worked_example(trade: WorkedTrade) -> None:
    record = recorded(trade)

    assert record.pnl == usd(trade.pnl)
    assert round(record.r_multiple, 4) == trade.r_multiple
    assert [round(record.mae_r, 4), round(record.mfe_r, 4)] == [trade.mae_r, trade.mfe_r]
    assert record.exit_reason == trade.exit_reason


def test_the_slippage_of_the_worked_example_is_measured_against_the_trigger() -> None:
    slippage = {trade.symbol: recorded(trade).slippage_bps for trade in TRADES}

    assert slippage["ORCL"] == 9.71662
    assert slippage["NVDA"] == -1.184407  # filled below its trigger: better
    assert slippage["NKE"] == 24.477005  # a short sold below its trigger: worse


def test_before_its_first_fill_a_position_is_nothing() -> None:
    position = folded()

    assert (position.is_open, position.entry_time, position.last_exit) == (False, None, None)
    assert [position.quantity, position.entry_price, position.realised] == [0, 0, 0]
    assert position.exit_price is None


def test_several_fills_average() -> None:
    position = folded(a_fill(4, 100), a_fill(6, 101, minute=2), a_fill(5, 103, "target", minute=9))

    assert [position.quantity, position.entry_price, position.exit_price] == [5, usd("100.6"), 103]
    assert position.exposure == 503
    assert [position.realised, position.unrealised(usd(102))] == [12, 7]
    assert position.is_open
    assert (position.entry_time, position.symbol) == (a_fill(minute=1).at, "ACME")


def test_a_short_gains_when_the_price_falls() -> None:
    position = folded(a_fill(10, 100), a_fill(4, 97, "target"), side=Side.SHORT)

    assert [position.realised, position.unrealised(usd(99)), position.at_risk(usd(99))] == [
        12,
        6,
        24,
    ]


def test_amounts_are_in_account_currency_and_fees_inside_the_result() -> None:
    position = folded(
        a_fill(10, 100, fees="0.5"), a_fill(10, 110, "target", fees="0.25"), fx="1.25"
    )

    assert [position.realised, position.fees] == [usd("79.25"), usd("0.75")]


def test_what_is_open_is_worth_account_currency_too() -> None:
    position = folded(a_fill(10, 100), fx="1.25")

    assert [position.exposure, position.unrealised(usd(102)), position.at_risk(usd(102))] == [
        800,
        16,
        40,
    ]


def test_the_stop_can_lose_nothing_below_itself() -> None:
    position = folded(a_fill(10, 100))

    assert [position.at_risk(usd(mark)) for mark in (101, 97, 96)] == [40, 0, 0]


def test_selling_more_than_is_held_is_inconsistent() -> None:
    with pytest.raises(Inconsistent, match="11 sold of 10 held"):
        folded(a_fill(10, 100), a_fill(11, 101, "stop"))


parts = st.lists(st.integers(1, 50), min_size=1, max_size=6)


@given(bought=parts, sold=parts, data=st.data())
def test_the_position_is_the_sum_of_its_fills(
    bought: list[int], sold: list[int], data: st.DataObject
) -> None:
    prices = st.decimals(1, 300, places=4)
    entries = [a_fill(quantity, data.draw(prices)) for quantity in bought]
    exits, left = [], sum(bought)
    for quantity in sold:
        taken = min(quantity, left)
        left -= taken
        exits += [a_fill(taken, data.draw(prices), "stop")] if taken else []

    position = folded(*entries, *exits)

    assert position.quantity == left
    assert position.fills == (*entries, *exits)
    assert position.is_open == (left > 0)


@given(
    quantity=st.integers(2, 100),
    cut=st.integers(1, 99),
    entry=st.decimals(1, 300, places=4),
    exit_=st.decimals(1, 300, places=4),
    side=st.sampled_from(Side),
)
def test_any_split_of_the_fills_gives_the_same_result(
    quantity: int, cut: int, entry: Decimal, exit_: Decimal, side: Side
) -> None:
    first = cut % (quantity - 1) + 1
    rest = quantity - first

    whole = folded(a_fill(quantity, entry), a_fill(quantity, exit_, "stop"), side=side)
    split = folded(
        a_fill(first, entry),
        a_fill(rest, entry),
        a_fill(rest, exit_, "stop"),
        a_fill(first, exit_, "stop"),
        side=side,
    )

    assert split.realised == whole.realised
    assert [split.entry_price, split.exit_price] == [whole.entry_price, whole.exit_price]
    assert abs(whole.realised - side.sign * quantity * (exit_ - entry)) < Decimal("1e-18")


@pytest.mark.parametrize("fills", [(), (a_fill(10, 100),), (a_fill(), a_fill(4, 101, "stop"))])
def test_only_a_closed_position_has_a_record(fills: tuple[Fill, ...]) -> None:
    with pytest.raises(InvalidValue, match="only a closed position"):
        record_of(folded(*fills), Excursion(an_intent(), 1), usd(10))


def test_of_several_exits_the_last_names_the_reason_and_one_ambiguous_fill_marks_the_trade() -> (
    None
):
    position = folded(
        a_fill(10, 100),
        a_fill(4, 109, "target", minute=5),
        a_fill(6, "96.95", "stop", minute=7, ambiguous=True),
    )

    record = record_of(position, Excursion(an_intent(), 1), usd(12))

    assert (record.exit_reason, record.ambiguous) == ("stop", True)
    assert record.exit_time == a_fill(minute=7).at
    assert [record.exit_price, record.quantity, record.planned_quantity] == [usd("101.77"), 10, 12]
    assert [record.mae_r, record.mfe_r] == [0.0, 0.0]


def test_risk_counts_what_was_entered_and_not_what_was_ordered() -> None:
    position = folded(a_fill(4, 100), a_fill(4, 103, "target"), fx="1.25")

    record = record_of(position, Excursion(an_intent(), 1), usd(10))

    assert record.r_multiple == 1.0
    assert record.pnl == usd("9.6")


def test_the_record_carries_the_plan_and_the_event_what_is_hashed() -> None:
    plan = a_plan(entry="vwap", at=levels(100, 97, 109))
    intent = an_intent(plan=plan)
    position = Position(intent, usd(1)).filled(a_fill(10, 100)).filled(a_fill(10, 97, "stop"))
    record = record_of(position, Excursion(intent, 1), usd(10))

    payload = TradeRecorded(record).payload()

    assert (record.plan_id, record.entry, record.grade) == ("plan-ACME", "vwap", "B")
    assert (record.trade_id, record.entry_time > OPEN) == ("fa-test-ACME-EN1", True)
    assert payload["r_multiple"] == -1.0
    assert payload["side"] == "long"
    assert "kpi" not in payload  # known at the close only
