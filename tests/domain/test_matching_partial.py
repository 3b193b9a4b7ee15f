"""A bar gives each order a tenth of its volume; the rest works on, cancels, or goes at market."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from fin_agent.domain.entry import OrderKind
from fin_agent.domain.market import Side
from fin_agent.domain.matching import FeeTable
from fin_agent.testing.builders import (
    FREE_FILLS,
    OPEN,
    SLIP,
    a_bar,
    a_bracket,
    an_intent,
    usd,
)
from tests.domain.fill_tables import SHORT, entered, expected, ohlc, ordered, quiet, shown

MARKET, LIMIT, STOP = OrderKind
TENTH = replace(FREE_FILLS, participation_pct=Decimal(10))
both_sides = pytest.mark.parametrize("side", list(Side))


@both_sides
def test_an_entry_takes_a_tenth_of_each_bar_floored_to_the_lot(side: Side) -> None:
    venue = ordered(side, rules=TENTH)

    assert venue.on(quiet(0, 57)) == expected(("entry", 5, 100.5))
    assert venue.on(quiet(1, 9)) == []
    assert venue.on(quiet(2, 1_000)) == expected(("entry", 5, 100.5))
    assert venue.on(quiet(3, 1_000)) == []
    assert [venue.bracket.held, venue.bracket.entry_left] == [10, 0]


def test_with_fractions_a_tenth_is_floored_to_a_ten_thousandth() -> None:
    venue = ordered(Side.LONG, rules=replace(TENTH, lot=usd("0.0001")))

    assert venue.on(quiet(0, 57.00001)) == expected(("entry", 5.7, 100.5))


@both_sides
@pytest.mark.parametrize("kind", [MARKET, LIMIT, STOP], ids=str)
def test_a_bar_without_volume_fills_no_entry(side: Side, kind: OrderKind) -> None:
    venue = ordered(side, kind, rules=TENTH)

    assert venue.on(ohlc(0, 100, 101, 98, 100, 0)) == []
    assert venue.bracket.entry_left == 10
    assert not venue.bracket.is_done


@both_sides
def test_the_rest_of_a_triggered_entry_stop_is_market_at_the_following_opens(side: Side) -> None:
    venue = ordered(side, STOP, rules=TENTH)

    assert venue.on(ohlc(0, 99, 101, 98.5, 100, 40)) == expected(("entry", 4, 100))
    assert venue.on(ohlc(1, 98, 99, 97.5, 98, 20)) == expected(("entry", 2, 98))
    assert venue.on(ohlc(2, 99, 99.5, 98, 98, 500)) == expected(("entry", 4, 99))


@both_sides
def test_an_entry_stop_that_triggered_without_a_share_to_be_had_is_market_too(side: Side) -> None:
    venue = ordered(side, STOP, rules=TENTH)

    assert venue.on(ohlc(0, 99, 101, 98.5, 100, 5)) == []
    assert venue.on(ohlc(1, 98, 99, 97.5, 98, 500)) == expected(("entry", 10, 98))


@both_sides
def test_an_exit_cancels_what_is_left_of_the_entry(side: Side) -> None:
    venue = ordered(side, LIMIT, rules=TENTH)

    assert venue.on(ohlc(0, 101, 102, 99, 100, 40)) == expected(("entry", 4, 100))
    assert venue.on(ohlc(1, 110, 111, 108, 109, 1_000)) == expected(("target", 4, 110))
    assert venue.on(ohlc(2, 99, 101, 98, 100)) == []
    assert venue.bracket.is_done


@both_sides
def test_the_rest_of_a_triggered_stop_goes_at_market_at_the_following_opens(side: Side) -> None:
    venue = entered(side, rules=TENTH)

    assert venue.on(ohlc(1, 98, 99, 96, 98, 40)) == expected(("stop", 4, 97))
    assert venue.on(ohlc(2, 105, 115, 90, 105, 9)) == []
    assert venue.on(ohlc(3, 112, 115, 90, 105, 40)) == expected(("stop", 4, 112))
    assert venue.on(ohlc(4, 95, 96, 94, 95, 40)) == expected(("stop", 2, 95))
    assert venue.bracket.is_done


@both_sides
def test_a_stop_that_finds_no_share_to_take_is_market_from_the_next_open_on(side: Side) -> None:
    venue = entered(side, rules=TENTH)

    assert venue.on(ohlc(1, 98, 99, 96, 98, 9)) == []
    assert venue.on(ohlc(2, 101, 102, 100, 101, 1_000)) == expected(("stop", 10, 101))


@both_sides
def test_the_rest_of_a_target_keeps_both_legs(side: Side) -> None:
    again, stopped = entered(side, rules=TENTH), entered(side, rules=TENTH)
    part = ohlc(1, 108, 110, 107, 108, 40)

    assert again.on(part) == expected(("target", 4, 109))
    assert again.on(ohlc(2, 108, 108.5, 107, 108, 1_000)) == []
    assert again.on(ohlc(3, 108, 110, 107, 108, 1_000)) == expected(("target", 6, 109))
    assert stopped.on(part) == expected(("target", 4, 109))
    assert stopped.on(ohlc(2, 98, 99, 96, 98, 1_000)) == expected(("stop", 6, 97))


@both_sides
def test_each_leg_is_an_order_of_its_own_in_a_bar(side: Side) -> None:
    """A target reached at the open takes its tenth; the stop reached later takes another."""
    venue = entered(side, rules=TENTH)

    fills = venue.fills(ohlc(1, 110, 111, 96, 98, 40))

    assert [fill.reason for fill in fills] == ["target", "stop"]
    assert [fill.quantity for fill in fills] == [4, 4]
    assert not any(fill.ambiguous for fill in fills)
    assert venue.on(ohlc(2, 99, 100, 98, 99, 40)) == expected(("stop", 2, 99))


@both_sides
@pytest.mark.parametrize("kind", [MARKET, LIMIT, STOP], ids=str)
def test_no_entry_fills_in_a_bar_that_starts_at_the_windows_end(
    side: Side, kind: OrderKind
) -> None:
    late, last = ordered(side, kind), ordered(side, kind)

    assert late.on(ohlc(120, 100, 101, 99, 100)) == []
    assert late.bracket.is_done
    assert last.on(ohlc(119, 100, 101, 99, 100)) == expected(("entry", 10, 100))


@both_sides
def test_the_rest_of_a_partly_filled_entry_is_cancelled_at_the_windows_end(side: Side) -> None:
    venue = ordered(side, rules=TENTH)
    venue.on(quiet(119, 40))

    assert venue.on(quiet(120, 1_000)) == []
    assert [venue.bracket.held, venue.bracket.entry_left] == [4, 0]
    assert venue.on(ohlc(121, 96, 97, 95, 96, 1_000)) == expected(("stop", 4, 96))


@both_sides
def test_flatten_cancels_legs_and_entry_and_goes_out_at_the_next_opens(side: Side) -> None:
    venue = ordered(side, rules=TENTH)
    venue.on(quiet(0, 60))
    venue.bracket.exit_at_next_open("flat")

    assert venue.on(ohlc(375, 96, 111, 95, 100, 40)) == expected(("flat", 4, 96))
    assert venue.on(ohlc(377, 111, 112, 90, 100, 40)) == expected(("flat", 2, 111))
    assert venue.bracket.is_done


def test_flatten_before_any_fill_leaves_nothing_to_do() -> None:
    venue = ordered(Side.LONG)
    venue.bracket.exit_at_next_open("flat")

    assert venue.bracket.is_done
    assert venue.on(quiet(375)) == []


def test_flatten_slips_against_the_trader() -> None:
    long, short = a_bracket(rules=SLIP), a_bracket(an_intent(at=SHORT), SLIP)
    for bracket in (long, short):
        bracket.on_bar(quiet(0))
        bracket.exit_at_next_open("flat")

    assert shown(long.on_bar(a_bar(375, 100.0))) == expected(("flat", 10, 99.95))
    assert shown(short.on_bar(a_bar(375, 100.0))) == expected(("flat", 10, 100.05))


def test_what_is_left_at_the_close_is_marked_out_at_the_last_close_less_slip() -> None:
    long, short = a_bracket(rules=SLIP), a_bracket(an_intent(at=SHORT), SLIP)
    closes_at = OPEN + timedelta(minutes=390)
    for bracket in (long, short):
        bracket.on_bar(quiet(0))
    last = a_bar(388, 101.0, close=100.0, volume=1)

    sold, covered = long.close_out(last, closes_at), short.close_out(last, closes_at)

    assert shown(sold) == expected(("close", 10, 99.95))
    assert shown(covered) == expected(("close", 10, 100.05))
    assert (sold[0].at, sold[0].minute) == (closes_at, 388)
    assert long.is_done


def test_at_the_close_an_entry_that_never_filled_is_only_cancelled() -> None:
    bracket = a_bracket(an_intent(LIMIT))

    assert bracket.close_out(a_bar(389), OPEN + timedelta(minutes=390)) == []
    assert bracket.is_done


def test_fees_are_an_amount_an_order_an_amount_a_share_and_percent_of_value() -> None:
    table = FeeTable(per_order=usd(1), per_share=usd("0.005"), percent=usd("0.1"))

    assert table.of(usd(10), usd(100), first=True) == usd("2.05")
    assert table.of(usd(10), usd(100), first=False) == usd("1.05")
    assert FeeTable().of(usd(10), usd(100), first=True) == 0


def test_an_order_is_charged_once_and_fees_are_in_account_currency() -> None:
    fees = FeeTable(per_order=usd(1), per_share=usd("0.01"))
    bracket = a_bracket(rules=replace(TENTH, fees=fees), fx=2)
    bracket.on_bar(quiet(0, 40))
    bracket.on_bar(quiet(1, 1_000))
    first = a_bracket(rules=replace(TENTH, fees=fees), fx=2).on_bar(quiet(0, 40))

    exits = bracket.on_bar(ohlc(2, 98, 99, 96, 98, 40)) + bracket.on_bar(quiet(3, 1_000))

    assert [fill.fees for fill in first] == [usd("0.52")]
    assert [fill.fees for fill in exits] == [usd("0.52"), usd("0.03")]
