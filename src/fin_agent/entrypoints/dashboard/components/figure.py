"""What every chart shares: a figure is plain data, and its colours read on white and on black."""

from collections.abc import Mapping
from datetime import datetime
from html import escape

from fin_agent.entrypoints.dashboard.words import NEW_YORK, clean

Plot = Mapping[str, object]
Trace = dict[str, object]

GAIN, LOSS, BLUE, MUTED, SAND = "#0d9488", "#e8590c", "#3b82f6", "#8792a2", "rgba(217,160,60,0.16)"
CLEAR, GRID = "rgba(0,0,0,0)", "rgba(135,146,162,0.25)"
PALETTE = ("#3b82f6", "#d97706", "#0d9488", "#a855f7", "#ec4899", "#65a30d", "#64748b")

CONFIG: Mapping[str, object] = {"displayModeBar": False, "scrollZoom": False}


def layout(height: int, **more: object) -> dict[str, object]:
    """The common look: no background of its own, quiet grid, little margin, legend above."""
    axis: dict[str, object] = {"gridcolor": GRID, "zeroline": False, "automargin": True}
    base: dict[str, object] = {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 30, "b": 8},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "legend": {
            "orientation": "h",
            "y": 1.02,
            "yanchor": "bottom",
            "x": 0,
            "traceorder": "normal",
        },
        "xaxis": axis,
        "yaxis": axis,
        "dragmode": False,
    }
    for key, value in more.items():
        known = base.get(key, axis if key.startswith(("xaxis", "yaxis")) else None)
        both = isinstance(known, Mapping) and isinstance(value, Mapping)
        base[key] = {**known, **value} if both else value  # type: ignore[dict-item]
    return base


def label(text: object, longest: int = 60) -> str:
    """Text from outside for a chart, whose labels read a little HTML."""
    return escape(clean(text, longest))


def local(at: datetime) -> str:
    """An instant as a chart's axis takes it: New York's wall clock."""
    return at.astimezone(NEW_YORK).replace(tzinfo=None).isoformat()


def tone(value: float | None) -> str:
    """The colour that repeats a sign."""
    if value is None or value == 0:
        return MUTED
    return GAIN if value > 0 else LOSS


def line_at(axis: str, at: float | str, color: str, dash: str = "dot") -> dict[str, object]:
    """A line across the whole plot at one value of an axis."""
    other = "y" if axis == "x" else "x"
    return {
        "type": "line",
        f"{axis}0": at,
        f"{axis}1": at,
        f"{other}ref": "paper",
        f"{other}0": 0,
        f"{other}1": 1,
        "line": {"color": color, "width": 1.5, "dash": dash},
    }


def note(at: float, text: str, color: str) -> dict[str, object]:
    """Words at the left edge of a horizontal line."""
    return {
        "xref": "paper",
        "x": 0,
        "y": at,
        "text": text,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"color": color},
    }
