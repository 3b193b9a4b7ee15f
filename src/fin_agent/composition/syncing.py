"""Brings the stored daily bars of the universe up to date through the configured providers."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date, timedelta

from fin_agent.adapters.bars.absent_days import AbsentDays
from fin_agent.adapters.bars.fetched import FetchedImport
from fin_agent.adapters.bars.store import BarStore
from fin_agent.adapters.bars.syncing import DailySync, Progress
from fin_agent.adapters.bars.writing import StoreWriter
from fin_agent.adapters.http.timing import Timing
from fin_agent.composition.bootstrap import App
from fin_agent.composition.providers import Given, open_providers
from fin_agent.composition.usage import quota_path
from fin_agent.domain.errors import UsageError
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.history import SyncPlan, SyncReport
from fin_agent.domain.session import NEW_YORK

_SESSIONS = 260  # about a year: more than every rule looks back
_SETTLED = timedelta(hours=1)  # after the close; the closing auction is in the bar by then
_YEAR = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class SyncChoices:
    """Which symbols (empty: the universe), and since when (None: about a year)."""

    symbols: Sequence[str] = ()
    first: date | None = None


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who is told what happens: the plan, each group, and what providers say."""

    planned: Callable[[SyncPlan], None]
    progress: Progress
    tell: Callable[[DomainEvent], None]


async def sync(app: App, choices: SyncChoices, listeners: Listeners) -> SyncReport:
    """Fetch every daily bar that the store lacks of completed sessions.

    Raises:
        UsageError: there is no completed session in the asked time, or no such symbol.
        ConfigError: the universe or a provider is configured wrongly.
        StateUnavailable: the store cannot be written.
    """
    instruments = await app.instruments(choices.symbols)
    symbols = [instrument.symbol for instrument in instruments]
    today = app.clock.now().astimezone(NEW_YORK).date()
    sessions = completed_sessions(app, choices.first)
    names = {i.symbol: i.name for i in instruments if i.name}
    given = Given(
        app.settings.providers,
        app.loaded.secrets,
        app.calendar,
        Timing(app.clock),
        listeners.tell,
        names,
    )
    store = BarStore(app.data_dir / "bars")
    importer = FetchedImport(store, app.calendar, StoreWriter(store.root))
    absent = AbsentDays(app.data_dir / "absent-days.json")
    async with AsyncExitStack() as stack:
        providers = await stack.enter_async_context(open_providers(quota_path(app).parent, given))
        job = DailySync(store, providers.market, importer, absent)
        plan = await job.plan(symbols, sessions, today)
        listeners.planned(plan)
        return await job.run(plan, listeners.progress)


def completed_sessions(app: App, first: date | None) -> list[date]:
    """The dates of the sessions since a day (None: a year) that are over.

    Raises:
        UsageError: there are none.
    """
    now = app.clock.now()
    today = now.astimezone(NEW_YORK).date()
    begin = first if first is not None else today - _YEAR * 2
    if begin > today:
        raise UsageError(f"--from {begin}: is in the future")
    over = [s.date for s in app.calendar.sessions(begin, today) if s.close + _SETTLED <= now]
    if not over:
        raise UsageError(f"--from {begin}: no session since then is over yet")
    return over if first is not None else over[-_SESSIONS:]
