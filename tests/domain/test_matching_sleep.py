"""A bracket may sleep through bars that change nothing: the fills are the same as bar by bar."""

from dataclasses import replace
from decimal import Decimal

import pytest

from fin_agent.domain.entry import OrderKind
from fin_agent.domain.market import Bar, Side
from fin_agent.testing.builders import FREE_FILLS
from tests.domain.fill_tables import Venue, entered, expected, mirrored, ohlc, ordered, quiet

MARKET, LIMIT, STOP = OrderKind
TENTH = replace(FREE_FILLS, participation_pct=Decimal(10))
both_sides = pytest.mark.parametrize("side", list(Side))


def sleeps(venue: Venue, bar: Bar) -> bool:
    return venue.bracket.sleeps_through(bar if venue.side is Side.LONG else mirrored(bar))


@both_sides
@pytest.mark.parametrize(
    ("bar", "sleeping"),
    [
        (ohlc(1, 100, 108.99, 97.01, 100), True),
        (ohlc(10**6, 100, 108.99, 97.01, 100), True),  # legs do not end with the entry window
        (ohlc(1, 100, 109, 98, 100), False),
        (ohlc(1, 100, 108, 97, 100), False),
        (ohlc(1, 100, 110, 96, 100), False),
    ],
)
def test_a_position_sleeps_between_its_legs(bar: Bar, sleeping: bool, side: Side) -> None:
    assert sleeps(entered(side), bar) is sleeping


@both_sides
@pytest.mark.parametrize(
    ("kind", "bar", "sleeping"),
    [
        (LIMIT, ohlc(119, 150, 200, 100.01, 150), True),
        (LIMIT, ohlc(119, 150, 200, 100, 150), False),
        (LIMIT, ohlc(120, 150, 200, 100.01, 150), False),  # the window's end has to be noticed
        (STOP, ohlc(119, 50, 99.99, 1, 50), True),
        (STOP, ohlc(119, 50, 100, 1, 50), False),
        (STOP, ohlc(120, 50, 99.99, 1, 50), False),
        (MARKET, ohlc(1, 100, 101, 99, 100), False),
    ],
)
def test_an_entry_order_sleeps_until_its_price_or_its_end(
    kind: OrderKind, bar: Bar, sleeping: bool, side: Side
) -> None:
    assert sleeps(ordered(side, kind), bar) is sleeping


@both_sides
def test_a_stop_that_triggered_without_a_share_to_be_had_stays_awake(side: Side) -> None:
    venue = ordered(side, STOP, rules=TENTH)

    assert venue.on(ohlc(1, 99, 101, 98.5, 100, 5)) == []
    assert not sleeps(venue, ohlc(2, 98, 99, 97.5, 98))


@both_sides
def test_whoever_goes_out_or_waits_for_the_rest_of_an_entry_stays_awake(side: Side) -> None:
    leaving, waiting = entered(side), ordered(side, LIMIT, rules=TENTH)
    leaving.bracket.exit_at_next_open("flat")
    waiting.on(ohlc(0, 101, 102, 99, 100, 40))

    assert not sleeps(leaving, quiet(1))
    assert not sleeps(waiting, ohlc(1, 103, 104, 102, 103))
    waiting.bracket.cancel_entry()
    assert sleeps(waiting, ohlc(1, 103, 104, 102, 103))


@both_sides
def test_when_all_is_done_nothing_wakes(side: Side) -> None:
    venue = ordered(side, LIMIT)
    venue.bracket.cancel_entry()

    assert sleeps(venue, ohlc(10**6, 1, 1_000, 0.5, 2))


@both_sides
def test_the_first_reason_to_go_out_stays(side: Side) -> None:
    stopped, locked = entered(side, rules=TENTH), entered(side, rules=TENTH)

    assert stopped.on(ohlc(1, 98, 99, 96, 98, 40)) == expected(("stop", 4, 97))
    locked.bracket.exit_at_next_open("daily_loss")
    for venue in (stopped, locked):
        venue.bracket.exit_at_next_open("flat")

    assert stopped.on(ohlc(2, 99, 100, 98, 99)) == expected(("stop", 6, 99))
    assert locked.on(ohlc(2, 99, 100, 98, 99)) == expected(("daily_loss", 10, 99))
