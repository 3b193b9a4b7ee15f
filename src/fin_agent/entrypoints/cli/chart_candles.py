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
from fin_agent.entrypoints.cli.chart_day import local
from fin_agent.entrypoints.cli.chart_page import (
    BLUE,
    GAIN,
    INK,
    LOSS,
    MUTED,
    PAPER,
    SAND,
    Plot,
    layout,
)
from fin_agent.entrypoints.cli.report_words import EXITS, clock, price, shares

_BEFORE_SCAN, _AFTER_CLOSE = 15, 55  # room for the names of the levels
_BEFORE_OPEN = 10
_CLOSE = 0.05  # of the axis: names of levels nearer than that would overlap
_FAR = 0.75  # of the bars' own range: a level farther off is named at the edge instead


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
    low, high = _price_range(shown, levels)
    regular = [bar for bar in bars if 0 <= bar.minute < session.minutes and bar.volume > 0]
    data = [
        *_candles(shown, session),
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


def _price_range(
    bars: Sequence[Bar], levels: Sequence[tuple[str, Decimal, str, str]]
) -> tuple[float, float]:
    """What the price axis shows: every bar, and the levels that do not squash them."""
    prices = [float(level) for _, level, _, _ in levels]
    low = min((bar.low for bar in bars), default=min(prices))
    high = max((bar.high for bar in bars), default=max(prices))
    reach = _FAR * (high - low) if bars else float("inf")
    near = [value for value in prices if low - reach <= value <= high + reach]
    low, high = min([low, *near]), max([high, *near])
    margin = 0.04 * (high - low) or 0.01 * high
    return low - margin, high + margin


def _candles(bars: Sequence[Bar], session: TradingSession) -> Iterator[dict[str, object]]:
    times = [local(session.time_of(bar.minute)) for bar in bars]
    yield {
        "type": "candlestick",
        "name": "price",
        "x": times,
        "open": [bar.open for bar in bars],
        "high": [bar.high for bar in bars],
        "low": [bar.low for bar in bars],
        "close": [bar.close for bar in bars],
        "increasing": {"line": {"color": GAIN, "width": 1}, "fillcolor": PAPER},
        "decreasing": {"line": {"color": LOSS, "width": 1}, "fillcolor": LOSS},
        "showlegend": False,
    }
    yield {
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
    yield {
        "type": "scatter",
        "mode": "lines",
        "name": "VWAP",
        "x": [local(session.time_of(bar.minute)) for bar in bars],
        "y": course,
        "line": {"color": BLUE, "width": 1.6},
        "hovertemplate": "VWAP %{y:.2f}<extra></extra>",
    }


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
        yield {
            "type": "scatter",
            "mode": "lines",
            "name": f"{name} {price(level)}",
            "x": [local(since), local(until)],
            "y": [float(level)] * 2,
            "line": {"color": color, "width": 1.8, "dash": dash},
            "hoverinfo": "skip",
        }


def _edge_labels(
    levels: Sequence[tuple[str, Decimal, str, str]], shown: tuple[float, float]
) -> list[dict[str, object]]:
    """Names of the levels at the right edge; those off the chart are named above or below it."""
    return [
        {
            "xref": "paper",
            "x": 1,
            "xanchor": "right",
            "y": min(max(float(level), shown[0]), shown[1]),
            "yanchor": "top" if _is_under(level, levels, shown) else "bottom",
            "text": f"{name} {price(level)}{_off(float(level), shown)}",
            "showarrow": False,
            "font": {"color": color, "size": 11},
            "bgcolor": "rgba(255,255,255,0.75)",
            "borderpad": 1,
        }
        for name, level, color, _ in levels
    ]


def _off(level: float, shown: tuple[float, float]) -> str:
    return " (above)" if level > shown[1] else " (below)" if level < shown[0] else ""


def _is_under(
    level: Decimal, levels: Sequence[tuple[str, Decimal, str, str]], shown: tuple[float, float]
) -> bool:
    """Whether a name goes below its line: at the top edge, or just under another level."""
    if float(level) > shown[1] - _CLOSE * (shown[1] - shown[0]):
        return True
    above = [float(other - level) for _, other, _, _ in levels if other > level]
    return bool(above) and min(above) < _CLOSE * (shown[1] - shown[0])


def _opening_range(
    bars: Sequence[Bar], session: TradingSession, rules: TradingRules
) -> Iterator[dict[str, object]]:
    minutes = rules.session.opening_range_minutes
    opening = [bar for bar in bars if bar.minute < minutes]
    if opening:
        yield {
            "type": "rect",
            "layer": "below",
            "x0": local(session.time_of(0)),
            "x1": local(session.time_of(minutes)),
            "y0": min(bar.low for bar in opening),
            "y1": max(bar.high for bar in opening),
            "fillcolor": SAND,
            "line": {"width": 0},
            "name": "opening range",
            "showlegend": True,
        }


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
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [local(session.time_of(minute)) for minute in minutes],
        "y": [float(fill.price) for fill in fills],
        "text": [
            f"{EXITS.get(fill.reason, fill.reason)} {shares(fill.quantity)} at {fill.price:.4f}, "
            f"{clock(fill.at)}"
            for fill in fills
        ],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {
            "symbol": shape,
            "size": 13,
            "color": INK,
            "line": {"color": PAPER, "width": 1.5},
        },
    }
