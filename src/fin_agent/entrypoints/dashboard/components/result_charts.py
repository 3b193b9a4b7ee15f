"""Charts of results: equity and drawdown, R, the calendar, groups, intervals, the loss gauge."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from fin_agent.entrypoints.api.models.journal import Bucket, EquityPoint, Interval, Slice
from fin_agent.entrypoints.api.models.status import LossGauge
from fin_agent.entrypoints.dashboard.components.figure import (
    BLUE,
    GAIN,
    GRID,
    LOSS,
    MUTED,
    PALETTE,
    label,
    layout,
    tone,
)
from fin_agent.entrypoints.dashboard.words import in_r, money, plural, share
from fin_agent.entrypoints.figures.equity import EquityColors, equity_traces
from fin_agent.entrypoints.figures.frame import Plot, Trace, line_at, note

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")
_NUMBERED_WEEKS = 16  # more have no room for a number in each cell
_ROW, _FRAME = 30, 84
_FEW_DAYS = 6
_OPEN_BAND = 0.5  # R: how wide an open band is drawn
_COLORS = EquityColors(curve=BLUE, drawdown=LOSS, area="rgba(232,89,12,0.2)")


def equity_chart(start: float, days: Sequence[EquityPoint], currency: str) -> Plot:
    """Equity at each session's end, and how far below its peak that is."""
    dates = [day.session_date.isoformat() for day in days]
    values = [day.equity for day in days]
    under = [-100 * day.drawdown for day in days]
    return {
        "data": equity_traces(dates, values, under, label(currency), _COLORS),
        "layout": layout(
            400,
            xaxis={**_sessions(days), "anchor": "y2"},
            yaxis={"domain": [0.36, 1], "title": {"text": label(currency)}, "fixedrange": True},
            yaxis2={
                "domain": [0, 0.28],
                "title": {"text": "drawdown, %"},
                "range": [1.1 * min([-1.0, *under]), 0],
                "fixedrange": True,
            },
            shapes=[{**line_at("y", start, MUTED), "yref": "y", "xref": "paper"}],
            showlegend=False,
            hovermode="x",
        ),
    }


def compared_chart(runs: Mapping[str, tuple[float, Sequence[EquityPoint]]]) -> Plot:
    """Several runs as percent of their start, so that different bankrolls compare."""
    data: list[Trace] = [
        {
            "type": "scatter",
            "mode": "lines" if len(days) > 1 else "markers",
            "name": label(name),
            "x": [day.session_date.isoformat() for day in days],
            "y": [round(100 * (day.equity / start - 1), 4) for day in days] if start else [],
            "line": {"color": PALETTE[place % len(PALETTE)], "width": 2},
            "hovertemplate": "%{y:+.2f} % since the start<extra>%{fullData.name}</extra>",
        }
        for place, (name, (start, days)) in enumerate(runs.items())
    ]
    return {
        "data": data,
        "layout": layout(
            360,
            xaxis=_sessions([day for _, days in runs.values() for day in days]),
            yaxis={"title": {"text": "% since the start"}, "fixedrange": True},
            shapes=[line_at("y", 0.0, MUTED)],
            hovermode="x",
        ),
    }


def _sessions(days: Sequence[EquityPoint]) -> dict[str, object]:
    """An axis of days, never of times of a day: few have a tick each."""
    axis: dict[str, object] = {"type": "date", "tickformat": "%d %b %y", "fixedrange": True}
    dates = sorted({day.session_date for day in days})
    if not dates or len(dates) > _FEW_DAYS:
        return axis
    ends = [(dates[0] - timedelta(days=1)).isoformat(), (dates[-1] + timedelta(days=1)).isoformat()]
    return {**axis, "tickvals": [day.isoformat() for day in dates], "range": ends}


