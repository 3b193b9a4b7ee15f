"""The daily history that a live scan rests on: what is missing of it is fetched before the scan."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from fin_agent.adapters.bars.absent_days import AbsentDays
from fin_agent.adapters.bars.fetched import FetchedImport
from fin_agent.adapters.bars.store import BarStore
from fin_agent.adapters.bars.syncing import DailySync
from fin_agent.adapters.bars.writing import StoreWriter
from fin_agent.composition.bootstrap import App
from fin_agent.composition.providers import Providers
from fin_agent.domain.history import SyncReport
from fin_agent.domain.session import TradingSession

_SESSIONS = 80  # more than the 61 closes of a correlation and the 21 bars of the first gate
_SPAN = timedelta(days=130)
_NAMED = 5


async def sync_history(
    app: App,
    providers: Providers,
    symbols: Sequence[str],
    session: TradingSession,
    say: Callable[[str], None],
) -> None:
    """Fetch the daily bars of the last completed sessions that are not stored yet.

    What cannot be had is said and not made up: the scan names it symbol by symbol.

    Raises:
        StateUnavailable: the store cannot be written.
    """
    last = session.date - timedelta(days=1)
    sessions = [s.date for s in app.calendar.sessions(last - _SPAN, last)][-_SESSIONS:]
    store = BarStore(app.data_dir / "bars")
    importer = FetchedImport(store, app.calendar, StoreWriter(store.root))
    absent = AbsentDays(app.data_dir / "absent-days.json")
    job = DailySync(store, providers.market, importer, absent)
    plan = await job.plan(symbols, sessions, session.date)
    if not plan.asked and not plan.postponed:
        return
    say(f"{plan.wanted:,} daily bars of {len(plan.missing)} symbols are missing, fetching them")
    report = await job.run(plan, lambda _done, _all, _what: None)
    say(f"daily bars: {report.added:,} fetched{_left(report)}")


def _left(report: SyncReport) -> str:
    """What is still missing, in one line."""
    parts = []
    if report.failed:
        named = ", ".join(sorted(report.failed)[:_NAMED])
        parts.append(f"{len(report.failed)} symbols failed ({named}: {_first(report)})")
    if report.short:
        parts.append(f"{len(report.short)} symbols are short of some")
    if report.postponed:
        parts.append(f"the quota is used up for {len(report.postponed)} symbols")
    return f"; {'; '.join(parts)}; see fin-agent data sync" if parts else ""


def _first(report: SyncReport) -> str:
    return report.failed[min(report.failed)]
