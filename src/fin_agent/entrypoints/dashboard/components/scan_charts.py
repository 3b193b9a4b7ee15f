"""Charts of a scan: the funnel, and what each factor gives to a candidate's score."""

from collections.abc import Sequence

from fin_agent.entrypoints.api.models.scan import Candidate, Contribution, FunnelStep
from fin_agent.entrypoints.dashboard.components.figure import (
    BLUE,
    GAIN,
    MUTED,
    PALETTE,
    label,
    layout,
)
from fin_agent.entrypoints.dashboard.trader_words import rule_words
from fin_agent.entrypoints.figures.frame import Plot, Trace, line_at

_ROW, _FRAME = 26, 70


def funnel_chart(universe: int, steps: Sequence[FunnelStep], selected: int) -> Plot:
    """What the rules that rejected a symbol leave of the universe, from top to bottom."""
    rows = [
        ("universe", universe, f"{universe}", "every symbol that was looked at"),
        *(
            (
                label(step.rule.replace("_", " ")),
                step.left,
                f"{step.left}  (-{step.rejected})",
                label(rule_words(step.rule)),
            )
            for step in steps
            if step.rejected
        ),
        ("selected", selected, f"{selected}", "a plan was made for each"),
    ]
    bar: Trace = {
        "type": "bar",
        "orientation": "h",
        "x": [row[1] for row in rows],
        "y": [row[0] for row in rows],
        "text": [row[2] for row in rows],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": [row[3] for row in rows],
        "hovertemplate": "%{y}: %{x} left<br>%{customdata}<extra></extra>",
        "marker": {"color": [GAIN if row[0] == "selected" else BLUE for row in rows]},
    }
    return {
        "data": [bar],
        "layout": layout(
            _FRAME + _ROW * len(rows),
            xaxis={"range": [0, max(1, universe) * 1.25], "fixedrange": True, "visible": False},
            yaxis={"autorange": "reversed", "fixedrange": True, "showgrid": False},
        ),
    }


def waterfall_chart(parts: Sequence[Contribution], composite: float) -> Plot:
    """From the factors' points to the composite; an absent factor has a label and no bar."""
    names = [*(label(part.factor) for part in parts), "composite"]
    texts = ["absent" if part.score is None else f"{part.points:.1f}" for part in parts]
    hover = [*(_told(part) for part in parts), f"composite {composite:.1f}"]
    trace: Trace = {
        "type": "waterfall",
        "x": names,
        "y": [*(part.points for part in parts), 0.0],
        "measure": [*("relative" for _ in parts), "total"],
        "text": [*texts, f"{composite:.1f}"],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": hover,
        "hovertemplate": "%{customdata}<extra></extra>",
        "increasing": {"marker": {"color": BLUE}},
        "totals": {"marker": {"color": GAIN}},
        "connector": {"line": {"color": MUTED, "width": 1, "dash": "dot"}},
    }
    return {
        "data": [trace],
        "layout": layout(
            260,
            yaxis={"range": [0, 112], "fixedrange": True, "title": {"text": "points"}},
            xaxis={"fixedrange": True, "showgrid": False},
        ),
    }


def _told(part: Contribution) -> str:
    if part.score is None:
        return f"{label(part.factor)}: absent, {label(part.absent or 'no reason was given', 120)}"
    lacking = f"; without {label(', '.join(part.lacking), 120)}" if part.lacking else ""
    return f"{label(part.factor)}: {part.points:.1f} points (score {part.score:.1f}){lacking}"


def factor_chart(candidates: Sequence[Candidate], min_score: float | None) -> Plot:
    """Candidates from best to worst, each bar made of its factors' points."""
    factors = list(dict.fromkeys(part.factor for c in candidates for part in c.contributions))
    symbols = [label(candidate.symbol) for candidate in candidates]
    bars: list[Trace] = [
        {
            "type": "bar",
            "orientation": "h",
            "name": label(factor),
            "y": symbols,
            "x": [_points(candidate, factor) for candidate in candidates],
            "hovertemplate": "%{y}: %{fullData.name} %{x:.1f} points<extra></extra>",
            "marker": {"color": PALETTE[place % len(PALETTE)]},
        }
        for place, factor in enumerate(factors)
    ]
    return {
        "data": bars,
        "layout": layout(
            _FRAME + 30 + _ROW * len(candidates),
            barmode="stack",
            xaxis={"range": [0, 104], "fixedrange": True},
            yaxis={"autorange": "reversed", "fixedrange": True, "showgrid": False},
            shapes=[] if min_score is None else [line_at("x", min_score, MUTED)],
        ),
    }


def _points(candidate: Candidate, factor: str) -> float | None:
    """None where the factor is absent, so that nothing is drawn."""
    found = (part for part in candidate.contributions if part.factor == factor)
    return next((part.points for part in found if part.score is not None), None)
