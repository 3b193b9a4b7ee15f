"""The running agent: one state database, one session after the other, until it is stopped."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from fin_agent.adapters.attention import attentively
from fin_agent.adapters.clock import (
    AcceleratedClock,
    SystemClock,
    WaitedClock,
    speed_of,
    start_and_speed,
)
from fin_agent.adapters.control import FolderControl
from fin_agent.adapters.feed import PacedFeed
from fin_agent.adapters.measured_market import MeasuredMarket
from fin_agent.adapters.persistence.database import Database, open_database
from fin_agent.adapters.persistence.event_store import EventStore
from fin_agent.application.backtest import AT_OPEN, ScanTime
from fin_agent.application.limits import LimitRules, OrderLimits
from fin_agent.application.live import LiveDriver
from fin_agent.application.live_state import LiveRules, LiveState
from fin_agent.composition.bootstrap import App, Scope
from fin_agent.composition.broker import check_reached, network_broker
from fin_agent.composition.day_end import (
    DayEnd,
    clock_time,
    ended,
    last_instant,
    late_by,
    minute_of,
    next_session,
    no_minutes,
)
from fin_agent.composition.event_bus import carrying, open_bus
from fin_agent.composition.event_lines import write_lines
from fin_agent.composition.kill_switch import HOLDER, control_folder
from fin_agent.composition.live_parts import LiveParts
from fin_agent.composition.maintenance import state_path
from fin_agent.composition.observation import Observation, Watched, observation, watching
from fin_agent.composition.terminal import Terminal
from fin_agent.composition.weights import weights_in_force
from fin_agent.domain.control import StoredDay
from fin_agent.domain.errors import CorruptData
from fin_agent.domain.events import GENESIS
from fin_agent.domain.session import TradingSession
from fin_agent.ports import OrderPort, SessionFeedPort

if TYPE_CHECKING:
    from fin_agent.composition.live_market import LiveMarket

_Timer = SystemClock | AcceleratedClock | WaitedClock
_PULSE_S = 1.0  # real seconds between two looks at the venue and at the person's word
_SLOWEST_PULSE_S = 20.0  # of the session, under a fast clock


class Agent:
    """Holds the state database for as long as it runs; make it with ``agent``."""

    def __init__(
        self,
        app: App,
        database: Database,
        clock_text: str | None,
        tell: Callable[[str], None],
    ) -> None:
        self._app = app
        self._database = database
        self._store = self.store = EventStore(database, app.clock, batched=False)
        self._clock_text = clock_text
        self._tell = tell
        self._venue: OrderPort | None = None
        self.observation: Observation | None = None
        self.driver: LiveDriver | None = None
        self._market: LiveMarket | None = None
        self.timer: _Timer = SystemClock()
        self.control = FolderControl(control_folder(app.data_dir))
        self.settle: Callable[[], None] = lambda: None  # called before a session is followed

    async def days(self) -> AsyncIterator[DayEnd]:
        """Every session from now on, each when it is over.

        Raises:
            CorruptData: nothing is stored for the first session.
        """
        timer, is_first = self.timer, True
        await self._warm()
        coming = next_session(self._app, timer.now())
        for unfinished in await self._store.unfinished(coming.date):
            earlier = self._app.calendar.session(unfinished)
            if earlier is not None and self._can_live(earlier):
                self._tell(f"{unfinished} was not closed: it is finished first")
                yield await self._day(earlier, await self._store.day(unfinished))
        if isinstance(timer, AcceleratedClock):
            timer.release()
        if not self._can_live(coming := next_session(self._app, timer.now())):
            raise CorruptData(no_minutes(self._app, coming))
        while self._can_live(session := next_session(self._app, timer.now())):
            stored = await self._store.day(session.date)
            left_at = last_instant(session, stored)
            if not isinstance(timer, SystemClock) and left_at is not None:
                timer.skip_to(left_at)
            if is_first and isinstance(timer, AcceleratedClock):
                self._tell(f"the clock runs: {timer.now().isoformat()} x {timer.speed:g}")
            is_first = False
            yield await self._day(session, stored)
            await timer.sleep(max(0.0, (session.close - timer.now()).total_seconds()))
        self._tell(f"no minute bars are stored for {session.date}: the agent ends here")

    def _can_live(self, session: TradingSession) -> bool:
        return self._market is not None or session.date in self._app.minute_dates()

    async def _warm(self) -> None:
        """Do everything slow before a fast clock starts: its hours would pass meanwhile."""
        if not isinstance(self.timer, AcceleratedClock):
            return
        app = self._app
        session = next_session(self._app, self.timer.now())
        if self._market is not None:
            await self._market.ready(session)
        desk, _, _ = await app.desk(Scope(), self._store)
        stored = sorted(app.minute_dates())
        if stored and self._market is None:
            session = app.calendar.sessions(stored[-1], stored[-1])[0]
        await desk.market.fingerprint(session, [i.symbol for i in desk.instruments])

    async def _day(self, session: TradingSession, stored: StoredDay) -> DayEnd:
        pulse_s = min(_PULSE_S * speed_of(self.timer), _SLOWEST_PULSE_S)
        if self._market is not None:
            return await self._live_day(self._market, session, stored, pulse_s)
        driver, scan_time = await self._driver(session, stored)
        timer, desk = self.timer, driver.day.desk
        symbols = [instrument.symbol for instrument in desk.instruments]
        if not driver.was_opened:
            await driver.open(await desk.market.fingerprint(session, symbols))
        has_pre_market = await desk.market.has_pre_market(session, symbols)
        at, at_open = scan_time.of(session, has_pre_market=has_pre_market)
        if not driver.was_scanned:
            while (left := (at - timer.now()).total_seconds()) > 0:
                await driver.hear_person()
                await timer.sleep(min(left, pulse_s))
            if timer.now() - at > late_by(timer) and scan_time.at != AT_OPEN:
                at = minute_of(timer.now())
            await driver.scan(at, at_open=at_open)
            self._tell(
                f"{session.date}: scanned at {clock_time(at)}, {len(driver.day.advice)} plans"
            )
        return await self._run(driver, PacedFeed(desk.market, timer, pulse_s))

    async def _live_day(
        self, market: "LiveMarket", session: TradingSession, stored: StoredDay, pulse_s: float
    ) -> DayEnd:
        """A session on live data: history, the scans before the open, the session itself."""
        if self.timer.now() < session.pre_market_open:
            driver, _ = await self._driver(session, stored)
            while (left := (session.pre_market_open - self.timer.now()).total_seconds()) > 0:
                await driver.hear_person()
                await self.timer.sleep(min(left, pulse_s))
            stored = await self._store.day(session.date)
        market.begin(session, stored.events)
        driver, _ = await self._driver(session, stored, market)
        desk = driver.day.desk
        if not driver.was_opened:
            await attentively(market.ready(session), driver.attend)
            symbols = [instrument.symbol for instrument in desk.instruments]
            await driver.open(await desk.market.fingerprint(session, symbols))
        await market.early_scans(driver, pulse_s)
        return await self._run(driver, market.feed(driver, driver.decided))

    async def _run(self, driver: LiveDriver, feed: SessionFeedPort) -> DayEnd:
        self.settle()
        await driver.run(feed)
        await self._database.checkpoint()
        return ended(driver)

    async def _driver(
        self, session: TradingSession, stored: StoredDay, market: "LiveMarket | None" = None
    ) -> tuple[LiveDriver, ScanTime]:
        """A driver of this session on what is stored of it."""
        app, timer = self._app, self.timer
        desk, scan_time, venue_of = await app.desk(Scope(), self._store)
        if market is not None:
            desk = market.desk(desk)
        fx = await desk.fx.rate(session.open)
        venue = self._venue or venue_of(Decimal(repr(getattr(fx, "value", 1.0))))
        desk = replace(desk, venue=venue)
        if self.observation is not None:
            stopwatch = self.observation.measured.stopwatch
            desk = replace(desk, market=MeasuredMarket(desk.market, stopwatch))
        previous = app.calendar.previous(session.date).date
        equity = app.settings.account.bankroll + await self._realised_before(session)
        driver = LiveDriver(desk, session, previous, equity, GENESIS)
        rules = LiveRules().at_speed(timer.speed if isinstance(timer, AcceleratedClock) else 1.0)
        limits = OrderLimits(LimitRules())
        live = LiveState(rules, limits, self.control, timer.now, self._sickness, attentively)
        driver.day.weights = await weights_in_force(self._database)
        latches = await self._store.latches()
        if market is not None:
            live.control = market.control(self.control, latches, driver)
            live.heard, live.clock_doubt = market.tidings.take, market.watch.clock_doubt
            live.interruptions, live.decided = market.watch.interruptions, market.decided
        await driver.recover(live, stored, latches)
        self.driver = driver
        return driver, scan_time

    async def recovered(self) -> LiveDriver:
        """A driver of the present session on what is stored of it, the venue heard."""
        session = next_session(self._app, self.timer.now())
        driver, _ = await self._driver(session, await self._store.day(session.date))
        return driver

    def parts(self) -> LiveParts | None:
        """What is to be watched of the live market, None without one."""
        return None if self._market is None else self._market.parts()

    def _sickness(self) -> str | None:
        """Why nothing that must not be forgotten may be started."""
        health = self._database.health
        return None if health.is_ok else f"the state database: {health.reason}"

    async def connect(self) -> None:
        """Make the broker, when it is one behind a network, and see that it is the right account.

        Raises:
            ConfigError: a key is missing, or the account is another one than was typed.
            Unavailable: the broker does not answer.
        """
        self._venue = network_broker(self._app, fast_clock=self._clock_text is not None)
        if self._venue is not None:
            await check_reached(self._app, self._venue)
        if self._clock_text is not None:
            start = start_and_speed(self._clock_text)
            runs_on = self._venue is not None or self._app.settings.data.use == "live"
            self.timer = AcceleratedClock(*start, held=True) if runs_on else WaitedClock(*start)

    @asynccontextmanager
    async def market(self) -> AsyncIterator[None]:
        """The live market, when the settings ask for live data."""
        if self._app.settings.data.use != "live":
            yield
            return
        from fin_agent.composition.live_market import open_live_market  # it loads the vendors

        async with open_live_market(self._app, self.timer, self._tell, self._venue) as opened:
            self._market = opened
            yield

    async def close(self) -> None:
        """Let the broker go."""
        if self._venue is not None:
            await self._venue.close()

    async def _realised_before(self, session: TradingSession) -> Decimal:
        rows = await self._store.trades(last=session.date - timedelta(days=1))
        return sum((Decimal(str(row["pnl"])) for row in rows), Decimal(0))


@asynccontextmanager
async def agent(
    app: App, clock_text: str | None, tell: Callable[[str], None], *, sees_market: bool = True
) -> AsyncIterator[Agent]:
    """Open the state database as its one instance; who only leaves need not see the market.

    Raises:
        AlreadyRunning: another instance holds it.
        StateUnavailable: it cannot be created.
        CorruptData: it is damaged.
    """
    if clock_text is not None:
        start_and_speed(clock_text)  # a wrong clock is told before anything is opened
    began = app.clock.now()
    database = await open_database(state_path(app), durable=True, holder=HOLDER, clock=app.clock)
    found = Agent(app, database, clock_text, tell)
    async with AsyncExitStack() as held:
        held.push_async_callback(found.store.close)
        found.control.begin(began)
        held.push_async_callback(found.close)
        opened = open_bus(app, found.store, database, found.control.kill)
        held.push_async_callback(opened.close)
        watched = Watched(
            *(app, found.store, database, opened, found.control.kill, tell),
            is_fast=clock_text is not None,
            driver=lambda: found.driver,
            now=lambda: found.timer.now(),  # noqa: PLW0108 - connect() may replace it
            parts=found.parts,
        )
        watch = found.observation = await observation(watched)
        Terminal(tell, tickets=app.settings.broker.use == "manual").listen(watch.bus)
        write_lines(watch.bus)
        await held.enter_async_context(watching(watch))
        await opened.check(tell)
        await found.connect()
        if sees_market:
            await held.enter_async_context(found.market())
        await held.enter_async_context(carrying(opened.bus, tell, found.control.kill))
        yield found
