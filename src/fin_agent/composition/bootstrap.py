"""Puts an application together for one command, and takes it apart again."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from fin_agent.adapters.instance_lock import exclusive
from fin_agent.adapters.pacing import PacedMarket
from fin_agent.adapters.persistence.database import open_database
from fin_agent.adapters.persistence.event_store import EventStore
from fin_agent.adapters.persistence.memory_store import NoStore
from fin_agent.adapters.universe import read_universe
from fin_agent.application.backtest import AT_OPEN, Replayer, RunOutcome, ScanTime, VenueOf, quality
from fin_agent.application.desk import Desk
from fin_agent.composition import catalogue, timetable
from fin_agent.composition.addresses import check_addresses
from fin_agent.composition.container import Container
from fin_agent.composition.kill_switch import data_directory
from fin_agent.composition.loading import Choices, Loaded, embedded_folder, load
from fin_agent.composition.rules import trading_rules
from fin_agent.composition.settings import AppSettings
from fin_agent.domain.errors import ConfigError, CorruptData, StateUnavailable, UsageError
from fin_agent.domain.events import Event
from fin_agent.domain.evidence import Evidence
from fin_agent.domain.market import Instrument
from fin_agent.domain.session import NEW_YORK, TradingSession
from fin_agent.ports import BarStorePort, CalendarPort, ClockPort, MarketDataPort, StorePort

ALL_STORED = "all"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run looks at: symbols (empty: the universe), daily or minute bars, the scan time."""

    symbols: Sequence[str] = ()
    daily: bool = False
    at: str | None = None
    speed: float = 0.0


