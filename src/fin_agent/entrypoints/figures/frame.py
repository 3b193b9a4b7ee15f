"""The frame of every figure: one look of a place, lines across the plot, New York's clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

Plot = Mapping[str, object]
Trace = dict[str, object]

_NEW_YORK = ZoneInfo("America/New_York")
_LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"}
_AXES = ("xaxis", "yaxis")


@dataclass(frozen=True, slots=True)
class Look:
    """What every axis and every layout of one place begins with."""

    axis: Mapping[str, object]
    base: Mapping[str, object]

    def layout(self, height: int, **more: object) -> dict[str, object]:
        """A layout ``height`` pixels tall; a mapping in ``more`` adds to what is there."""
        found: dict[str, object] = {"height": height, "legend": _LEGEND, **self.base}
        found |= dict.fromkeys(_AXES, self.axis)
        for key, value in more.items():
            known = found.get(key, self.axis if key.startswith(_AXES) else None)
            if isinstance(known, Mapping) and isinstance(value, Mapping):
                found[key] = {**known, **value}
            else:
                found[key] = value
        return found


def local(at: datetime) -> str:
    """An instant as a chart's axis takes it: New York's wall clock."""
    return at.astimezone(_NEW_YORK).replace(tzinfo=None).isoformat()


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
    """Words at the left edge of a horizontal line; ``text`` reads a little HTML."""
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
