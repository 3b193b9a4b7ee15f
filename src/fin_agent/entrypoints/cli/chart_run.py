"""The figures of a run: equity, drawdown, results in R, the calendar of results, verdicts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from math import floor

from fin_agent.application.backtest import RunOutcome
from fin_agent.domain.gates import RULES
from fin_agent.domain.performance import DayResult
from fin_agent.domain.verdict import SELECTED
from fin_agent.entrypoints.cli.chart_page import (
    BLUE,
    GAIN,
    GRID,
    INK,
    LOSS,
    MUTED,
    PAPER,
    layout,
    safe,
)
from fin_agent.entrypoints.figures.equity import EquityColors, equity_traces
from fin_agent.entrypoints.figures.frame import Plot, line_at

_FEW_TRADES = 60
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")
_ONE_YEAR, _YEAR_HEIGHT, _YEAR_GAP = 130, 84, 34
_NUMBERED_WEEKS = 16  # more have no room for a number in each cell
_ROW, _FRAME = 24, 80
_COLORS = EquityColors(curve=BLUE, drawdown=LOSS, area="rgba(194,65,12,0.18)")


def equity_figure(outcome: RunOutcome, currency: str) -> Plot:
    """Equity at each session's end, and how far below its peak that is."""
    dates = [day.session_date.isoformat() for day in outcome.days]
    values = [round(float(day.equity), 4) for day in outcome.days]
    under = drawdowns(float(outcome.start), values)
    return {
        "data": equity_traces(dates, values, under, currency, _COLORS),
        "layout": layout(
            440,
            xaxis={"type": "date", "anchor": "y2"},
            yaxis={"domain": [0.34, 1], "title": {"text": f"equity, {currency}"}},
            yaxis2={
                "domain": [0, 0.28],
                "title": {"text": "drawdown, %"},
                "rangemode": "tozero",
                "gridcolor": GRID,
                "automargin": True,
            },
            shapes=[line_at("y", float(outcome.start), MUTED)],
            showlegend=False,
            hovermode="x",
        ),
    }


def drawdowns(start: float, values: Sequence[float]) -> list[float]:
    """Percent below the highest equity so far, 0 or negative."""
    peak, course = start, []
    for value in values:
        peak = max(peak, value)
        course.append(round(100 * (value / peak - 1), 4) if peak > 0 else 0.0)
    return course


def r_figure(outcome: RunOutcome) -> Plot:
    """How many trades ended in each band of R."""
    results = [trade.r_multiple for trade in outcome.trades]
    width = 0.5 if len(results) < _FEW_TRADES else 0.25
    counts = Counter(floor(round(result / width, 6)) for result in results)
    bands = sorted(counts)
    mean = sum(results) / len(results) if results else 0.0
    bar = {
        "type": "bar",
        "x": [width * (band + 0.5) for band in bands],
        "y": [counts[band] for band in bands],
        "width": [width * 0.92] * len(bands),
        "customdata": [f"{width * b:+.2f} to {width * (b + 1):+.2f} R" for b in bands],
        "hovertemplate": "%{customdata}: %{y} trades<extra></extra>",
        "marker": {"color": [GAIN if band >= 0 else LOSS for band in bands]},
    }
    average = {
        "type": "line",
        "yref": "paper",
        "x0": mean,
        "x1": mean,
        "y0": 0,
        "y1": 1,
        "line": {"color": INK, "width": 1.5, "dash": "dash"},
        "label": {"text": f"average {mean:+.2f} R", "textposition": "end", "textangle": 0},
    }
    return {
        "data": [bar],
        "layout": layout(
            320,
            xaxis={"title": {"text": "result in R"}, "zeroline": True},
            yaxis={"title": {"text": "trades"}, "rangemode": "tozero"},
            shapes=[average],
            dragmode=False,
        ),
    }


