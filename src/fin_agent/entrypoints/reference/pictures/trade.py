"""One symbol's session as a picture: five-minute candles, levels, and where it was bought and sold.

The reference runs from the open to the trigger, stop and target from the first fill to the last.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from fin_agent.application.day import DayOutcome
from fin_agent.application.desk import TradingRules
from fin_agent.domain.indicators import typical_price
from fin_agent.domain.journal import TradeRecord
from fin_agent.domain.market import Bar
from fin_agent.domain.plan import TradePlan
from fin_agent.entrypoints.cli.report_words import EXITS
from fin_agent.entrypoints.reference.pictures.drawing import (
    BLUE,
    GAIN,
    GRID,
    INK,
    LOSS,
    MUTED,
    PAPER,
    SAND,
    Drawing,
    Point,
)

_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 650.0, 48.0, 322.0
_EACH, _HOUR, _ROWS = 5, 60, 5
_APART = 13.0  # pixels between two names of levels


@dataclass(frozen=True, slots=True)
class Scale:
    """Minutes and USD to pixels."""

    minutes: int
    low: float
    high: float

    def at(self, minute: float, price: float) -> Point:
        across = (_RIGHT - _LEFT) * minute / self.minutes
        up = (_BOTTOM - _TOP) * (price - self.low) / (self.high - self.low)
        return _LEFT + across, _BOTTOM - up


def trade_picture(
    outcome: DayOutcome, symbol: str, bars: Sequence[Bar], rules: TradingRules
) -> str:
    """A planned symbol's day; ``bars`` are its minute bars."""
    session = outcome.session
    plan = next(a.plan for a in outcome.advice if a.plan.symbol == symbol)
    trade = next((t for t in outcome.trades if t.symbol == symbol), None)
    traded = [bar for bar in bars if 0 <= bar.minute < session.minutes and bar.volume > 0]
    levels = _levels(plan, trade)
    prices = [float(price) for _, price, _ in levels]
    low = min([bar.low for bar in traded] + prices)
    high = max([bar.high for bar in traded] + prices)
    scale = Scale(session.minutes, low - 0.03 * (high - low), high + 0.03 * (high - low))
    drawing = Drawing(760, 350, f"{symbol}, entry {plan.entry}")
    _title(drawing, outcome, plan, trade)
    _range_and_window(drawing, scale, outcome, traded, rules)
    _axes(drawing, scale, outcome)
    for candle in _candles(traded):
        _candle(drawing, scale, candle)
    drawing.line([scale.at(m, v) for m, v in _vwap(traded)], BLUE)
    _draw_levels(drawing, scale, outcome, levels, trade)
    if trade is not None:
        _fills(drawing, scale, outcome, trade)
    return drawing.svg()


def _title(
    drawing: Drawing, outcome: DayOutcome, plan: TradePlan, trade: TradeRecord | None
) -> None:
    came = "" if trade is None else f": {EXITS[trade.exit_reason]}, {trade.r_multiple:+.2f} R"
    words = f"{plan.symbol}, {plan.entry.replace('_', ' ')} entry{came}"
    drawing.text((10, 22), words, size=14)
    drawing.line([(430, 18), (448, 18)], BLUE)
    drawing.text((453, 22), "VWAP", BLUE, size=11)
    drawing.rect((500, 12), (18, 12), SAND, GRID)
    drawing.text((523, 22), "opening range", MUTED, size=11)
    drawing.text((750, 22), f"simulated, {outcome.session.date}", MUTED, anchor="end", size=11)


def _levels(plan: TradePlan, trade: TradeRecord | None) -> list[tuple[str, float, str]]:
    levels = plan.levels if trade is None else trade
    return [
        ("reference", float(plan.reference), MUTED),
        ("stop", float(levels.stop), LOSS),
        ("target", float(levels.target), GAIN),
    ]