class App:
    """A configured application on one data directory."""

    def __init__(self, loaded: Loaded, data_dir: Path) -> None:
        self.loaded = loaded
        self.data_dir = data_dir
        self.warnings: list[str] = []
        self._container = Container(settings=loaded.settings, data_dir=data_dir)

    @property
    def settings(self) -> AppSettings:
        return self.loaded.settings

    @property
    def calendar(self) -> CalendarPort:
        return self._container.calendar()

    @property
    def clock(self) -> ClockPort:
        return self._container.clock()

    @property
    def bar_store(self) -> BarStorePort:
        store: BarStorePort = self._container.bar_store()
        return store

    def market(self, *, daily: bool) -> MarketDataPort:
        """The stored market, by resolution."""
        container = self._container
        market: MarketDataPort = container.daily_market() if daily else container.minute_market()
        return market

    async def fx_rate(self, at: datetime) -> Evidence[float]:
        """The fx rate that a scan at this instant uses."""
        return await self._container.fx().rate(at)

    def minute_dates(self) -> frozenset[date]:
        """The sessions with stored minute bars."""
        return frozenset(self._container.bars().minute_dates())

    def daily_dates(self) -> frozenset[date]:
        """The sessions inside the span of the stored daily bars."""
        span = self._container.bars().daily_dates()
        if span is None:
            return frozenset()
        return frozenset(session.date for session in self.calendar.sessions(*span))

    def second_look(self, session: TradingSession) -> str:
        """The New York clock time of a session's second look.

        Raises:
            ConfigError: the cron expression is none, or does not fire inside the session.
        """
        return timetable.second_look(self.settings.schedule, session)

    def current_session(self, now: datetime | None = None) -> TradingSession | None:
        """Today's session in New York, or the next one within a week; by the machine's clock."""
        today = (now or self.clock.now()).astimezone(NEW_YORK).date()
        coming = self.calendar.sessions(today, today + timedelta(days=7))
        return coming[0] if coming else None

    def session_now(self) -> TradingSession | None:
        """Today's session while its trades are live: from 04:00 New York to its close."""
        session, now = self.current_session(), self.clock.now()
        if session is None or not session.pre_market_open <= now < session.close:
            return None
        return session

    async def instruments(self, symbols: Sequence[str] = ()) -> Sequence[Instrument]:
        """The universe, or the named symbols with what the universe file says about them.

        Raises:
            ConfigError: the universe file is missing, empty or wrong.
            CorruptData: the universe is "all" and nothing is stored.
            UsageError: a named symbol is neither in the universe nor stored.
        """
        file = self.settings.universe.file
        if file == ALL_STORED:
            stored = await self.bar_store.symbols()
            if not stored and not symbols:
                hint = "import some: fin-agent data import FILE"
                raise CorruptData(f"no bars are stored in {self.data_dir}; {hint}")
            known = {symbol: Instrument(symbol) for symbol in stored}
        else:
            universe = read_universe(self._universe_path(file))
            self.warnings = list(universe.warnings)
            known = {instrument.symbol: instrument for instrument in universe.instruments}
        if not symbols:
            return tuple(known.values())
        strange = set(symbols) - known.keys()
        strange -= set(await self.bar_store.symbols()) if strange else set()
        if strange:
            named, universe_size = ", ".join(sorted(strange)), len(known)
            raise UsageError(
                f"{named}: neither in the universe ({universe_size} symbols) nor in the bar store"
            )
        return tuple(known.get(symbol, Instrument(symbol)) for symbol in symbols)

    def _universe_path(self, file: str) -> Path:
        given = Path(file).expanduser()
        places = [self.loaded.base / given, given, self.data_dir / given, embedded_folder() / given]
        for place in places:
            if place.is_file():
                return place
        raise ConfigError([f'universe.file {file}: no such file; name one, or "all"'])

    async def desk(self, scope: Scope, store: StorePort) -> tuple[Desk, ScanTime, VenueOf]:
        """The desk for a scope, when it scans, and what makes a session's simulated venue."""
        settings = self.settings
        if scope.at is not None:
            scan = settings.scan.model_copy(update={"at": scope.at})
            settings = settings.model_copy(update={"scan": scan})
        instruments = await self.instruments(scope.symbols)
        market, venue_of = self.market(daily=scope.daily), catalogue.venues(settings)
        desk = Desk(
            rules=trading_rules(settings, instruments, daily=scope.daily),
            instruments=instruments,
            factors=catalogue.factors(settings),
            entries=catalogue.entries(settings, daily=scope.daily),
            market=PacedMarket(market, scope.speed) if scope.speed else market,
            news=self._container.news(),
            sentiment=self._container.sentiment(),
            fx=self._container.fx(),
            venue=venue_of(Decimal(1)),
            store=store,
        )
        at = AT_OPEN if scope.daily else settings.scan.at
        return desk, ScanTime(at, fixed=scope.at is not None), venue_of

    async def replayer(self, scope: Scope, store: StorePort) -> Replayer:
        """A driver of stored days for a scope."""
        desk, scan_time, venue_of = await self.desk(scope, store)
        return Replayer(desk, self.calendar, scan_time, venue_of)

    @asynccontextmanager
    async def run_store(self, name: str) -> AsyncIterator[StorePort]:
        """A new event log for a run; it replaces the run of the same name when it is complete.

        Raises:
            AlreadyRunning: another process writes the run of that name.
            StateUnavailable: the data directory cannot be written.
        """
        path = self.run_path(name)
        with exclusive(path.with_suffix(".lock"), f"run {name}"):
            fresh = path.with_suffix(".new")
            fresh.unlink(missing_ok=True)
            store = EventStore(await open_database(fresh, durable=False), self.clock, batched=True)
            try:
                try:
                    yield store
                finally:
                    await store.close()
                _replace(fresh, path)
            finally:
                fresh.unlink(missing_ok=True)

    def run_path(self, name: str) -> Path:
        """The file of a run's event log."""
        return self.data_dir / "runs" / f"{name}.db"

    def runs(self) -> Sequence[str]:
        """The names of every finished run."""
        return sorted(path.stem for path in (self.data_dir / "runs").glob("*.db"))

    def newest_run(self) -> str | None:
        """The run that finished last, None when there is none."""
        paths = list((self.data_dir / "runs").glob("*.db"))
        return max(paths, key=lambda path: path.stat().st_mtime_ns).stem if paths else None

    async def configuration_problems(self) -> list[str]:
        """What the settings name but is not there or does not fit."""
        problems: list[str] = []
        settings = self.settings
        checks: tuple[Callable[[], object], ...] = (
            lambda: catalogue.factors(settings),
            lambda: catalogue.entries(settings, daily=False),
            lambda: catalogue.venues(settings),
            lambda: timetable.crons(settings.schedule),
            lambda: check_addresses(settings.providers),
            self._container.news,
            self._container.sentiment,
        )
        for check in checks:
            try:
                check()
            except ConfigError as error:
                problems += error.problems
        if settings.universe.file != ALL_STORED:
            try:
                await self.instruments()
            except ConfigError as error:
                problems += error.problems
        return problems

    async def data_quality(self, run: RunOutcome, scope: Scope) -> dict[str, object]:
        """What is doubtful about the data behind a run."""
        resolution = "1d" if scope.daily else "1m"
        sets = [s for s in await self.bar_store.listing() if s.kind == "bars"]
        used = [s for s in sets if s.resolution in {"1d", resolution}]
        splits = self._container.bars().splits()
        return {
            **quality(run.verdicts, len(run.days)),
            "sources": sorted({f"{s.resolution} {s.source}" for s in used}),
            "split_records": len(splits),
            "adjusted_without_split_records": any(s.adjusted for s in used) and not splits,
            "quarantined_rows": self._container.bars().quarantine().num_rows,
        }

    async def stored_decisions(self, name: str, session_date: date) -> Sequence[Event]:
        """The decisions a run recorded for a day; empty when there is no such run."""
        if not self.run_path(name).is_file():
            return []
        store = await self.open_run(name)
        try:
            return await store.events(session_date, decisions=True)
        finally:
            await store.close()

    async def open_run(self, name: str) -> StorePort:
        """The event log of a finished run.

        Raises:
            CorruptData: there is no such run, or its file is damaged.
        """
        path = self.run_path(name)
        if not path.is_file():
            there = ", ".join(self.runs()) or "none yet"
            raise CorruptData(f"no run {name!r} in {self.data_dir}; there are: {there}")
        return EventStore(await open_database(path, durable=False), self.clock, batched=True)


def _replace(fresh: Path, path: Path) -> None:
    try:
        fresh.replace(path)
    except OSError as error:
        raise StateUnavailable(f"{path}: cannot be written ({error.strerror})") from error


def memory_store() -> StorePort:
    """A store that leaves nothing behind."""
    return NoStore()


def start(choices: Choices, data_dir: Path | None, environment: Mapping[str, str]) -> App:
    """Read the configuration and put the application together.

    Raises:
        ConfigError: the configuration is wrong.
    """
    return App(load(choices, environment), data_directory(data_dir, environment))
