"""In the bar of the first fill, what the legs may do depends on how the entry was filled."""

from dataclasses import dataclass, replace
from decimal import Decimal

import pytest

from fin_agent.domain.entry import OrderKind
from fin_agent.domain.market import Bar, Side
from fin_agent.domain.matching import FillRules
from fin_agent.testing.builders import FREE_FILLS, usd
from tests.domain.fill_tables import entered, expected, ohlc, ordered, quiet

MARKET, LIMIT, STOP = OrderKind
TENTH = replace(FREE_FILLS, participation_pct=Decimal(10))
both_sides = pytest.mark.parametrize("side", list(Side))


@dataclass(frozen=True, slots=True)
class Row:
    """An entry order from 100, one bar, and everything that it fills: (reason, price)."""

    about: str
    kind: OrderKind
    bar: Bar
    fills: tuple[tuple[str, float], ...]
    is_ambiguous: bool = False


def _both(price: float, reason: str) -> tuple[tuple[str, float], ...]:
    return (("entry", price), (reason, price))


ROWS = (
    Row("market, quiet", MARKET, ohlc(0, 100, 108, 98, 100), (("entry", 100),)),
    Row("market, stop", MARKET, ohlc(0, 100, 108, 96, 100), (("entry", 100), ("stop", 97))),
    Row("market, target", MARKET, ohlc(0, 100, 110, 98, 100), (("entry", 100), ("target", 109))),
    Row(
        "market, both: the stop, ambiguous",
        MARKET,
        ohlc(0, 100, 110, 96, 100),
        (("entry", 100), ("stop", 97)),
        is_ambiguous=True,
    ),
    Row(
        "market, opened below the stop",
        MARKET,
        ohlc(0, 96, 110, 95, 100),
        (("entry", 96), ("stop", 96)),
    ),
    Row(
        "market, opened above the target",
        MARKET,
        ohlc(0, 110, 111, 96, 100),
        (("entry", 110), ("target", 110)),
    ),
    Row("market, opened on the stop", MARKET, ohlc(0, 97, 110, 97, 100), _both(97, "stop")),
    Row("market, opened on the target", MARKET, ohlc(0, 109, 109, 98, 100), _both(109, "target")),
    Row("limit, quiet", LIMIT, ohlc(0, 101, 102, 99, 100), (("entry", 100),)),
    Row("limit, then the stop", LIMIT, ohlc(0, 101, 102, 96, 98), (("entry", 100), ("stop", 97))),
    Row("limit, stop touched", LIMIT, ohlc(0, 101, 102, 97, 98), (("entry", 100), ("stop", 97))),
    Row("limit, no target", LIMIT, ohlc(0, 101, 110, 99, 100), (("entry", 100),)),
    Row("limit at the open, no target", LIMIT, ohlc(0, 99, 110, 98, 100), (("entry", 99),)),
    Row(
        "limit at the open, then the stop",
        LIMIT,
        ohlc(0, 99, 110, 96, 100),
        (("entry", 99), ("stop", 97)),
    ),
    Row(
        "limit at an open below the stop",
        LIMIT,
        ohlc(0, 96, 110, 95, 100),
        (("entry", 96), ("stop", 96)),
    ),
    Row("stop, quiet", STOP, ohlc(0, 99, 102, 98, 101), (("entry", 100),)),
    Row("stop, no target", STOP, ohlc(0, 99, 110, 98, 101), (("entry", 100),)),
    Row("stop at the open, no target", STOP, ohlc(0, 101, 110, 98, 101), (("entry", 101),)),
    Row(
        "stop, then the stop leg: ambiguous",
        STOP,
        ohlc(0, 99, 102, 96, 98),
        (("entry", 100), ("stop", 97)),
        is_ambiguous=True,
    ),
    Row(
        "stop, the bar's open below the stop leg is before the position",
        STOP,
        ohlc(0, 96, 102, 95, 98),
        (("entry", 100), ("stop", 97)),
        is_ambiguous=True,
    ),
    Row(
        "stop at the open, then the stop leg: ambiguous",
        STOP,
        ohlc(0, 101, 102, 96, 98),
        (("entry", 101), ("stop", 97)),
        is_ambiguous=True,
    ),
)


@both_sides
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.about)
def test_the_entry_bar(row: Row, side: Side) -> None:
    venue = ordered(side, row.kind)

    fills = venue.fills(row.bar)

    prices = [usd(price) if side is Side.LONG else 200 - usd(price) for _, price in row.fills]
    assert [fill.reason for fill in fills] == [reason for reason, _ in row.fills]
    assert [fill.price for fill in fills] == prices
    assert [fill.ambiguous for fill in fills] == [False] * (len(fills) - 1) + [row.is_ambiguous]


@both_sides
@pytest.mark.parametrize("kind", [LIMIT, STOP], ids=str)
def test_in_the_bar_after_a_limit_or_stop_entry_both_legs_are_live(
    kind: OrderKind, side: Side
) -> None:
    venue = ordered(side, kind)
    touching = ohlc(0, 101, 102, 99, 100) if kind is LIMIT else ohlc(0, 99, 101, 98, 100)

    assert venue.on(touching) == expected(("entry", 10, 100))
    assert venue.on(ohlc(1, 100, 110, 98, 100)) == expected(("target", 10, 109))


@both_sides
def test_the_entry_bar_is_that_of_the_first_fill(side: Side) -> None:
    """A limit's second part falls into a bar where both legs are live for all that is held."""
    venue = ordered(side, LIMIT, rules=TENTH)

    assert venue.on(ohlc(0, 101, 102, 99, 100, 40)) == expected(("entry", 4, 100))
    fills = venue.on(ohlc(1, 101, 110, 99, 100, 200))

    assert fills == expected(("entry", 6, 100), ("target", 10, 109))


@both_sides
def test_within_a_bar_exits_at_the_open_come_before_the_entry(side: Side) -> None:
    venue = ordered(side, LIMIT, rules=TENTH)

    assert venue.on(ohlc(0, 101, 102, 99, 100, 40)) == expected(("entry", 4, 100))
    fills = venue.on(ohlc(1, 96, 102, 95, 100, 1_000))

    assert fills == expected(("stop", 4, 96))
    assert venue.bracket.is_done


@both_sides
def test_a_resting_entry_fills_before_the_exits_inside_the_bar(side: Side) -> None:
    venue = ordered(side, LIMIT, rules=TENTH)

    assert venue.on(ohlc(0, 101, 102, 99, 100, 40)) == expected(("entry", 4, 100))
    fills = venue.on(ohlc(1, 101, 102, 96, 100, 1_000))

    assert fills == expected(("entry", 6, 100), ("stop", 10, 97))


def test_rules_of_the_paper_settings_have_the_defaults_of_the_strategy() -> None:
    rules = FillRules()

    assert rules.slip == usd("0.0005")
    assert [rules.capacity(57.0), rules.capacity(9.0), rules.capacity(0.0)] == [5, 0, 0]
    assert replace(rules, lot=usd("0.0001")).capacity(57.0) == usd("5.7")


def test_a_quiet_bar_fills_nothing() -> None:
    venue = entered(Side.LONG)

    assert venue.on(quiet(1)) == []
    assert not venue.bracket.is_done
