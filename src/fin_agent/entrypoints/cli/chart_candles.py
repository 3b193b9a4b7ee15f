"""One symbol's day: candles, VWAP, opening range, the plan's levels and every fill."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from fin_agent.application.day import DayOutcome
from fin_agent.application.desk import TradingRules
from fin_agent.domain.indicators import typical_price
from fin_agent.domain.journal import TradeRecord
from fin_agent.domain.market import Bar, Side
from fin_agent.domain.order import Fill
from fin_agent.domain.plan import TradePlan
from fin_agent.domain.session import TradingSession
from fin_agent.entrypoints.cli.chart_page import (
    BLUE,
    GAIN,
    INK,
    LOSS,
    MUTED,
    PAPER,
    SAND,
    layout,
)
from fin_agent.entrypoints.cli.report_words import EXITS, clock, price, shares
from fin_agent.entrypoints.figures import candles
from fin_agent.entrypoints.figures.frame import Plot, Trace, local

_BEFORE_SCAN, _AFTER_CLOSE = 15, 55  # room for the names of the levels
_BEFORE_OPEN = 10


def candle_figure(
    outcome: DayOutcome,
    plan: TradePlan,
    bars: Sequence[Bar],
    rules: TradingRules,
    trade: TradeRecord | None,
) -> Plot:
    """The chart of a planned symbol; levels bind from the trigger on when it was traded."""
    session = outcome.session
    first = _first_minute(outcome)
    shown = [bar for bar in bars if first <= bar.minute < session.minutes]
    levels = _levels(plan, trade)
    low, high = candles.price_range(shown, [float(level) for _, level, _, _ in levels])
    times = [local(session.time_of(bar.minute)) for bar in shown]
    regular = [bar for bar in bars if 0 <= bar.minute < session.minutes and bar.volume > 0]
    data = [
        candles.candles(times, shown, GAIN, LOSS, PAPER),
        _volume(times, shown),
        *_vwap(regular, session),
        *_level_lines(levels, (low, high), session, trade),
        *_fills(trade, outcome),
    ]
    bounds = [local(session.time_of(m)) for m in (first, session.minutes + _AFTER_CLOSE)]
    return {
        "data": data,
        "layout": layout(
            460,
            xaxis={
                "type": "date",
                "range": bounds,
                "rangeslider": {"visible": False},
                "tickformat": "%H:%M",
                "anchor": "y2",
            },
            yaxis={"range": [low, high], "domain": [0.2, 1], "tickformat": ".2f"},
            yaxis2={"domain": [0, 0.16], "showgrid": False, "showticklabels": False},
            shapes=[*_opening_range(regular, session, rules), _upright(outcome)],
            annotations=_edge_labels(levels, (low, high)),
            hovermode="x",
        ),
    }


def _first_minute(outcome: DayOutcome) -> int:
    scanned = outcome.session.minute_of(outcome.at)
    return scanned - _BEFORE_SCAN if scanned < 0 else -_BEFORE_OPEN


def _levels(plan: TradePlan, trade: TradeRecord | None) -> list[tuple[str, Decimal, str, str]]:
    """(name, price, colour, dash) of every level; the reference is always the plan's."""
    reference = ("reference", plan.reference, MUTED, "dot")
    if trade is None:
        levels = plan.levels
        return [
            reference,
            ("stop", levels.stop, LOSS, "dash"),
            ("target", levels.target, GAIN, "dash"),
        ]
    return [
        reference,
        ("trigger", trade.trigger_price, INK, "dashdot"),
        ("stop", trade.stop, LOSS, "dash"),
        ("target", trade.target, GAIN, "dash"),
    ]


def _volume(times: Sequence[str], bars: Sequence[Bar]) -> Trace:
    return {
        "type": "bar",
        "name": "volume",
        "x": times,
        "y": [bar.volume for bar in bars],
        "yaxis": "y2",
        "marker": {"color": "#b8c1cc"},
        "hovertemplate": "%{y:,.0f} shares<extra></extra>",
        "showlegend": False,
    }


