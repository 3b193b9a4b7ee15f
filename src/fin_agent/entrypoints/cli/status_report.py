"""What ``status`` shows, once or every second."""

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from fin_agent.composition.bootstrap import App
from fin_agent.composition.standing import DatabaseState, Standing, standing_or_problem
from fin_agent.domain.control import ErrorRaised
from fin_agent.domain.session import NEW_YORK
from fin_agent.entrypoints.cli.document_standing import latch_row, order_rows, position_row
from fin_agent.entrypoints.cli.document_values import Document, moment
from fin_agent.entrypoints.cli.documents import Status, status_document
from fin_agent.entrypoints.cli.options import Options, exit_code
from fin_agent.entrypoints.cli.report_grid import grid, print_parts
from fin_agent.entrypoints.cli.report_ink import Ink
from fin_agent.entrypoints.cli.report_words import clean, clock, long_date, money, percent

_EVERY_S = 1.0
_PROBLEMS = 5  # the newest ones
_GAUGE_WIDTH = 20
_MIB = 1 << 20
_PHASES = {
    "none": "",
    "opened": "before its scan",
    "scanned": "scanned, waits for the open",
    "trading": "trading",
    "closed": "closed",
}


@dataclass(frozen=True, slots=True)
class Look:
    """One look at everything."""

    status: Status
    found: Standing


async def show_status(options: Options, *, watch: bool) -> int | None:
    """Print what is; the exit code of what stands in the way of reading it."""
    app = options.app()
    look = await look_at(app)
    if options.as_json:
        options.print_document(status_document(look.status))
    elif watch and options.console().is_terminal:
        await _until_interrupted(options.console(), app)
    else:
        print_parts(options.console(), lines(look, Ink.of(options.console())))
    problem = look.found.database.problem
    return None if problem is None else exit_code(problem)


async def _until_interrupted(console: Console, app: App) -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stopped.set)

    async def again() -> RenderableType:
        return Group(*lines(await look_at(app), Ink.of(console)))

    await watched(console, again, stopped)


async def watched(
    console: Console,
    again: Callable[[], Awaitable[RenderableType]],
    stopped: asyncio.Event,
    every_s: float = _EVERY_S,
) -> None:
    """Show what ``again`` gives, anew each time, until it is to stop."""
    with Live(await again(), console=console, auto_refresh=False) as shown:
        while not stopped.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), every_s)
            shown.update(await again(), refresh=True)


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


def lines(look: Look, ink: Ink) -> list[RenderableType]:
    """The same for a person, in 80 columns."""
    table = grid(("", ""), ("", "fold"))
    table.show_header = False
    for name, value in _facts(look, ink):
        table.add_row(Text(name, "bold"), Text(ink.outside(value, 300)))
    problems = [Text(f"! {ink.outside(text, 300)}", "yellow") for text in look.status.problems]
    return [table, *problems]


def _facts(look: Look, ink: Ink) -> Iterator[tuple[str, str]]:
    status, found = look.status, look.found
    yield "state", f"{status.state}: {found.killed}" if found.killed else status.state
    for latch in found.latches:
        until = "for that day" if latch.kind.value == "daily_loss" else "until you resume"
        yield "latch", f"{latch.kind.value} of {latch.exchange_date}, {until}: {latch.reason}"
    yield "agent", status.agent or "none runs"
    mode = "REAL MONEY" if status.live else "paper money"
    yield "account", f"{status.account} at {status.broker}, {mode}, {status.currency}"
    yield "now", f"{clock(status.now)} New York, {long_date(status.now)}"
    yield "session", _session_words(status)
    yield from _day_facts(look, ink)
    yield "positions", _counted(status.positions)
    yield "orders", _counted(status.orders)
    yield from _file_facts(look)


def _session_words(status: Status) -> str:
    session = status.session
    if session is None:
        return "none within a week"
    hours = f"{session.date}, {clock(session.open)} to {clock(session.close)}"
    is_on = session.open <= status.now < session.close
    return f"{hours}, open now" if is_on else hours


def _day_facts(look: Look, ink: Ink) -> Iterator[tuple[str, str]]:
    status, found = look.status, look.found
    yield "equity", money(found.equity, status.currency)
    if found.session_date is None:
        yield "lived", "no session yet"
        return
    at = ""
    if found.phase == "trading" and found.day.minute is not None:
        at = f" since the open: {found.day.minute + 1} minutes"
    count = len(found.day.advice)
    plans = f", {count} plan{'' if count == 1 else 's'}" if found.phase != "opened" else ""
    yield "lived", f"{found.session_date}, {_PHASES[found.phase]}{at}{plans}"
    cap, lost = status.daily_loss_cap, status.loss_used or Decimal(0)
    share = float(lost / cap)
    yield "result", f"{money(found.realised, status.currency, sign=True)} realised"
    gauge = ink.gauge(share, _GAUGE_WIDTH)
    used = f"{money(lost)} of {money(cap, status.currency)} ({percent(100 * share, 0)})"
    yield "loss used", f"{gauge} {used}"


def _counted(rows: object) -> str:
    listed = rows if isinstance(rows, list) else []
    named = ", ".join(f"{row['quantity']:g} {row['symbol']}" for row in listed)
    return named or "none"


def _file_facts(look: Look) -> Iterator[tuple[str, str]]:
    found, state = look.found, look.found.database
    if found.last_event is not None:
        last = found.last_event
        at = last.event.occurred_at.astimezone(NEW_YORK)
        yield "last event", f"{at:%Y-%m-%d %H:%M} {last.event.type} (number {last.seq:,})"
    if state.is_there:
        size = f"{(state.size + state.log_size) / _MIB:.1f} MiB"
        yield (
            "database",
            f"{size}, {state.events:,} events" if state.problem is None else "unusable",
        )
    else:
        yield "database", "none yet; the first fin-agent run makes it"
    yield "backup", found.backup.name if found.backup else "none; fin-agent db backup makes one"
    yield "data dir", clean(look.status.data_dir, 300)
    runs = len(look.status.runs)
    yield "stored", f"{look.status.stored_sets} sets of bars, {runs} run{'' if runs == 1 else 's'}"
