"""The figures of a day: verdict funnel, factor contributions, equity against the loss cap."""

from collections.abc import Iterator, Mapping, Sequence

from fin_agent.application.day import DayOutcome
from fin_agent.application.desk import TradingRules
from fin_agent.domain.candidate import TradeCandidate
from fin_agent.domain.journal import TradeRecord
from fin_agent.domain.market import Bar
from fin_agent.domain.verdict import SELECTED
from fin_agent.entrypoints.cli.chart_page import (
    BLUE,
    GAIN,
    INK,
    LOSS,
    MUTED,
    PALETTE,
    layout,
    safe,
)
from fin_agent.entrypoints.cli.day_scan import contributions
from fin_agent.entrypoints.cli.report_words import EXITS, money, rule_words
from fin_agent.entrypoints.figures.frame import Plot, line_at, local, note

_ROW, _TALL_ROW, _FRAME = 24, 36, 80
_BEYOND_THE_PICKS = 5


def funnel_figure(outcome: DayOutcome, rules: TradingRules) -> Plot:
    """What each rule leaves of the universe, from top to bottom."""
    words, left = rule_words(rules.scan), len(outcome.verdicts)
    steps = [("universe", left, "universe", "")]
    for rule, out in outcome.verdicts.counts().items():
        if rule != SELECTED:
            left -= out
            steps.append((rule, left, f"{left}  (-{out})", words.get(rule, "")))
    steps.append((SELECTED, left, f"{left} selected", ""))
    steps.append(("traded", len(outcome.trades), f"{len(outcome.trades)} traded", ""))
    names = [step[0] for step in steps]
    last = {SELECTED: GAIN, "traded": GAIN}
    bar = {
        "type": "bar",
        "orientation": "h",
        "x": [step[1] for step in steps],
        "y": names,
        "text": [str(step[1]) if step[0] == "universe" else step[2] for step in steps],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": [step[3] for step in steps],
        "hovertemplate": "%{y}: %{x} left<br>%{customdata}<extra></extra>",
        "marker": {"color": [last.get(name, BLUE) for name in names]},
    }
    widest = max(1, len(outcome.verdicts)) * 1.18
    return {
        "data": [bar],
        "layout": layout(
            _FRAME + _ROW * len(names),
            yaxis={"autorange": "reversed", "fixedrange": True, "showgrid": False},
            xaxis={"range": [0, widest], "fixedrange": True, "title": {"text": "symbols left"}},
            dragmode=False,
        ),
    }


def factor_figure(outcome: DayOutcome, rules: TradingRules) -> Plot:
    """The points that each factor gives to the composite, stacked; absent factors are named."""
    shown = outcome.candidates[: rules.scan.top_n + _BEYOND_THE_PICKS]
    names = list(shown[0].factors) if shown else []
    symbols = [f"{candidate.rank} {safe(candidate.symbol)}" for candidate in shown]
    points = [dict(zip(c.factors, contributions(c), strict=True)) for c in shown]
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "name": safe(name),
            "x": [row[name][1] or 0 for row in points],
            "y": symbols,
            "text": [f"{row[name][1]:.0f}" if row[name][1] else "" for row in points],
            "textposition": "inside",
            "insidetextanchor": "middle",
            "customdata": [_factor_hover(row[name][0].score) for row in points],
            "hovertemplate": "%{y}: %{fullData.name} %{customdata}<extra></extra>",
            "marker": {
                "color": PALETTE[place % len(PALETTE)],
                "line": {"color": "#fff", "width": 1},
            },
        }
        for place, name in enumerate(names)
    ]
    return {
        "data": bars,
        "layout": layout(
            _FRAME + 50 + _TALL_ROW * len(symbols),
            barmode="stack",
            yaxis={"autorange": "reversed", "fixedrange": True, "showgrid": False},
            xaxis={"range": [0, 118], "fixedrange": True, "title": {"text": "composite, points"}},
            annotations=[_total(c, y) for c, y in zip(shown, symbols, strict=True)],
            shapes=[line_at("x", rules.scan.min_score, MUTED)],
            dragmode=False,
        ),
    }


