"""What one bar fills, at which price: the table of strategy.md section 11, on both sides."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from fin_agent.domain.entry import OrderKind
from fin_agent.domain.market import Bar, Side
from fin_agent.domain.matching import FillRules
from fin_agent.testing.builders import (
    FREE_FILLS,
    OPEN,
    SLIP,
    a_bar,
    a_bracket,
    an_intent,
    usd,
)
from tests.domain.fill_tables import (
    LONG,
    SHORT,
    TOUCH,
    entered,
    expected,
    ohlc,
    ordered,
    quiet,
    shown,
)
from tests.domain.worked_examples import ORCL

MARKET, LIMIT, STOP = OrderKind
both_sides = pytest.mark.parametrize("side", list(Side))


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry order and one bar; ``price`` is the fill's, None without a fill."""

    about: str
    kind: OrderKind
    bar: Bar
    price: float | None
    rules: FillRules = FREE_FILLS


ENTRIES = (
    Entry("market always fills at the open", MARKET, ohlc(3, 101.0, 102.0, 100.5, 101.5), 101),
    Entry("limit, open beyond it", LIMIT, ohlc(3, 99.5, 101.0, 99.25, 100.5), 99.5),
    Entry("limit, open on it", LIMIT, ohlc(3, 100.0, 101.0, 99.25, 100.5), 100),
    Entry("limit, open on it and no lower", LIMIT, ohlc(3, 100.0, 101.0, 100.0, 100.5), 100),
    Entry("limit, traded through", LIMIT, ohlc(3, 101.0, 102.0, 99.99, 100.5), 100),
    Entry("limit, touched", LIMIT, ohlc(3, 101.0, 102.0, 100.0, 100.5), None),
    Entry("limit, touched, touch fills", LIMIT, ohlc(3, 101.0, 102.0, 100.0, 100.5), 100, TOUCH),
    Entry("limit, not reached", LIMIT, ohlc(3, 101.0, 102.0, 100.01, 100.5), None, TOUCH),
    Entry("stop, open beyond it", STOP, ohlc(3, 101.0, 102.0, 99.5, 100.5), 101),
    Entry("stop, open on it", STOP, ohlc(3, 100.0, 102.0, 99.5, 100.5), 100),
    Entry("stop, touched", STOP, ohlc(3, 99.0, 100.0, 98.5, 99.5), 100),
    Entry("stop, traded through", STOP, ohlc(3, 99.0, 101.5, 98.5, 99.5), 100),
    Entry("stop, not reached", STOP, ohlc(3, 99.0, 99.99, 98.5, 99.5), None, TOUCH),
)


@both_sides
@pytest.mark.parametrize("row", ENTRIES, ids=lambda row: row.about)
def test_an_entry_order_fills(row: Entry, side: Side) -> None:
    venue = ordered(side, row.kind, rules=row.rules)

    fills = expected(("entry", 10, row.price)) if row.price is not None else []

    assert venue.on(row.bar) == fills
    assert venue.bracket.held == (10 if fills else 0)


@dataclass(frozen=True, slots=True)
class Exit:
    """A held position and one bar; ``price`` is the exit's, None without one."""

    about: str
    bar: Bar
    reason: str | None
    price: float = 0
    is_ambiguous: bool = False
    rules: FillRules = FREE_FILLS


EXITS = (
    Exit("nothing reached", ohlc(1, 100.0, 108.99, 97.01, 100.0), None),
    Exit("stop, open beyond it", ohlc(1, 96.0, 98.0, 95.0, 97.5), "stop", 96),
    Exit("stop, open on it", ohlc(1, 97.0, 98.0, 96.5, 97.5), "stop", 97),
    Exit("stop, open on it, target later", ohlc(1, 97.0, 110.0, 96.5, 97.5), "stop", 97),
    Exit("stop, touched", ohlc(1, 98.0, 99.0, 97.0, 98.5), "stop", 97),
    Exit("stop, traded through", ohlc(1, 98.0, 99.0, 96.0, 98.5), "stop", 97),
    Exit("target, open beyond it", ohlc(1, 110.0, 111.0, 108.0, 109.5), "target", 110),
    Exit("target, open on it", ohlc(1, 109.0, 110.0, 108.0, 109.5), "target", 109),
    Exit("target, open on it and no higher", ohlc(1, 109.0, 109.0, 108.0, 108.5), "target", 109),
    Exit("target, open on it, stop later", ohlc(1, 109.0, 110.0, 96.0, 100.0), "target", 109),
    Exit("target, traded through", ohlc(1, 108.0, 109.01, 107.0, 108.5), "target", 109),
    Exit("target, touched", ohlc(1, 108.0, 109.0, 107.0, 108.5), None),
    Exit("target, touch fills", ohlc(1, 108.0, 109.0, 107.0, 108.5), "target", 109, rules=TOUCH),
    Exit("both inside the bar", ohlc(1, 100.0, 110.0, 96.0, 100.0), "stop", 97, is_ambiguous=True),
    Exit("stop at the open, target later", ohlc(1, 96.0, 110.0, 95.0, 100.0), "stop", 96),
    Exit("target at the open, stop later", ohlc(1, 110.0, 111.0, 96.0, 100.0), "target", 110),
    Exit("stop, target only touched", ohlc(1, 100.0, 109.0, 96.0, 100.0), "stop", 97),
    Exit(
        "stop, target touched, touch fills",
        ohlc(1, 100.0, 109.0, 96.0, 100.0),
        "stop",
        97,
        is_ambiguous=True,
        rules=TOUCH,
    ),
)


