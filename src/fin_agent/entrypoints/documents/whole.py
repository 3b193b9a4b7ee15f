"""Every ``--json`` document, each by one pure function; docs/schemas says the same to machines.

What is missing is null, never 0. Keys may be added, never renamed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from fin_agent.application.backtest import RunOutcome, quality
from fin_agent.application.day import DayOutcome
from fin_agent.domain.errors import ConfigError
from fin_agent.domain.evidence import Evidence, value_of
from fin_agent.domain.history import DataIssue, ImportReport, StoredSet, SyncReport
from fin_agent.domain.session import TradingSession
from fin_agent.entrypoints.documents.rows import (
    candidate_row,
    plan_row,
    stored_trade_row,
    trade_row,
    verdict_row,
)
from fin_agent.entrypoints.documents.values import (
    Document,
    jsonable,
    maybe,
    moment,
    number,
    text_of,
)

if TYPE_CHECKING:
    from fin_agent.composition.live_scan import ScannedNow

__all__ = [
    "Document",
    "Status",
    "check_document",
    "config_document",
    "error_document",
    "import_document",
    "journal_document",
    "listing_document",
    "run_document",
    "scan_document",
    "status_document",
    "text_of",
]


def scan_document(outcome: DayOutcome, fx: Evidence[float], *, simulated: bool = False) -> Document:
    """One scan: a verdict for every symbol, every scored candidate by rank, the plans.

    ``fx`` is the rate that the scan asked for; a missing one is null.
    """
    verdicts, fates = outcome.verdicts, outcome.fates
    return {
        "session_date": outcome.session.date.isoformat(),
        "at": moment(outcome.at),
        "universe": len(verdicts),
        "fx": maybe(value_of(fx)),
        "verdicts": [verdict_row(verdicts[symbol]) for symbol in verdicts],
        "verdict_counts": jsonable(verdicts.counts()),
        "candidates": [candidate_row(candidate) for candidate in outcome.candidates],
        "plans": [plan_row(advice, fates.get(advice.plan.symbol)) for advice in outcome.advice],
        "simulated": simulated,
        "decision_hash": outcome.decision_hash,
    }


def second_look_rows(scanned: "ScannedNow") -> Document:
    """What ``scan --second-look`` adds: the positions and the plans of today's earlier scans."""
    return {
        "positions": [jsonable(review.payload()) for review in scanned.reviews()],
        "plans_before": [
            {
                "symbol": plan.advice.plan.symbol,
                "plan_id": plan.advice.plan.plan_id,
                "fate": plan.fate,
                "planned": number(plan.advice.plan.candidate.composite),
                "composite": maybe(plan.composite),
                "verdict": plan.verdict.verdict,
            }
            for plan in scanned.plans_before()
        ],
    }


def run_document(
    outcome: RunOutcome, first: date, last: date, *, simulated: bool = False
) -> Document:
    """A replayed day or a backtest; amounts in account currency, ``sessions`` counts them all."""
    sessions = len(outcome.days)
    return {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "sessions": sessions,
        "bars": "daily" if outcome.daily else "minute",
        "trades": [trade_row(trade, daily=outcome.daily) for trade in outcome.trades],
        "equity": [
            {
                "session_date": day.session_date.isoformat(),
                "equity": number(day.equity),
                "pnl": number(day.pnl),
            }
            for day in outcome.days
        ],
        "metrics": jsonable(asdict(outcome.performance)),
        "verdict_counts": jsonable(outcome.verdicts),
        "plans_without_trade": jsonable(outcome.refused),
        "locked_sessions": outcome.locked,
        "assumptions": list(outcome.assumptions),
        "data_quality": jsonable({**quality(outcome.verdicts, sessions), **outcome.data_quality}),
        "simulated": simulated,
        "decision_hash": outcome.decision_hash,
    }


def journal_document(trades: Sequence[Mapping[str, object]]) -> Document:
    """Closed trades as the store keeps them, in the words of ``run_document``."""
    return {"count": len(trades), "trades": [stored_trade_row(trade) for trade in trades]}