def _factor_hover(score: float | None) -> str:
    return "absent" if score is None else f"score {score:.1f}"


def _total(candidate: TradeCandidate, y: str) -> dict[str, object]:
    absent = [safe(name) for name, factor in candidate.factors.items() if factor.score is None]
    missing = f"<br>no {', '.join(absent)}" if absent else ""
    return {
        "x": candidate.composite,
        "y": y,
        "text": f"<b>{candidate.composite:.1f}</b> {candidate.grade.value}{missing}",
        "xanchor": "left",
        "align": "left",
        "showarrow": False,
        "xshift": 4,
    }


def equity_figure(
    outcome: DayOutcome, bars: Mapping[str, Sequence[Bar]], rules: TradingRules, currency: str
) -> Plot:
    """Equity marked at every minute's close, with the line at which the session locks."""
    session, result = outcome.session, outcome.result
    opened = float(result.equity - result.pnl)
    floor = opened - float(rules.risk.daily_loss_cap)
    course = list(_course(outcome, bars))
    times = [local(session.time_of(minute)) for minute, _ in course]
    values = [opened + pnl for _, pnl in course]
    curve = {
        "type": "scatter",
        "mode": "lines",
        "name": "equity",
        "x": times,
        "y": [round(value, 4) for value in values],
        "line": {"color": BLUE, "width": 2, "shape": "hv"},
        "hovertemplate": f"%{{x|%H:%M}}  %{{y:.2f}} {currency}<extra></extra>",
    }
    return {
        "data": [curve, *_exits(outcome, dict(course), opened, currency)],
        "layout": layout(
            320,
            xaxis={"type": "date", "tickformat": "%H:%M"},
            yaxis={"title": {"text": currency}},
            shapes=[line_at("y", floor, LOSS), line_at("y", opened, MUTED)],
            annotations=[
                note(floor, f"loss cap: the session locks at {money(floor)}", LOSS),
                note(opened, f"open {money(opened)}", INK),
            ],
            showlegend=False,
        ),
    }


def _exits(
    outcome: DayOutcome, course: Mapping[int, float], opened: float, currency: str
) -> Iterator[dict[str, object]]:
    done = [trade for trade in outcome.trades if trade.exit_time is not None]
    if not done:
        return
    ends = [(trade, trade.exit_time) for trade in done if trade.exit_time is not None]
    minutes = [outcome.session.minute_of(at) + 1 for _, at in ends]
    yield {
        "type": "scatter",
        "mode": "markers",
        "name": "exits",
        "x": [local(outcome.session.time_of(minute)) for minute in minutes],
        "y": [opened + course.get(minute, 0.0) for minute in minutes],
        "text": [
            f"{safe(t.symbol)} {EXITS.get(t.exit_reason, '')} {money(t.pnl, currency, sign=True)}"
            for t, _ in ends
        ],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"symbol": "x", "size": 9, "color": INK},
    }


def _course(outcome: DayOutcome, bars: Mapping[str, Sequence[Bar]]) -> Iterator[tuple[int, float]]:
    """The day's result at the end of each minute, realised + unrealised, account currency."""
    marks = {
        trade.symbol: {bar.minute: bar.close for bar in bars.get(trade.symbol, ())}
        for trade in outcome.trades
    }
    last: dict[str, float] = {}
    fx = float(outcome.fx)
    yield 0, 0.0
    for minute in range(outcome.session.minutes):
        for symbol, known in marks.items():
            if minute in known:
                last[symbol] = known[minute]
        total = sum(_result_at(trade, minute, last, fx) for trade in outcome.trades)
        yield minute + 1, total


def _result_at(trade: TradeRecord, minute: int, marks: Mapping[str, float], fx: float) -> float:
    """One trade's result after the fills up to a minute, the open part at its last mark."""
    held = cash = fees = 0.0
    for fill in trade.fills:
        if fill.minute <= minute:
            signed = float(fill.quantity) * (1 if fill.is_entry else -1)
            held += signed
            cash -= signed * float(fill.price)
            fees += float(fill.fees)
    mark = marks.get(trade.symbol, float(trade.entry_price))
    return trade.side.sign * (cash + held * mark) / fx - fees
