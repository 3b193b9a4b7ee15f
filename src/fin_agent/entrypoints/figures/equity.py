"""The traces of an equity chart: the curve, and below it how far it is under its peak."""

from collections.abc import Sequence
from dataclasses import dataclass

from fin_agent.entrypoints.figures.frame import Trace


@dataclass(frozen=True, slots=True)
class EquityColors:
    """The colours of one place: the curve, the line of the drawdown and the area below it."""

    curve: str
    drawdown: str
    area: str


def equity_traces(
    dates: Sequence[str],
    equity: Sequence[float],
    drawdown: Sequence[float],
    currency: str,
    colors: EquityColors,
) -> list[Trace]:
    """Equity in account currency at each session's end, and percent below the peak, 0 or less.

    The drawdown is drawn on ``y2``; ``currency`` stands in a text that reads a little HTML.
    """
    curve: Trace = {
        "type": "scatter",
        "mode": "lines" if len(equity) > 1 else "markers",
        "name": "equity",
        "x": [*dates],
        "y": [*equity],
        "line": {"color": colors.curve, "width": 2},
        "hovertemplate": f"%{{x|%a %Y-%m-%d}}  %{{y:,.2f}} {currency}<extra></extra>",
    }
    under: Trace = {
        "type": "scatter",
        "mode": "lines",
        "name": "drawdown",
        "x": [*dates],
        "y": [*drawdown],
        "yaxis": "y2",
        "fill": "tozeroy",
        "fillcolor": colors.area,
        "line": {"color": colors.drawdown, "width": 1.2},
        "hovertemplate": "%{y:.2f} % below the peak<extra></extra>",
    }
    return [curve, under]
