"""Candles of one symbol's day with VWAP, opening range, levels and fills."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from fin_agent.entrypoints.api.models.trading import Bar, Bars, Fill, Level, OpeningRange
from fin_agent.entrypoints.dashboard.components.figure import (
    BLUE,
    CLEAR,
    GAIN,
    LOSS,
    MUTED,
    SAND,
    Plot,
    Trace,
    label,
    layout,
    local,
)
from fin_agent.entrypoints.dashboard.words import clock, price, shares

_FAR = 0.75  # of the bars' own range: a level farther off is named at the edge instead
_COLORS = {"stop": LOSS, "target": GAIN}
_DASHES = {"entry": "dot", "previous_close": "dot", "filled": "dashdot"}
_CLOSE = 0.06  # of the axis: names of levels nearer than that would overlap


def candle_chart(found: Bars, *, height: int = 380) -> Plot:
    """One symbol's day; levels that would squash the candles are named at the edge."""
    low, high = _price_range(found)
    times = "%H:%M" if found.resolution == "1m" else "%d %b"
    return {
        "data": [
            *_candles(found.bars),
            *_vwap(found.bars),
            *_lines(found, low, high),
            *_marks(found.fills),
        ],
        "layout": layout(
            height,
            xaxis={
                "type": "date",
                "rangeslider": {"visible": False},
                "tickformat": times,
                "fixedrange": True,
            },
            yaxis={"range": [low, high], "side": "right", "fixedrange": True},
            shapes=[*_opening_range(found)],
            annotations=_names(found.levels, low, high),
            showlegend=False,
            hovermode="x",
        ),
    }


def _price_range(found: Bars) -> tuple[float, float]:
    """What the price axis shows: every bar, and the levels that do not squash them."""
    prices = [level.price for level in found.levels] + [fill.price for fill in found.fills]
    if not found.bars and not prices:
        return 0.0, 1.0
    low = min([bar.low for bar in found.bars] or prices)
    high = max([bar.high for bar in found.bars] or prices)
    reach = _FAR * (high - low) if found.bars else float("inf")
    near = [value for value in prices if low - reach <= value <= high + reach]
    low, high = min([low, *near]), max([high, *near])
    margin = 0.06 * (high - low) or 0.01 * high
    return low - margin, high + margin


def _candles(bars: Sequence[Bar]) -> Iterator[Trace]:
    yield {
        "type": "candlestick",
        "name": "price",
        "x": [local(bar.at) for bar in bars],
        "open": [bar.open for bar in bars],
        "high": [bar.high for bar in bars],
        "low": [bar.low for bar in bars],
        "close": [bar.close for bar in bars],
        "increasing": {"line": {"color": GAIN, "width": 1}, "fillcolor": CLEAR},
        "decreasing": {"line": {"color": LOSS, "width": 1}, "fillcolor": LOSS},
    }


def _vwap(bars: Sequence[Bar]) -> Iterator[Trace]:
    known = [bar for bar in bars if bar.vwap is not None]
    if known:
        yield {
            "type": "scatter",
            "mode": "lines",
            "name": "VWAP",
            "x": [local(bar.at) for bar in known],
            "y": [bar.vwap for bar in known],
            "line": {"color": BLUE, "width": 1.6},
            "hovertemplate": "VWAP %{y:.2f}<extra></extra>",
        }


def _lines(found: Bars, low: float, high: float) -> Iterator[Trace]:
    if not found.bars:
        return
    ends = [local(found.bars[0].at), local(found.bars[-1].at + timedelta(minutes=1))]
    for level in found.levels:
        if low <= level.price <= high:
            yield {
                "type": "scatter",
                "mode": "lines",
                "name": label(level.name),
                "x": ends,
                "y": [level.price] * 2,
                "line": {
                    "color": _COLORS.get(level.name, MUTED),
                    "width": 1.6,
                    "dash": _DASHES.get(level.name, "dash"),
                },
                "hoverinfo": "skip",
            }


def _names(levels: Sequence[Level], low: float, high: float) -> list[dict[str, object]]:
    """Names at the left edge, a name below its line where the one above is near."""
    found = []
    for value, names in _by_price(levels):
        above = [other.price - value for other in levels if other.price > value]
        crowded = bool(above) and min(above) < _CLOSE * (high - low)
        off = " (above)" if value > high else " (below)" if value < low else ""
        found.append(
            {
                "xref": "paper",
                "x": 0,
                "xanchor": "left",
                "y": min(max(value, low), high),
                "yanchor": "top" if crowded or value >= high else "bottom",
                "text": f"{label(', '.join(names))} {price(value)}{off}",
                "showarrow": False,
                "font": {"color": _COLORS.get(names[-1], MUTED), "size": 11},
            }
        )
    return found


def _by_price(levels: Sequence[Level]) -> list[tuple[float, list[str]]]:
    """Levels that read the same share one name."""
    found: dict[str, tuple[float, list[str]]] = {}
    for level in levels:
        said = found.setdefault(price(level.price), (level.price, []))[1]
        said.append(level.name.replace("_", " "))
    return list(found.values())


def _opening_range(found: Bars) -> Iterator[dict[str, object]]:
    """A band over the first minutes; the first bar with a VWAP is the session's first."""
    opening: OpeningRange | None = found.opening_range
    first = next((bar.at for bar in found.bars if bar.vwap is not None), None)
    if opening is None or opening.high is None or opening.low is None or first is None:
        return
    yield {
        "type": "rect",
        "layer": "below",
        "x0": local(first),
        "x1": local(first + timedelta(minutes=opening.minutes)),
        "y0": opening.low,
        "y1": opening.high,
        "fillcolor": SAND,
        "line": {"width": 0},
    }


def _marks(fills: Sequence[Fill]) -> Iterator[Trace]:
    for is_entry, shape in ((True, "triangle-up"), (False, "x")):
        chosen = [fill for fill in fills if fill.is_entry is is_entry]
        if chosen:
            yield {
                "type": "scatter",
                "mode": "markers",
                "name": "entry" if is_entry else "exit",
                "x": [local(fill.at) for fill in chosen],
                "y": [fill.price for fill in chosen],
                "text": [
                    f"{label(fill.reason)} {shares(fill.quantity)} at {price(fill.price)},"
                    f" {clock(fill.at)}"
                    for fill in chosen
                ],
                "hovertemplate": "%{text}<extra></extra>",
                "marker": {
                    "symbol": shape,
                    "size": 12,
                    "color": BLUE,
                    "line": {"color": "#ffffff", "width": 1.2},
                },
            }