def r_chart(buckets: Sequence[Bucket], mean: float | None) -> Plot:
    """How many trades ended in each band of R; the outermost bands are open."""
    ends = [(_low(bucket), _high(bucket)) for bucket in buckets]
    bar: Trace = {
        "type": "bar",
        "x": [(low + high) / 2 for low, high in ends],
        "y": [bucket.trades for bucket in buckets],
        "width": [(high - low) * 0.92 for low, high in ends],
        "customdata": [_band_words(bucket) for bucket in buckets],
        "hovertemplate": "%{customdata}: %{y} trades<extra></extra>",
        "marker": {"color": [GAIN if low >= 0 else LOSS for low, _ in ends]},
    }
    named = [] if mean is None else [{**note(1, f"average {in_r(mean)}", MUTED), "yref": "paper"}]
    return {
        "data": [bar],
        "layout": layout(
            300,
            xaxis={"title": {"text": "result in R"}, "fixedrange": True, "zeroline": True},
            yaxis={
                "rangemode": "tozero",
                "fixedrange": True,
                "title": {"text": "trades"},
                "dtick": max(1, max((bucket.trades for bucket in buckets), default=1) // 5),
            },
            shapes=[] if mean is None else [line_at("x", mean, MUTED, "dash")],
            annotations=named,
        ),
    }


def _low(bucket: Bucket) -> float:
    return bucket.from_r if bucket.from_r is not None else (bucket.to_r or 0.0) - _OPEN_BAND


def _high(bucket: Bucket) -> float:
    return bucket.to_r if bucket.to_r is not None else (bucket.from_r or 0.0) + _OPEN_BAND


def _band_words(bucket: Bucket) -> str:
    if bucket.from_r is None:
        return f"below {in_r(bucket.to_r)}"
    if bucket.to_r is None:
        return f"{in_r(bucket.from_r)} or more"
    return f"{in_r(bucket.from_r)} to {in_r(bucket.to_r)}"


def calendar_chart(days: Sequence[EquityPoint], year: int, currency: str) -> Plot:
    """Each session's result of one year: a column a week, a row a weekday."""
    found = {day.session_date: day.pnl for day in days if day.session_date.year == year}
    mondays = sorted({day - timedelta(days=day.weekday()) for day in found})
    rows = range(len(_WEEKDAYS))
    grid = [[found.get(monday + timedelta(days=row)) for monday in mondays] for row in rows]
    dates = [[f"{monday + timedelta(days=row):%a %Y-%m-%d}" for monday in mondays] for row in rows]
    largest = max((abs(value) for value in found.values()), default=0.0) or 1.0
    numbered = len(mondays) <= _NUMBERED_WEEKS
    heat: Trace = {
        "type": "heatmap",
        "x": [monday.isoformat() for monday in mondays],
        "y": list(_WEEKDAYS),
        "z": grid,
        "customdata": dates,
        "text": [[f"{value:+.0f}" if numbered and value else "" for value in row] for row in grid],
        "texttemplate": "%{text}",
        "zmin": -largest,
        "zmax": largest,
        "colorscale": [[0, LOSS], [0.5, GRID], [1, GAIN]],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hoverongaps": False,
        "hovertemplate": f"%{{customdata}}  %{{z:+.2f}} {label(currency)}<extra></extra>",
    }
    return {
        "data": [heat],
        "layout": layout(
            190,
            xaxis={
                "type": "date",
                "tickformat": "%d %b",
                "fixedrange": True,
                "showgrid": False,
                "range": _weeks_shown(mondays),
            },
            yaxis={"autorange": "reversed", "fixedrange": True, "showgrid": False},
        ),
    }


def _weeks_shown(mondays: Sequence[date]) -> list[str] | None:
    """From the first week on, and never so few that a cell becomes a bar."""
    if not mondays:
        return None
    half = timedelta(days=3.5)
    last = max(mondays[-1], mondays[0] + timedelta(weeks=_NUMBERED_WEEKS - 1))
    noon = time()
    return [
        (datetime.combine(day, noon) + way).isoformat()
        for day, way in ((mondays[0], -half), (last, half))
    ]


def slice_chart(slices: Sequence[Slice]) -> Plot:
    """Average R of each group, with its number of trades and its win rate."""
    known = [part for part in slices if part.expectancy_r is not None]
    means = [part.expectancy_r or 0.0 for part in known]
    widest = max((abs(mean) for mean in means), default=1.0) * 2.4 or 1.0
    bar: Trace = {
        "type": "bar",
        "orientation": "h",
        "x": [round(mean, 6) for mean in means],
        "y": [label(part.value) for part in known],
        "text": [f"{in_r(part.expectancy_r)}, {plural(part.trades, 'trade')}" for part in known],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": [f"{share(part.win_rate)} won" for part in known],
        "hovertemplate": "%{y}: %{text}, %{customdata}<extra></extra>",
        "marker": {"color": [tone(mean) for mean in means]},
    }
    return {
        "data": [bar],
        "layout": layout(
            _FRAME + _ROW * len(known),
            xaxis={"range": [-widest, widest], "fixedrange": True, "zeroline": True},
            yaxis={"type": "category", "autorange": "reversed", "fixedrange": True},
        ),
    }


def interval_chart(interval: Interval) -> Plot:
    """One figure as a point on its interval."""
    low, high, value = interval.low, interval.high, interval.value
    data: list[Trace] = []
    if low is not None and high is not None:
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": [low, high],
                "y": [0, 0],
                "line": {"color": BLUE, "width": 8},
                "hovertemplate": "%{x:.3f}<extra></extra>",
            }
        )
    if value is not None:
        marker = {"size": 14, "color": GAIN, "symbol": "diamond"}
        data.append({"type": "scatter", "mode": "markers", "x": [value], "y": [0]})
        data[-1] |= {"marker": marker, "hovertemplate": "%{x:.3f}<extra></extra>"}
    return {
        "data": data,
        "layout": layout(
            90,
            margin={"l": 8, "r": 8, "t": 4, "b": 8},
            xaxis={"fixedrange": True},
            yaxis={"visible": False, "range": [-1, 1], "fixedrange": True},
            showlegend=False,
        ),
    }


def gauge_chart(loss: LossGauge, currency: str) -> Plot:
    """The day's result against the loss that locks the session."""
    known = [value for value in (loss.realised, loss.unrealised) if value is not None]
    result = sum(known) if known else None
    shown = result or 0.0
    reach = max(loss.cap, abs(shown)) * 1.15
    words = "no result yet" if result is None else money(result, currency, sign=True)
    bar: Trace = {
        "type": "bar",
        "orientation": "h",
        "x": [shown],
        "y": ["result"],
        "marker": {"color": tone(result)},
        "text": [words],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": "%{text}<extra></extra>",
    }
    lock = note(1, f"locks at {money(-loss.cap, currency)}", LOSS) | {"x": -loss.cap, "xref": "x"}
    return {
        "data": [bar],
        "layout": layout(
            110,
            xaxis={"range": [-reach, reach], "fixedrange": True, "zeroline": True},
            yaxis={"visible": False, "fixedrange": True},
            shapes=[line_at("x", -loss.cap, LOSS, "solid")],
            annotations=[{**lock, "yref": "paper"}],
        ),
    }
