"""``backtest``: many stored days, one result, every trade in the run's journal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from fin_agent.application.backtest import RunOutcome
from fin_agent.application.day import DayOutcome
from fin_agent.composition.bootstrap import App, Scope
from fin_agent.domain.errors import CorruptData, UsageError
from fin_agent.domain.session import TradingSession
from fin_agent.entrypoints.cli.arguments import clock_of, day_of, names
from fin_agent.entrypoints.cli.options import Options

_RESOLUTIONS = ("minute", "daily")


@dataclass(frozen=True, slots=True)
class BacktestChoices:
    """The arguments of ``backtest``."""

    first: str
    last: str
    symbols: str | None
    bars: str
    at: str | None
    report: Path | None


async def show_backtest(options: Options, choices: BacktestChoices) -> None:
    """Run the days and print the result."""
    app = options.app()
    first, last = day_of(choices.first), day_of(choices.last)
    if first > last:
        raise UsageError(f"--from {first} is after --to {last}")
    if choices.bars not in _RESOLUTIONS:
        raise UsageError(f"--bars {choices.bars!r}: choose minute or daily")
    daily = choices.bars == "daily"
    scope = Scope(names(choices.symbols), daily=daily, at=clock_of(choices.at))
    sessions, missing = _stored_sessions(app, first, last, daily=daily)
    name = f"backtest-{choices.bars}-{first}-{last}"
    run = await _run(app, options, sessions, scope, name)
    run.data_quality["sessions_without_bars"] = missing
    if choices.report is not None:
        from fin_agent.entrypoints.cli.charts import write_run_html

        write_run_html(choices.report, run, first, last, currency=app.settings.account.currency)
    if options.as_json:
        from fin_agent.entrypoints.documents.whole import run_document

        options.print_document(run_document(run, first, last))
        return
    from fin_agent.entrypoints.cli.run_report import print_run

    print_run(options.console(), run, first, last, currency=app.settings.account.currency)
    options.note(f"every trade: fin-agent journal list --run {name}")


def _stored_sessions(
    app: App, first: date, last: date, *, daily: bool
) -> tuple[list[TradingSession], int]:
    """The sessions that have bars, and how many of the range have none.

    Raises:
        CorruptData: none of them has.
    """
    inside = app.calendar.sessions(first, last)
    dates = app.daily_dates() if daily else app.minute_dates()
    stored = [session for session in inside if session.date in dates]
    if not stored:
        kind = "daily" if daily else "minute"
        there = f"stored are {min(dates)} to {max(dates)}" if dates else "none are stored"
        raise CorruptData(f"no {kind} bars between {first} and {last}; {there}")
    return stored, len(inside) - len(stored)


async def _run(
    app: App, options: Options, sessions: list[TradingSession], scope: Scope, name: str
) -> RunOutcome:
    async with app.run_store(name) as store:
        replayer = await app.replayer(scope, store)
        start = app.settings.account.bankroll
        with progress_of(len(sessions), quiet=options.as_json) as on_day:
            run = await replayer.run(sessions, start, on_day)
    run.data_quality.update(await app.data_quality(run, scope))
    return run


@contextmanager
def progress_of(sessions: int, *, quiet: bool) -> Iterator[Callable[[DayOutcome], None] | None]:
    """A progress bar over sessions on stderr, where a person can see it."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("sessions", total=sessions)

        def advance(day: DayOutcome) -> None:
            progress.update(task, advance=1, description=f"{day.session.date}")

        yield advance
