"""What a journal amounts to: figures, spread, breakdowns, how sure they are."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal

from fin_agent.adapters.persistence.log_reader import reading
from fin_agent.composition.bootstrap import App
from fin_agent.composition.journal import LIVE, decisions_of, trades_of
from fin_agent.composition.maintenance import state_path
from fin_agent.composition.statistics import Compared, Interval, compared, intervals
from fin_agent.domain.breakdown import Bucket, EquityPoint, Slice, buckets, equity_curve, slices
from fin_agent.domain.events import Event
from fin_agent.domain.journal import TradeRecord
from fin_agent.domain.market import Side
from fin_agent.domain.performance import DayResult, Performance, measure

_CLOSED = (
    "SELECT session_date, payload FROM event_log WHERE type = 'SessionClosed'"
    " AND session_date BETWEEN ? AND ? ORDER BY seq"
)
_DECIMALS = frozenset(
    {"quantity", "trigger_price", "stop", "target", "planned_quantity", "entry_price"}
    | {"exit_price", "fees", "pnl"}
)
_TIMES = frozenset({"entry_time", "exit_time"})
_MOST_COMPARED = 60  # sessions, newest first: each reads a day of minutes
_CATALYST = "catalyst"

Moves = dict[tuple[date, frozenset[str]], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that can be said about a journal; ``no_comparison`` says why there is none."""

    run: str
    days: Sequence[DayResult]
    figures: Performance
    equity: Sequence[EquityPoint]
    spread: Sequence[Bucket]
    slices: Mapping[str, Sequence[Slice]]
    intervals: Sequence[Interval]
    compared: Compared | None
    no_comparison: str | None


async def results_of(
    app: App, run: str | None, first: date | None, last: date | None, known: Moves
) -> Results:
    """What the journal of the agent, or of a run, amounts to between two sessions.

    ``known`` keeps the moves of sessions that were read before; give the same one each time.

    Raises:
        CorruptData: nothing has been traded yet, or there is no such run.
    """
    name, rows = await trades_of(app, run, first, last)
    trades = [record_of_row(row) for row in rows]
    days = await _days(app, name, first, last)
    start = days[0].equity - days[0].pnl if days else app.settings.account.bankroll
    decisions = {day.session_date: await decisions_of(app, name, day.session_date) for day in days}
    versus = None
    reason: str | None = "no session left a choice between those that passed the gates"
    try:
        versus = await _compared(app, decisions, known)
    except LookupError as error:
        reason = str(error.args[0])
    return Results(
        run=name,
        days=days,
        figures=measure(trades, days, start),
        equity=equity_curve(days, start, trades),
        spread=buckets(trades),
        slices=slices(trades, _catalysts(decisions.values())),
        intervals=intervals(trades, days),
        compared=versus,
        no_comparison=None if versus is not None else reason,
    )


def record_of_row(row: Mapping[str, object]) -> TradeRecord:
    """A closed trade back from its stored document, without its fills."""
    values: dict[str, object] = {}
    for item in fields(TradeRecord):
        value = row.get(item.name)
        if item.name == "fills":
            continue
        if item.name in _DECIMALS:
            value = Decimal(str(value))
        elif item.name in _TIMES:
            value = None if value is None else datetime.fromisoformat(str(value))
        values[item.name] = value
    values["side"] = Side(str(row["side"]))
    values["session_date"] = date.fromisoformat(str(row["session_date"]))
    return TradeRecord(**values)  # type: ignore[arg-type] # each by its name, converted above


async def _days(app: App, name: str, first: date | None, last: date | None) -> list[DayResult]:
    """The closed sessions, those without a trade too."""
    bounds = [(first or date.min).isoformat(), (last or date.max).isoformat()]
    path = state_path(app) if name == LIVE else app.run_path(name)
    async with reading(path) as reader:
        rows = await reader.rows(_CLOSED, bounds)
    found = {row["session_date"]: json.loads(row["payload"]) for row in rows}
    return [
        DayResult(date.fromisoformat(day), Decimal(str(end["equity"])), Decimal(str(end["pnl"])))
        for day, end in sorted(found.items())
    ]


def _catalysts(sessions: Iterable[Sequence[Event]]) -> dict[str, str]:
    """By plan id how its news scored when it was drawn: strong, weak, or none known."""
    found: dict[str, str] = {}
    for events in sessions:
        scores: dict[str, float | None] = {}
        for event in events:
            payload = json.loads(event.payload)
            if event.type == "CandidatesRanked":
                scores |= {r["symbol"]: r["factors"].get(_CATALYST) for r in payload["ranked"]}
            elif event.type == "SignalGenerated":
                found[payload["plan_id"]] = _strength(scores.get(payload["symbol"]))
    return found


def _strength(score: float | None) -> str:
    if score is None:
        return "unknown"
    return "strong" if score >= 50 else "weak"  # noqa: PLR2004 - half of the scale


async def _compared(
    app: App, decisions: Mapping[date, Sequence[Event]], known: Moves
) -> Compared | None:
    """The chosen against the passed; sessions without minute bars are left out.

    Raises:
        LookupError: none of the sessions has minute bars.
    """
    stored = app.minute_dates()
    there = sorted(day for day in decisions if day in stored)[-_MOST_COMPARED:]
    if decisions and not there:
        raise LookupError("no minute bars are stored for these sessions")
    sessions = []
    for day in there:
        passed, chosen = _choice(decisions[day])
        if (day, passed) not in known:
            known[day, passed] = await _moved(app, day, passed)
        moves = known[day, passed]
        sessions.append((moves, frozenset(chosen & moves.keys())))
    return compared(sessions)


def _choice(events: Sequence[Event]) -> tuple[frozenset[str], frozenset[str]]:
    """The symbols that passed every gate, and those that became plans."""
    passed: set[str] = set()
    chosen: set[str] = set()
    for event in events:
        if event.type == "UniverseJudged":
            passed |= set(json.loads(event.payload)["passed"])
        elif event.type == "SignalGenerated":
            chosen.add(json.loads(event.payload)["symbol"])
    return frozenset(passed), frozenset(chosen)


async def _moved(app: App, day: date, symbols: frozenset[str]) -> Mapping[str, float]:
    """The move from the first to the last regular minute in percent, by symbol."""
    session = app.calendar.session(day)
    ends: dict[str, tuple[float, float]] = {}
    if session is not None and symbols:
        async for minute in app.market(daily=False).minutes(session, sorted(symbols)):
            for symbol, bar in minute.bars.items():
                ends[symbol] = (ends.get(symbol, (bar.open, 0.0))[0], bar.close)
    return {symbol: 100 * (close / open_ - 1) for symbol, (open_, close) in ends.items()}


def notes_by_trade(rows: Iterable[Mapping[str, object]]) -> dict[str, list[Mapping[str, object]]]:
    """Notes in the order they were written, by the trade they are about."""
    found: dict[str, list[Mapping[str, object]]] = {}
    for row in rows:
        found.setdefault(str(row["trade_id"]), []).append(row)
    return found