@both_sides
@pytest.mark.parametrize("row", EXITS, ids=lambda row: row.about)
def test_the_legs_of_a_position_fill(row: Exit, side: Side) -> None:
    venue = entered(side, rules=row.rules)

    fills = venue.fills(row.bar)

    assert [fill.reason for fill in fills] == ([row.reason] if row.reason else [])
    for fill in fills:
        price = usd(row.price) if side is Side.LONG else 200 - usd(row.price)
        assert [fill.quantity, fill.price, fill.is_entry] == [Decimal(10), price, False]
        assert fill.ambiguous is row.is_ambiguous
    assert venue.bracket.held == (0 if fills else 10)
    assert venue.bracket.is_done is bool(fills)


@pytest.mark.parametrize(
    ("kind", "bar", "price"),
    [
        (MARKET, a_bar(1, 191.0), "191.0955"),
        (LIMIT, a_bar(1, 101.0, low=99.0), "100"),
        (LIMIT, a_bar(1, 99.0), "99"),
        (STOP, a_bar(1, 99.0, high=101.0), "100.05"),
        (STOP, a_bar(1, 101.0), "101.0505"),
    ],
)
def test_slippage_makes_a_market_or_stop_purchase_dearer(
    kind: OrderKind, bar: Bar, price: str
) -> None:
    at = ORCL.bound if kind is MARKET else LONG

    (fill,) = a_bracket(an_intent(kind, at=at), SLIP).on_bar(bar)

    assert fill.price == usd(price)


@pytest.mark.parametrize(
    ("kind", "bar", "price"),
    [
        (MARKET, a_bar(1, 100.0), "99.95"),
        (LIMIT, a_bar(1, 99.0, high=101.0), "100"),
        (STOP, a_bar(1, 101.0, low=99.0), "99.95"),
    ],
)
def test_slippage_makes_a_market_or_stop_short_sale_cheaper(
    kind: OrderKind, bar: Bar, price: str
) -> None:
    (fill,) = a_bracket(an_intent(kind, at=SHORT), SLIP).on_bar(bar)

    assert fill.price == usd(price)


@pytest.mark.parametrize(
    ("bar", "fills"),
    [
        (a_bar(1, 98.0, low=96.0), ("stop", 10, 96.9515)),
        (a_bar(1, 96.0), ("stop", 10, 95.952)),
        (a_bar(1, 108.0, high=110.0), ("target", 10, 109)),
        (a_bar(1, 110.0), ("target", 10, 110)),
    ],
)
def test_slippage_makes_a_stopped_sale_cheaper_and_leaves_the_target(
    bar: Bar, fills: tuple[str, float, float]
) -> None:
    bracket = a_bracket(rules=SLIP)
    bracket.on_bar(quiet(0))

    assert shown(bracket.on_bar(bar)) == expected(fills)


@pytest.mark.parametrize(
    ("bar", "fills"),
    [
        (a_bar(1, 102.0, high=104.0), ("stop", 10, 103.0515)),
        (a_bar(1, 104.0), ("stop", 10, 104.052)),
        (a_bar(1, 92.0, low=90.0), ("target", 10, 91)),
    ],
)
def test_slippage_makes_a_stopped_cover_dearer_and_leaves_the_target(
    bar: Bar, fills: tuple[str, float, float]
) -> None:
    bracket = a_bracket(an_intent(at=SHORT), SLIP)
    bracket.on_bar(quiet(0))

    assert shown(bracket.on_bar(bar)) == expected(fills)


def test_a_fill_has_four_decimals_half_to_even_and_the_time_of_its_bars_start() -> None:
    exact = a_bracket(rules=SLIP)

    (fill,) = exact.on_bar(a_bar(6, 100.001))

    assert fill.price == usd("100.0510")  # 100.0510005
    assert (fill.minute, fill.at.isoformat()) == (6, "2025-03-12T09:36:00-04:00")
    assert (fill.at - OPEN).total_seconds() == 6 * 60
    assert (fill.reason, fill.is_entry, fill.symbol) == ("entry", True, "ACME")
