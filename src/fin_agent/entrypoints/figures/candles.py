"""The parts of a candle chart: candles, VWAP, opening range, levels with their names, fills.

Prices in USD; times as ``frame.local`` gives them.
"""

from collections.abc import Mapping, Sequence
from math import inf
from typing import Protocol

from fin_agent.entrypoints.figures.frame import Trace

_FAR = 0.75  # of the bars' own range: a level farther off is named at the edge instead
_CLOSE = 0.06  # of the axis: names of levels nearer than that would overlap
_MARGIN = 0.05
_LETTER_PX, _GAP_PX = 6, 10  # of a name in a font of 11 pixels


class Candle(Protocol):
    """What a candle is drawn from."""

    @property
    def open(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def close(self) -> float: ...


def price_range(bars: Sequence[Candle], prices: Sequence[float]) -> tuple[float, float]:
    """What the price axis shows: every bar, and the prices that do not squash them."""
    if not bars and not prices:
        return 0.0, 1.0
    low = min([bar.low for bar in bars] or prices)
    high = max([bar.high for bar in bars] or prices)
    reach = _FAR * (high - low) if bars else float("inf")
    near = [value for value in prices if low - reach <= value <= high + reach]
    low, high = min([low, *near]), max([high, *near])
    margin = _MARGIN * (high - low) or 0.01 * high
    return low - margin, high + margin


def candles(
    times: Sequence[str], bars: Sequence[Candle], gain: str, loss: str, paper: str
) -> Trace:
    """Rising bars are hollow, so that the two differ without colour too."""
    return {
        "type": "candlestick",
        "name": "price",
        "x": list(times),
        "open": [bar.open for bar in bars],
        "high": [bar.high for bar in bars],
        "low": [bar.low for bar in bars],
        "close": [bar.close for bar in bars],
        "increasing": {"line": {"color": gain, "width": 1}, "fillcolor": paper},
        "decreasing": {"line": {"color": loss, "width": 1}, "fillcolor": loss},
        "showlegend": False,
    }


def vwap(times: Sequence[str], course: Sequence[float], color: str) -> Trace:
    """The session's VWAP."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "VWAP",
        "x": list(times),
        "y": list(course),
        "line": {"color": color, "width": 1.6},
        "hovertemplate": "VWAP %{y:.2f}<extra></extra>",
    }


def opening_range(
    times: tuple[str, str], prices: tuple[float, float], color: str
) -> dict[str, object]:
    """A band over the first minutes, from low to high."""
    return {
        "type": "rect",
        "layer": "below",
        "x0": times[0],
        "x1": times[1],
        "y0": prices[0],
        "y1": prices[1],
        "fillcolor": color,
        "line": {"width": 0},
        "name": "opening range",
    }


def level(name: str, times: tuple[str, str], price: float, color: str, dash: str) -> Trace:
    """A level while it counts."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": list(times),
        "y": [price] * 2,
        "line": {"color": color, "width": 1.7, "dash": dash},
        "hoverinfo": "skip",
    }


def level_names(
    said: Sequence[tuple[float, str]], shown: tuple[float, float]
) -> list[dict[str, object]]:
    """Names of levels at the right edge, above their lines, in the order given.

    One off the chart is named at the edge that is nearer to it; one that would overlap the name
    above it stands to the left of that.
    """
    low, high = shown
    above, shift, found = inf, 0, dict[int, dict[str, object]]()
    for place, (price, words) in sorted(enumerate(said), key=lambda one: -one[1][0]):
        at = min(max(price, low), high)
        off = " (above)" if price > high else " (below)" if price < low else ""
        shift = shift if above - at < _CLOSE * (high - low) else 0
        found[place] = {
            "xref": "paper",
            "x": 1,
            "xanchor": "right",
            "xshift": -shift,
            "y": at,
            "yanchor": "bottom",
            "text": f"{words}{off}",
            "showarrow": False,
        }
        above, shift = at, shift + _LETTER_PX * len(f"{words}{off}") + _GAP_PX
    return [found[place] for place in range(len(said))]


def marks(
    name: str,
    times: Sequence[str],
    prices: Sequence[float],
    texts: Sequence[str],
    look: Mapping[str, object],
) -> Trace:
    """Fills, each with its text; ``look`` is their symbol and colours."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": list(times),
        "y": list(prices),
        "text": list(texts),
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"size": 12, **look},
    }
