"""What ``status`` shows, once or every second."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from decimal import Decimal

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from fin_agent.composition.bootstrap import App
from fin_agent.domain.session import NEW_YORK
from fin_agent.entrypoints.cli.options import Options, exit_code
from fin_agent.entrypoints.cli.report_grid import grid, print_parts
from fin_agent.entrypoints.cli.report_ink import Ink
from fin_agent.entrypoints.cli.report_words import clean, clock, long_date, money, percent
from fin_agent.entrypoints.documents.looking import Look, look_at
from fin_agent.entrypoints.documents.whole import Status, status_document

_EVERY_S = 1.0
_GAUGE_WIDTH = 20
_MIB = 1 << 20
_PHASES = {
    "none": "",
    "opened": "before its scan",
    "scanned": "scanned, waits for the open",
    "trading": "trading",
    "closed": "closed",
}


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
