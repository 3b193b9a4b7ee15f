"""Candles of one symbol's day with VWAP, opening range, levels and fills."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from fin_agent.entrypoints.api.models.trading import Bars, Fill, Level
from fin_agent.entrypoints.dashboard.components.figure import (
    BLUE,
    CLEAR,
    GAIN,
    LOSS,
    MUTED,
    SAND,
    label,
    layout,
)
from fin_agent.entrypoints.dashboard.trader_words import exit_words
from fin_agent.entrypoints.dashboard.words import clock, price, shares
from fin_agent.entrypoints.figures import candles
from fin_agent.entrypoints.figures.frame import Plot, Trace, local

_COLORS = {"stop": LOSS, "target": GAIN}
_DASHES = {"entry": "dot", "previous_close": "dot", "filled": "dashdot"}
_LEAST_ROOM, _ROOM = timedelta(minutes=6), 0.22  # of the time so far


def candle_chart(found: Bars, *, height: int = 380) -> Plot:
    """One symbol's day; levels that would squash the candles are named at the edge."""
    prices = [level.price for level in found.levels] + [fill.price for fill in found.fills]
    shown = candles.price_range(found.bars, prices)
    times = [local(bar.at) for bar in found.bars]
    return {
        "data": [
            candles.candles(times, found.bars, GAIN, LOSS, CLEAR),
            *_vwap(found),
            *_lines(found, shown),
            *_fills(found.fills),
        ],
        "layout": layout(
            height,
            xaxis=_times(found),
            yaxis={"range": list(shown), "side": "right", "fixedrange": True},
            shapes=[*_opening_range(found)],
            annotations=_names(found.levels, shown),
            showlegend=False,
            hovermode="x",
        ),
    }


def _vwap(found: Bars) -> Iterator[Trace]:
    course = [(local(bar.at), bar.vwap) for bar in found.bars if bar.vwap is not None]
    if course:
        yield candles.vwap([at for at, _ in course], [value for _, value in course], BLUE)


def _lines(found: Bars, shown: tuple[float, float]) -> Iterator[Trace]:
    if not found.bars:
        return
    ends = (local(found.bars[0].at), local(found.bars[-1].at + timedelta(minutes=1)))
    for one in found.levels:
        if shown[0] <= one.price <= shown[1]:
            color, dash = _COLORS.get(one.name, MUTED), _DASHES.get(one.name, "dash")
            yield candles.level(label(one.name), ends, one.price, color, dash)


def _names(levels: Sequence[Level], shown: tuple[float, float]) -> list[dict[str, object]]:
    found = _by_price(levels)
    said = [(value, f"{label(', '.join(names))} {price(value)}") for value, names in found]
    fonts = [{"color": _COLORS.get(names[-1], MUTED), "size": 11} for _, names in found]
    placed = candles.level_names(said, shown)
    return [{**name, "font": font} for name, font in zip(placed, fonts, strict=True)]


def _times(found: Bars) -> dict[str, object]:
    """The bars so far, and room behind them for the names of the levels."""
    axis: dict[str, object] = {
        "type": "date",
        "rangeslider": {"visible": False},
        "tickformat": "%H:%M" if found.resolution == "1m" else "%d %b",
        "fixedrange": True,
    }
    if not found.bars:
        return axis
    first, last = found.bars[0].at, found.bars[-1].at
    room = max(_LEAST_ROOM, _ROOM * (last - first))
    return {**axis, "range": [local(first - timedelta(minutes=1)), local(last + room)]}


def _by_price(levels: Sequence[Level]) -> list[tuple[float, list[str]]]:
    """Levels that read the same share one name."""
    found: dict[str, tuple[float, list[str]]] = {}
    for one in levels:
        said = found.setdefault(price(one.price), (one.price, []))[1]
        said.append(one.name.replace("_", " "))
    return list(found.values())


def _opening_range(found: Bars) -> Iterator[dict[str, object]]:
    """The first bar with a VWAP is the session's first."""
    opening = found.opening_range
    first = next((bar.at for bar in found.bars if bar.vwap is not None), None)
    if opening is None or opening.high is None or opening.low is None or first is None:
        return
    times = (local(first), local(first + timedelta(minutes=opening.minutes)))
    yield candles.opening_range(times, (opening.low, opening.high), SAND)


def _fills(fills: Sequence[Fill]) -> Iterator[Trace]:
    for is_entry, shape in ((True, "triangle-up"), (False, "x")):
        chosen = [fill for fill in fills if fill.is_entry is is_entry]
        if chosen:
            yield candles.marks(
                "entry" if is_entry else "exit",
                [local(fill.at) for fill in chosen],
                [fill.price for fill in chosen],
                [_filled(fill) for fill in chosen],
                {"symbol": shape, "color": BLUE, "line": {"color": "#ffffff", "width": 1.2}},
            )


def _filled(fill: Fill) -> str:
    why = "entry" if fill.is_entry else label(exit_words(fill.reason))
    return f"{why}: {shares(fill.quantity)} at {price(fill.price)}, {clock(fill.at)}"
