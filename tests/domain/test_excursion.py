"""How far the price went while held, and whether +7 % came before -3 % (strategy.md section 13)."""

import pytest

from fin_agent.domain.entry import OrderKind
from fin_agent.domain.market import Bar, Side
from fin_agent.domain.position import Excursion
from fin_agent.testing.builders import a_bar, an_intent, levels
from tests.domain.fill_tables import SHORT, mirrored, ohlc

MARKET, LIMIT, STOP = OrderKind


def on(side: Side, kind: OrderKind = MARKET, first: int = 0) -> Excursion:
    return Excursion(an_intent(kind, at=SHORT) if side is Side.SHORT else an_intent(kind), first)


def watched(excursion: Excursion, side: Side, *bars: Bar) -> bool | None:
    for bar in bars:
        excursion.watch(bar if side is Side.LONG else mirrored(bar))
    return excursion.kpi


both_sides = pytest.mark.parametrize("side", list(Side))


@both_sides
@pytest.mark.parametrize(
    ("bars", "reached"),
    [
        ([], None),
        ([ohlc(1, 100, 106.99, 97.01, 100)], None),
        ([ohlc(1, 100, 107, 98, 100)], True),
        ([ohlc(1, 100, 106, 97, 100)], False),
        ([ohlc(1, 100, 107, 97, 100)], False),  # both in one bar: the open does not decide
        ([ohlc(1, 107, 108, 96, 100)], True),  # the open decides
        ([ohlc(1, 97, 108, 96, 100)], False),
        ([ohlc(1, 100, 106, 98, 100), ohlc(2, 108, 109, 107, 108)], True),
        ([ohlc(1, 100, 106, 96, 100), ohlc(2, 108, 109, 107, 108)], False),
        ([ohlc(1, 100, 108, 98, 100), ohlc(2, 96, 97, 95, 96)], True),
    ],
)
def test_the_kpi_asks_what_came_first(bars: list[Bar], reached: bool | None, side: Side) -> None:
    assert watched(on(side), side, *bars) is reached


@both_sides
@pytest.mark.parametrize("kind", [LIMIT, STOP], ids=str)
@pytest.mark.parametrize(
    ("bar", "reached"),
    [
        (ohlc(0, 101, 108, 98, 100), None),
        (ohlc(0, 108, 109, 99, 100), None),
        (ohlc(0, 101, 108, 97, 100), False),
        (ohlc(0, 101, 102, 96, 100), False),
    ],
)
def test_in_the_bar_of_a_limit_or_stop_entry_only_the_loss_counts(
    kind: OrderKind, bar: Bar, reached: bool | None, side: Side
) -> None:
    excursion = on(side, kind)

    assert watched(excursion, side, bar) is reached
    if reached is None:
        assert watched(excursion, side, ohlc(1, 106, 107, 105, 106)) is True


@both_sides
def test_in_the_bar_of_a_market_entry_both_count(side: Side) -> None:
    assert watched(on(side), side, ohlc(0, 101, 108, 98, 100)) is True


@pytest.mark.parametrize(
    ("trigger", "gain", "loss"),
    [("299.98", 320.9786, 290.9806), ("43.21", 46.2347, 41.9137), ("29.99", 32.0893, 29.0903)],
)
def test_a_price_exactly_on_a_kpi_level_has_reached_it(
    trigger: str, gain: float, loss: float
) -> None:
    intent = an_intent(at=levels(trigger, 1, 1_000))
    up, down = Excursion(intent, 0), Excursion(intent, 0)

    up.watch(a_bar(1, float(trigger), high=gain))
    down.watch(a_bar(1, float(trigger), low=loss))

    assert (up.kpi, down.kpi) == (True, False)


def test_worst_and_best_are_those_of_the_bars_survived_and_the_exits() -> None:
    long, short = on(Side.LONG), on(Side.SHORT)
    for excursion in (long, short):
        assert (excursion.worst, excursion.best) == (None, None)
        excursion.survived(ohlc(0, 100, 102, 99, 101))
        excursion.survived(ohlc(1, 101, 101.5, 100, 101))
        excursion.survived(ohlc(2, 101, 103, 98, 101))

    assert (long.worst, long.best) == (98.0, 103.0)
    assert (short.worst, short.best) == (103.0, 98.0)
    long.exited(97.5)
    short.exited(97.5)
    assert (long.worst, long.best) == (97.5, 103.0)
    assert (short.worst, short.best) == (103.0, 97.5)