@dataclass(frozen=True, slots=True)
class Status:
    """What ``status`` knows; amounts in account currency, None where nothing was recorded.

    ``session`` is today's, or the next one on a day without; ``day`` is the newest one that the
    agent has lived. ``positions`` and ``orders`` (the live ones) are rows of plain values,
    ``day_pnl`` is realised, ``loss_used`` what it took of the daily loss cap.
    """

    now: datetime
    account: str
    currency: str
    broker: str
    live: bool
    state: str
    session: TradingSession | None
    daily_loss_cap: Decimal
    equity: Decimal | None = None
    day_pnl: Decimal | None = None
    positions: Sequence[Mapping[str, object]] = ()
    orders: Sequence[Mapping[str, object]] = ()
    last_session: Mapping[str, object] | None = None
    problems: Sequence[str] = ()
    halt_reason: str | None = None
    agent: str | None = None
    latches: Sequence[Mapping[str, object]] = ()
    day: Mapping[str, object] | None = None
    loss_used: Decimal | None = None
    last_event: Mapping[str, object] | None = None
    database: Mapping[str, object] | None = None
    backup: Mapping[str, object] | None = None
    data_dir: str = ""
    stored_sets: int = 0
    runs: Sequence[str] = ()


def status_document(status: Status) -> Document:
    """What is, now."""
    plain = {
        item.name: jsonable(getattr(status, item.name))
        for item in fields(status)
        if item.name != "session"
    }
    return {**plain, "session": session_document(status.session, status.now)}


def session_document(session: TradingSession | None, now: datetime) -> Document | None:
    """A session and where in it an instant is."""
    if session is None:
        return None
    phases = (
        (session.pre_market_open, "before"),
        (session.open, "pre_market"),
        (session.close, "regular"),
    )
    return {
        "date": session.date.isoformat(),
        "open": moment(session.open),
        "close": moment(session.close),
        "half_day": session.is_half_day,
        "phase": next((phase for until, phase in phases if now < until), "closed"),
    }


def check_document(issues: Sequence[DataIssue]) -> Document:
    """Every finding of ``data check``, and how many there are of each severity and rule."""
    return {
        "count": len(issues),
        "severities": jsonable(Counter(issue.severity for issue in issues)),
        "rules": jsonable(Counter(issue.rule for issue in issues)),
        "issues": [jsonable(asdict(issue)) for issue in issues],
    }


def import_document(reports: Sequence[ImportReport]) -> Document:
    """What each file brought, and the sums over all of them."""
    return {
        "files": [jsonable(asdict(report)) for report in reports],
        "rows": sum(report.rows for report in reports),
        "added": sum(report.added for report in reports),
        "unchanged": sum(report.unchanged for report in reports),
        "replaced": sum(report.replaced for report in reports),
        "conflicts": sum(report.conflicts for report in reports),
        "quarantined": sum(sum(report.quarantined.values()) for report in reports),
    }


def sync_document(report: SyncReport, remarks: Sequence[str] = ()) -> Document:
    """What a sync brought, what it could not, and what providers said meanwhile."""
    known = {name: jsonable(value) for name, value in asdict(report).items()}
    return {**known, "complete": report.is_complete, "remarks": list(remarks)}


def listing_document(stored: Sequence[StoredSet]) -> Document:
    """What the bar store holds."""
    return {"sets": [jsonable(asdict(one)) for one in stored]}


def config_document(settings: Mapping[str, object], problems: Sequence[str] = ()) -> Document:
    """The settings as they hold (secrets already redacted), or everything that is wrong."""
    return {"ok": not problems, "problems": list(problems), "settings": jsonable(settings)}


def error_document(error: Exception, exit_code: int) -> Document:
    """What went wrong, one problem a line; a wrong configuration lists them all."""
    problems = error.problems if isinstance(error, ConfigError) else (str(error),)
    return {"error": {"kind": type(error).__name__, "problems": list(problems), "exit": exit_code}}
