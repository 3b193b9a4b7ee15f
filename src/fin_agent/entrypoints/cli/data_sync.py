"""What ``data sync`` does and shows: its plan, its progress, what came and what did not."""

import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from fin_agent.composition.logging import quiet
from fin_agent.composition.syncing import Listeners, SyncChoices, sync
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.history import SyncPlan, SyncReport
from fin_agent.entrypoints.cli.arguments import day_of, names
from fin_agent.entrypoints.cli.options import NO, UNAVAILABLE, Options
from fin_agent.entrypoints.cli.report_words import clean
from fin_agent.entrypoints.documents.whole import sync_document

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID


_SHOWN = 5


async def show_sync(options: Options, first: str | None, symbols: str | None) -> int | None:
    """Sync and report; 1 when something could not be had, 69 when nothing could."""
    choices = SyncChoices(names(symbols), None if first is None else day_of(first))
    app = options.app()
    with quiet(), _Watch(options) as watch:
        listeners = Listeners(watch.planned, watch.progress, watch.told)
        report = await sync(app, choices, listeners)
    if options.as_json:
        options.print_document(sync_document(report, watch.remarks))
    else:
        print_sync(options.console(), report, watch.remarks)
    return exit_code(report)


def exit_code(report: SyncReport) -> int | None:
    """0: every bar that can be had is stored."""
    if report.is_complete:
        return None
    is_nothing_had = len(report.failed) == report.asked
    return UNAVAILABLE if is_nothing_had else NO


class _Watch(ExitStack):
    """Tells the plan as a line, progress as a bar on a terminal, and keeps what providers say."""

    def __init__(self, options: Options) -> None:
        super().__init__()
        self._options = options
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self.remarks: list[str] = []

    def planned(self, plan: SyncPlan) -> None:
        span = f"{plan.sessions[0]} to {plan.sessions[-1]}"
        self._options.note(
            f"{plan.symbols:,} symbols, sessions {span}: {plan.wanted:,} daily bars of"
            f" {len(plan.missing):,} symbols are missing"
        )
        if plan.postponed:
            self._options.note(
                f"the quotas allow {len(plan.asked):,} of them now; run it again for the other"
                f" {len(plan.postponed):,} (fin-agent quotas)"
            )
        if sys.stderr.isatty() and plan.asked:
            self._show_bar(len(plan.asked))

    def _show_bar(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeRemainingColumn as Remaining

        columns = TextColumn("{task.description:<8}"), BarColumn(), MofNCompleteColumn()
        bar = Progress(*columns, Remaining(), console=Console(stderr=True), transient=True)
        self._bar = self.enter_context(bar)
        self._task = bar.add_task("", total=total)

    def progress(self, done: int, total: int, symbol: str) -> None:
        del total
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, description=clean(symbol, 8))

    def told(self, event: DomainEvent) -> None:
        """A provider was left, suspended, or is near its quota."""
        words = ", ".join(f"{name} {value}" for name, value in event.payload().items())
        line = f"{type(event).__name__}: {words}"
        if line not in self.remarks:
            self.remarks.append(line)


def print_sync(console: "Console", report: SyncReport, remarks: Sequence[str]) -> None:
    """Every bar's fate in a few lines; what is missing with its reason."""

    def say(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    say(
        f"{report.added:,} of {report.wanted:,} missing daily bars added"
        f" ({report.first} to {report.last}); {report.current:,} of {report.symbols:,} symbols"
        " were current"
    )
    sources = ", ".join(f"{name} {count:,}" for name, count in report.sources.items())
    if sources:
        say(f"  symbols by source: {sources}")
    counts = {
        "splits": report.splits,
        "dividends": report.dividends,
        "rows taken back to prices as traded": report.rebased,
        "bars that no source has (not asked for again)": report.absent,
    }
    for name, count in counts.items():
        if count:
            say(f"  {count:,} {name}")
    for rule, count in report.quarantined.items():
        say(f"  quarantined: {rule} {count:,}")
    for line in (*report.problems, *remarks):
        say(f"  {clean(line, 200)}")
    _print_missing(say, report)


def _print_missing(say: Callable[[str], None], report: SyncReport) -> None:
    by_reason = defaultdict(list)
    for symbol, reason in report.failed.items():
        by_reason[clean(reason, 160)].append(symbol)
    for reason, symbols in sorted(by_reason.items(), key=lambda pair: -len(pair[1])):
        say(f"not had: {_named(symbols)}: {reason}")
    if report.short:
        say(f"not whole: {_named(list(report.short))}: the newest bars are not there yet")
    if report.postponed:
        say(f"not asked: {_named(report.postponed)}: the quotas allow no more calls now")
    if not report.is_complete:
        say("run fin-agent data sync again: it goes on where it was")


def _named(symbols: Sequence[str]) -> str:
    shown = ", ".join(clean(symbol, 12) for symbol in symbols[:_SHOWN])
    more = len(symbols) - _SHOWN
    return f"{len(symbols):,} symbols ({shown}{f' and {more:,} more' if more > 0 else ''})"
