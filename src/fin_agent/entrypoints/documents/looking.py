"""One look at everything that ``status`` tells: the state database, the settings, the disk."""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from fin_agent.composition.bootstrap import App
from fin_agent.composition.standing import DatabaseState, Standing, standing_or_problem
from fin_agent.domain.control import ErrorRaised
from fin_agent.entrypoints.documents.standing import latch_row, order_rows, position_row
from fin_agent.entrypoints.documents.values import Document, moment
from fin_agent.entrypoints.documents.whole import Status

_PROBLEMS = 5  # the newest ones


@dataclass(frozen=True, slots=True)
class Look:
    """One look at everything."""

    status: Status
    found: Standing


async def look_at(app: App) -> Look:
    """Everything that ``status`` tells."""
    settings, now = app.settings, app.clock.now()
    found = await standing_or_problem(app)
    has_lived = found.session_date is not None
    status = Status(
        now=now,
        account=settings.account.name,
        currency=settings.account.currency,
        broker=settings.broker.use,
        live=settings.broker.live,
        state=found.state.value,
        session=app.current_session(),
        daily_loss_cap=settings.risk.daily_loss_cap,
        equity=found.equity,
        day_pnl=found.realised if has_lived else None,
        loss_used=max(Decimal(0), -found.realised) if has_lived else None,
        positions=[position_row(held) for held in found.positions],
        orders=order_rows(found, only_live=True),
        last_session=_last_session(found),
        problems=_problems(found),
        halt_reason=found.killed,
        agent=found.agent,
        latches=[latch_row(latch) for latch in found.latches],
        day=_day(found),
        last_event=_last_event(found),
        database=_database(found.database),
        backup=_backup(found.backup, now),
        data_dir=str(app.data_dir),
        stored_sets=len(await app.bar_store.listing()),
        runs=app.runs(),
    )
    return Look(status, found)


def _problems(found: Standing) -> list[str]:
    database = found.database
    told = [str(database.problem)] if database.problem is not None else []
    if found.agent is not None and not database.has_reserve:
        told.append("the disk was full: the space kept back for exits is in use; free some")
    raised = [json.loads(e.payload) for e in found.day.events if e.type == ErrorRaised.__name__]
    texts = dict.fromkeys(f"{told['problem']}; {told['remedy']}" for told in raised)
    return told + list(texts)[-_PROBLEMS:]


def _day(found: Standing) -> Document | None:
    if found.session_date is None:
        return None
    minute = found.day.minute
    return {
        "session_date": found.session_date.isoformat(),
        "phase": found.phase,
        "minutes_decided": 0 if minute is None else minute + 1,
        "plans": len(found.day.advice),
        "decision_hash": found.decision_hash,
    }


def _last_session(found: Standing) -> Document | None:
    closed = found.last_closed
    if closed is None:
        return None
    told = json.loads(closed.payload)
    return {
        "session_date": closed.session_date.isoformat(),
        "equity": float(told["equity"]),
        "pnl": float(told["pnl"]),
        "trades": told["trades"],
        "flat": told["flat"],
    }


def _last_event(found: Standing) -> Document | None:
    last = found.last_event
    if last is None:
        return None
    return {
        "seq": last.seq,
        "type": last.event.type,
        "occurred_at": moment(last.event.occurred_at),
        "recorded_at": moment(last.recorded_at),
    }


def _database(state: DatabaseState) -> Document:
    return {
        "file": str(state.file),
        "exists": state.is_there,
        "ok": state.problem is None,
        "bytes": state.size,
        "log_bytes": state.log_size,
        "events": state.events,
        "reserve": state.has_reserve,
    }


def _backup(path: Path | None, now: datetime) -> Document | None:
    if path is None:
        return None
    at = datetime.fromtimestamp(path.stat().st_mtime, now.tzinfo)
    return {"file": str(path), "at": moment(at)}
