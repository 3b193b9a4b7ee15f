"""What every chart shares: a figure is plain data, and its colours read on white and on black."""

from collections.abc import Mapping
from html import escape

from fin_agent.entrypoints.dashboard.words import clean
from fin_agent.entrypoints.figures.frame import Look

GAIN, LOSS, BLUE, MUTED, SAND = "#0d9488", "#e8590c", "#3b82f6", "#8792a2", "rgba(217,160,60,0.16)"
CLEAR, GRID = "rgba(0,0,0,0)", "rgba(135,146,162,0.25)"
PALETTE = ("#3b82f6", "#d97706", "#0d9488", "#a855f7", "#ec4899", "#65a30d", "#64748b")

CONFIG: Mapping[str, object] = {"displayModeBar": False, "scrollZoom": False}
_LOOK = Look(  # no background of its own: the theme's shows through
    axis={"gridcolor": GRID, "zeroline": False, "automargin": True},
    base={
        "margin": {"l": 8, "r": 8, "t": 30, "b": 8},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "dragmode": False,
    },
)
layout = _LOOK.layout


def label(text: object, longest: int = 60) -> str:
    """Text from outside for a chart, whose labels read a little HTML."""
    return escape(clean(text, longest))


def tone(value: float | None) -> str:
    """The colour that repeats a sign."""
    if value is None or value == 0:
        return MUTED
    return GAIN if value > 0 else LOSS
