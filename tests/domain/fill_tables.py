"""Fill tables are written for longs; a short sees the market mirrored around 100 USD."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from fin_agent.domain.entry import OrderKind
from fin_agent.domain.market import Bar, Side
from fin_agent.domain.matching import Bracket, FillRules
from fin_agent.domain.order import Fill
from fin_agent.domain.plan import Levels
from fin_agent.testing.builders import FREE_FILLS, a_bar, a_bracket, an_intent, levels, usd

LONG = levels(100, 97, 109)
SHORT = levels(100, 103, 91)
TOUCH = replace(FREE_FILLS, touch=True)

Shown = tuple[str, Decimal, Decimal]


def ohlc(
    minute: int, open_: float, high: float, low: float, close: float, volume: float = 100_000.0
) -> Bar:
    return a_bar(minute, open_, high, low, close, volume)


def quiet(minute: int, volume: float = 100_000.0) -> Bar:
    """A bar between the legs, away from every level."""
    return a_bar(minute, 100.5, 101.0, 100.25, 100.5, volume)


def mirrored(bar: Bar) -> Bar:
    open_, high, low, close = (200.0 - price for price in bar[1:5])
    return Bar(bar.minute, open_, low, high, close, bar.volume)


def shown(fills: Sequence[Fill]) -> list[Shown]:
    return [(fill.reason, fill.quantity, fill.price) for fill in fills]


def expected(*fills: tuple[str, float, float]) -> list[Shown]:
    return [(reason, usd(quantity), usd(price)) for reason, quantity, price in fills]


@dataclass(slots=True)
class Venue:
    """One bracket on one side; a short is fed mirrored bars and shows mirrored prices."""

    bracket: Bracket
    side: Side

    def on(self, bar: Bar) -> list[Shown]:
        return self._shown(self.bracket.on_bar(self._seen(bar)))

    def fills(self, bar: Bar) -> list[Fill]:
        return self.bracket.on_bar(self._seen(bar))

    def _seen(self, bar: Bar) -> Bar:
        return bar if self.side is Side.LONG else mirrored(bar)

    def _shown(self, fills: Sequence[Fill]) -> list[Shown]:
        if self.side is Side.LONG:
            return shown(fills)
        return [(reason, quantity, 200 - price) for reason, quantity, price in shown(fills)]


def ordered(
    side: Side,
    kind: OrderKind = OrderKind.MARKET,
    quantity: int = 10,
    *,
    rules: FillRules = FREE_FILLS,
    at: Levels = LONG,
    entry_end: int = 120,
) -> Venue:
    """An entry order at the venue; 100 with its stop at 97 and its target at 109, or mirrored."""
    if side is Side.SHORT:
        at = levels(200 - at.entry, 200 - at.stop, 200 - at.target)
    bracket = a_bracket(an_intent(kind, quantity, at=at), rules, entry_end=entry_end)
    return Venue(bracket, side)


def entered(side: Side, quantity: int = 10, *, rules: FillRules = FREE_FILLS) -> Venue:
    """A position from 100 that was opened in a quiet bar of minute 0."""
    venue = ordered(side, quantity=quantity, rules=rules)
    opening = ohlc(0, 100.0, 101.0, 99.0, 100.5, 1e9)
    assert venue.on(opening) == expected(("entry", quantity, 100))
    return venue