def _axes(drawing: Drawing, scale: Scale, outcome: DayOutcome) -> None:
    for price in _round_prices(scale.low, scale.high):
        (x, y), (end, _) = scale.at(0, price), scale.at(scale.minutes, price)
        drawing.line([(x, y), (end, y)], GRID)
        drawing.text((x - 5, y + 4), f"{price:.2f}", MUTED, anchor="end", size=11)
    for minute in range(_HOUR // 2, scale.minutes + 1, _HOUR):
        x, y = scale.at(minute, scale.low)
        clock = f"{outcome.session.time_of(minute):%H:%M}"
        drawing.line([(x, y), (x, y + 4)], MUTED)
        drawing.text((x, y + 17), clock, MUTED, anchor="middle", size=11)
    drawing.line([scale.at(0, scale.low), scale.at(scale.minutes, scale.low)], MUTED)


def _round_prices(low: float, high: float) -> Iterator[float]:
    """Prices to mark: steps of 1, 2 or 5 times a power of ten, at most ``_ROWS`` of them."""
    power = 10.0 ** floor(log10((high - low) / _ROWS))
    step = next(n * power for n in (1, 2, 5, 10) if (high - low) / (n * power) <= _ROWS)
    for n in range(ceil(low / step), floor(high / step) + 1):
        yield n * step


def _range_and_window(
    drawing: Drawing,
    scale: Scale,
    outcome: DayOutcome,
    bars: Sequence[Bar],
    rules: TradingRules,
) -> None:
    minutes = rules.session.opening_range_minutes
    first = [bar for bar in bars if bar.minute < minutes]
    if first:
        x, y = scale.at(0, max(bar.high for bar in first))
        end, bottom = scale.at(minutes, min(bar.low for bar in first))
        drawing.rect((x, y), (end - x, bottom - y), SAND)
    session = outcome.session
    for minute, words in (
        (session.entry_end(rules.session), "last entry"),
        (session.flat_at(rules.session), "flat"),
    ):
        top, bottom_at = scale.at(minute, scale.high), scale.at(minute, scale.low)
        drawing.line([top, bottom_at], MUTED, dash="2 4")
        drawing.text((top[0], _TOP - 3), words, MUTED, anchor="middle", size=11)


def _candles(bars: Sequence[Bar]) -> Iterator[Bar]:
    """Five minutes in one; its minute is the first."""
    groups: dict[int, list[Bar]] = {}
    for bar in bars:
        groups.setdefault(bar.minute // _EACH, []).append(bar)
    for index, group in groups.items():
        high, low = max(b.high for b in group), min(b.low for b in group)
        volume = sum(b.volume for b in group)
        yield Bar(index * _EACH, group[0].open, high, low, group[-1].close, volume)


def _candle(drawing: Drawing, scale: Scale, bar: Bar) -> None:
    middle = bar.minute + _EACH / 2
    colour = GAIN if bar.close >= bar.open else LOSS
    drawing.line([scale.at(middle, bar.high), scale.at(middle, bar.low)], colour)
    x, y = scale.at(middle, max(bar.open, bar.close))
    bottom = scale.at(middle, min(bar.open, bar.close))[1]
    fill = PAPER if bar.close >= bar.open else LOSS
    drawing.rect((x - 2.5, y), (5, max(bottom - y, 0.8)), fill, colour)


def _vwap(bars: Sequence[Bar]) -> Iterator[tuple[int, float]]:
    value = volume = 0.0
    for bar in bars:
        value, volume = value + typical_price(bar) * bar.volume, volume + bar.volume
        if bar.minute % _EACH == 0:
            yield bar.minute, value / volume


def _draw_levels(
    drawing: Drawing,
    scale: Scale,
    outcome: DayOutcome,
    levels: Sequence[tuple[str, float, str]],
    trade: TradeRecord | None,
) -> None:
    entered, left = _span(outcome, trade, scale.minutes)
    below = float("-inf")
    for name, price, colour in sorted(levels, key=lambda level: -level[1]):
        first, last = (0, entered) if name == "reference" else (entered, left)
        drawing.line([scale.at(first, price), scale.at(last, price)], colour, 1.5, "6 3")
        y = max(scale.at(0, price)[1] + 4, below + _APART)
        drawing.text((_RIGHT + 8, y), f"{name} {price:.2f}", colour)
        below = y


def _span(outcome: DayOutcome, trade: TradeRecord | None, minutes: int) -> tuple[int, int]:
    if trade is None:
        return minutes, minutes
    session = outcome.session
    left = minutes if trade.exit_time is None else session.minute_of(trade.exit_time)
    return session.minute_of(trade.entry_time), left


def _fills(drawing: Drawing, scale: Scale, outcome: DayOutcome, trade: TradeRecord) -> None:
    entered, left = _span(outcome, trade, scale.minutes)
    sold = EXITS[trade.exit_reason]
    for minute, price, words, down in (
        (entered, float(trade.entry_price), "in", False),
        (left, float(trade.exit_price), sold, True),
    ):
        x, y = scale.at(minute, price)
        tip = -9 if down else 9
        drawing.shape([(x, y), (x - 5, y + tip), (x + 5, y + tip)], INK)
        drawing.text((x, y + (-13 if down else 21)), f"{words} {price:.2f}", INK, anchor="middle")