def calendar_figure(outcome: RunOutcome, currency: str) -> Plot:
    """Each session's result on a calendar: a column a week, a band a year."""
    by_year: dict[int, list[DayResult]] = {}
    for day in outcome.days:
        by_year.setdefault(day.session_date.year, []).append(day)
    largest = max((abs(float(day.pnl)) for day in outcome.days), default=0.0) or 1.0
    years = sorted(by_year)
    tall = _ONE_YEAR if len(years) == 1 else _YEAR_HEIGHT
    height = len(years) * (tall + _YEAR_GAP) + 70
    more: dict[str, object] = {}
    maps = []
    for place, year in enumerate(years):
        name = "" if place == 0 else str(place + 1)
        maps.append(_year_map(by_year[year], name, currency))
        more |= _year_axes(
            name, (1 - place / len(years), tall / (tall + _YEAR_GAP) / len(years)), year
        )
    return {
        "data": maps,
        "layout": layout(
            height,
            **more,
            coloraxis={
                "cmin": -largest,
                "cmax": largest,
                "colorscale": [[0, LOSS], [0.5, "#f1f3f5"], [1, GAIN]],
                "colorbar": {"title": {"text": currency}, "thickness": 12, "len": 0.9},
            },
            dragmode=False,
        ),
    }


def _year_map(days: Sequence[DayResult], axis: str, currency: str) -> Mapping[str, object]:
    found = {day.session_date: float(day.pnl) for day in days}
    mondays = sorted({day - timedelta(days=day.weekday()) for day in found})
    grid = [[_of(found, monday, row) for monday in mondays] for row in range(len(_WEEKDAYS))]
    dates = [
        [f"{monday + timedelta(days=row):%a %Y-%m-%d}" for monday in mondays]
        for row in range(len(_WEEKDAYS))
    ]
    numbered = len(mondays) <= _NUMBERED_WEEKS
    return {
        "type": "heatmap",
        "x": [monday.isoformat() for monday in mondays],
        "y": list(_WEEKDAYS),
        "z": grid,
        "customdata": dates,
        "text": [[_number(value) if numbered else "" for value in row] for row in grid],
        "texttemplate": "%{text}",
        "coloraxis": "coloraxis",
        "xaxis": f"x{axis}",
        "yaxis": f"y{axis}",
        "xgap": 2,
        "ygap": 2,
        "hoverongaps": False,
        "hovertemplate": f"%{{customdata}}  %{{z:+.2f}} {currency}<extra></extra>",
    }


def _of(found: Mapping[date, float], monday: date, row: int) -> float | None:
    value = found.get(monday + timedelta(days=row))
    return None if value is None else round(value, 4)


def _number(value: float | None) -> str:
    return f"{value:+.0f}" if value else ""


def _year_axes(name: str, place: tuple[float, float], year: int) -> dict[str, object]:
    top, share = place
    return {
        f"xaxis{name}": {
            "type": "date",
            "anchor": f"y{name}",
            "tickformat": "%d %b",
            "fixedrange": True,
            "showgrid": False,
            "nticks": 8,
        },
        f"yaxis{name}": {
            "anchor": f"x{name}",
            "domain": [top - share, top],
            "autorange": "reversed",
            "fixedrange": True,
            "showgrid": False,
            "title": {"text": str(year)},
            "tickfont": {"size": 10},
        },
    }


def verdict_figure(outcome: RunOutcome) -> Plot:
    """How many symbol-days each rule decided."""
    names = [name for name in (*RULES, SELECTED) if outcome.verdicts[name]]
    counts = [outcome.verdicts[name] for name in names]
    total = sum(counts)
    bar = {
        "type": "bar",
        "orientation": "h",
        "x": counts,
        "y": [safe(name) for name in names],
        "text": [f"{count:,} ({count / total:.1%})" for count in counts],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": "%{y}: %{text}<extra></extra>",
        "marker": {"color": [GAIN if name == SELECTED else BLUE for name in names]},
    }
    return {
        "data": [bar],
        "layout": layout(
            _FRAME + _ROW * len(names),
            xaxis={
                "range": [0, max(counts, default=1) * 1.3],
                "fixedrange": True,
                "title": {"text": "symbol-days"},
            },
            yaxis={"autorange": "reversed", "fixedrange": True, "showgrid": False},
            dragmode=False,
            bargap=0.3,
            paper_bgcolor=PAPER,
        ),
    }