def _vwap(bars: Sequence[Bar], session: TradingSession) -> Iterator[dict[str, object]]:
    if not bars:
        return
    value = volume = 0.0
    course: list[float] = []
    for bar in bars:
        value += typical_price(bar) * bar.volume
        volume += bar.volume
        course.append(round(value / volume, 4))
    yield candles.vwap([local(session.time_of(bar.minute)) for bar in bars], course, BLUE)


def _level_lines(
    levels: Sequence[tuple[str, Decimal, str, str]],
    shown: tuple[float, float],
    session: TradingSession,
    trade: TradeRecord | None,
) -> Iterator[dict[str, object]]:
    """Levels as lines, the binding ones while the trade lived."""
    start, end = session.time_of(0), session.time_of(session.minutes)
    for name, level, color, dash in levels:
        if not shown[0] <= float(level) <= shown[1]:
            continue
        binding = trade is not None and name != "reference"
        since = trade.entry_time if trade is not None and binding else start
        until = (trade.exit_time or end) if trade is not None and binding else end
        ends = (local(since), local(until))
        yield candles.level(f"{name} {price(level)}", ends, float(level), color, dash)


def _edge_labels(
    levels: Sequence[tuple[str, Decimal, str, str]], shown: tuple[float, float]
) -> list[dict[str, object]]:
    """Names of the levels at the right edge; those off the chart are named above or below it."""
    said = [(float(level), f"{name} {price(level)}") for name, level, _, _ in levels]
    return [
        {
            **placed,
            "font": {"color": color, "size": 11},
            "bgcolor": "rgba(255,255,255,0.75)",
            "borderpad": 1,
        }
        for placed, (_, _, color, _) in zip(candles.level_names(said, shown), levels, strict=True)
    ]


def _opening_range(
    bars: Sequence[Bar], session: TradingSession, rules: TradingRules
) -> Iterator[dict[str, object]]:
    minutes = rules.session.opening_range_minutes
    opening = [bar for bar in bars if bar.minute < minutes]
    if opening:
        times = (local(session.time_of(0)), local(session.time_of(minutes)))
        prices = (min(bar.low for bar in opening), max(bar.high for bar in opening))
        yield {**candles.opening_range(times, prices, SAND), "showlegend": True}


def _upright(outcome: DayOutcome) -> dict[str, object]:
    """The scan instant."""
    at = local(outcome.at)
    return {
        "type": "line",
        "yref": "paper",
        "x0": at,
        "x1": at,
        "y0": 0,
        "y1": 1,
        "line": {"color": MUTED, "width": 1, "dash": "dot"},
        "label": {
            "text": f"scan {clock(outcome.at)}",
            "textposition": "start",
            "textangle": 0,
            "xanchor": "left",
            "yanchor": "bottom",
            "font": {"size": 10, "color": MUTED},
        },
    }


def _fills(trade: TradeRecord | None, outcome: DayOutcome) -> Iterator[dict[str, object]]:
    if trade is None:
        return
    long = trade.side is Side.LONG
    entries = [fill for fill in trade.fills if fill.is_entry]
    exits = [fill for fill in trade.fills if not fill.is_entry]
    shape = "triangle-up" if long else "triangle-down"
    yield _markers("entry", entries, shape, outcome)
    yield _markers("exit", exits, "x", outcome)


def _markers(
    name: str, fills: Sequence[Fill], shape: str, outcome: DayOutcome
) -> dict[str, object]:
    session = outcome.session
    minutes = [min(fill.minute, session.minutes) for fill in fills]
    return candles.marks(
        name,
        [local(session.time_of(minute)) for minute in minutes],
        [float(fill.price) for fill in fills],
        [
            f"{EXITS.get(fill.reason, fill.reason)} {shares(fill.quantity)} at {fill.price:.4f}, "
            f"{clock(fill.at)}"
            for fill in fills
        ],
        {"symbol": shape, "color": INK, "line": {"color": PAPER, "width": 1.5}},
    )
