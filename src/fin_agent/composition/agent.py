"""The running agent: one state database, one session after the other, until it is stopped."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from fin_agent.adapters.clock import (
    AcceleratedClock,
    SystemClock,
    WaitedClock,
    accelerated,
    start_and_speed,
)
from fin_agent.adapters.control import FolderControl
from fin_agent.adapters.feed import PacedFeed
from fin_agent.adapters.persistence.database import Database, open_database
from fin_agent.adapters.persistence.event_store import EventStore
from fin_agent.application.backtest import AT_OPEN, ScanTime
from fin_agent.application.limits import LimitRules, OrderLimits
from fin_agent.application.live import LiveDriver
from fin_agent.application.live_state import LiveRules, LiveState
from fin_agent.composition.bootstrap import App, Scope
from fin_agent.composition.broker import check_reached, network_broker
from fin_agent.composition.event_bus import carrying, open_bus
from fin_agent.composition.kill_switch import HOLDER, control_folder
from fin_agent.composition.maintenance import state_path
from fin_agent.composition.terminal import Terminal
from fin_agent.composition.weights import weights_in_force
from fin_agent.domain.control import StoredDay
from fin_agent.domain.errors import CorruptData
from fin_agent.domain.events import GENESIS
from fin_agent.domain.journal import TradeRecord
from fin_agent.domain.session import NEW_YORK, TradingSession
from fin_agent.ports import (
    OrderPort,
)

_Timer = SystemClock | AcceleratedClock | WaitedClock
_PULSE_S = 1.0  # real seconds between two looks at the venue and at the person's word
_SLOWEST_PULSE_S = 20.0  # of the session, under a fast clock
_LATE = timedelta(minutes=10)
_MINUTE = timedelta(minutes=1)
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class DayEnd:
    """What became of one session."""

    session: TradingSession
    fates: dict[str, str]
    trades: list[TradeRecord]
    equity: Decimal
    pnl: Decimal
    is_flat: bool
    state: str
    decision_hash: str


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
        self.driver: LiveDriver | None = None
        self.timer: _Timer | None = None
        self.control = FolderControl(control_folder(app.data_dir))

    async def days(self) -> AsyncIterator[DayEnd]:
        """Every session from now on, each when it is over.

        Raises:
            CorruptData: nothing is stored for the first session.
        """
        timer = await self._timer()
        is_first = True
        coming = self._next_session(timer.now())
        for unfinished in await self._store.unfinished(coming.date):
            session = self._app.calendar.session(unfinished)
            if session is not None and unfinished in self._app.minute_dates():
                self._tell(f"{unfinished} was not closed: it is finished first")
                yield await self._day(session, await self._store.day(unfinished), timer)
        while True:
            session = self._next_session(timer.now())
            if session.date not in self._app.minute_dates():
                if is_first:
                    raise CorruptData(_no_minutes(self._app, session))
                self._tell(f"no minute bars are stored for {session.date}: the agent ends here")
                return
            stored = await self._store.day(session.date)
            left_at = _last_instant(session, stored)
            if not isinstance(timer, SystemClock) and left_at is not None:
                timer.skip_to(left_at)
            is_first = False
            yield await self._day(session, stored, timer)
            await timer.sleep(max(0.0, (session.close - timer.now()).total_seconds()))

    async def _timer(self) -> _Timer:
        """The machine's clock, or a fast one; with paper money it waits for a slow machine."""
        if self._clock_text is None:
            return SystemClock()
        if self._venue is None:
            return WaitedClock(*start_and_speed(self._clock_text))
        await self._warm()
        return accelerated(self._clock_text)

    async def _warm(self) -> None:
        """Do everything slow before a fast clock starts: its hours would pass meanwhile."""
        app = self._app
        self._next_session(app.clock.now())
        desk, _, _ = await app.desk(Scope(), self._store)
        stored = sorted(app.minute_dates())
        if stored:
            session = app.calendar.sessions(stored[-1], stored[-1])[0]
            await desk.market.fingerprint(session, [i.symbol for i in desk.instruments])

    def _next_session(self, now: datetime) -> TradingSession:
        today = now.astimezone(NEW_YORK).date()
        coming = self._app.calendar.sessions(today, today + _WEEK)
        return next(session for session in coming if now < session.close)

    async def _day(self, session: TradingSession, stored: StoredDay, timer: _Timer) -> DayEnd:
        speed = 1.0 if isinstance(timer, SystemClock) else timer.speed
        self.timer = timer
        pulse_s = min(_PULSE_S * speed, _SLOWEST_PULSE_S)
        driver, scan_time = await self._driver(session, stored, timer)
        desk = driver.day.desk
        symbols = [instrument.symbol for instrument in desk.instruments]
        if not driver.was_opened:
            await driver.open(await desk.market.fingerprint(session, symbols))
        has_pre_market = await desk.market.has_pre_market(session, symbols)
        at, at_open = scan_time.of(session, has_pre_market=has_pre_market)
        if not driver.was_scanned:
            while (left := (at - timer.now()).total_seconds()) > 0:
                await driver.hear_person()
                await timer.sleep(min(left, _PULSE_S * speed))
            if timer.now() - at > _late(timer) and scan_time.at != AT_OPEN:
                at = _minute_of(timer.now())
            await driver.scan(at, at_open=at_open)
            self._tell(f"{session.date}: scanned at {_clock(at)}, {len(driver.day.advice)} plans")
        await driver.run(PacedFeed(desk.market, timer, pulse_s))
        await self._database.checkpoint()
        return _ended(driver)

    async def _driver(
        self, session: TradingSession, stored: StoredDay, timer: _Timer
    ) -> tuple[LiveDriver, ScanTime]:
        """A driver of this session on what is stored of it."""
        app = self._app
        desk, scan_time, venue_of = await app.desk(Scope(), self._store)
        fx = await desk.fx.rate(session.open)
        venue = self._venue or venue_of(Decimal(repr(getattr(fx, "value", 1.0))))
        desk = replace(desk, venue=venue)
        equity = app.settings.account.bankroll + await self._realised_before(session)
        previous = app.calendar.previous(session.date).date
        driver = LiveDriver(desk, session, previous, equity, GENESIS)
        rules = LiveRules()
        if isinstance(timer, AcceleratedClock):
            rules = rules.at_speed(timer.speed)
        live = LiveState(rules, OrderLimits(LimitRules()), self.control, timer.now, self._sickness)
        driver.day.weights = await weights_in_force(self._database)
        await driver.recover(live, stored, await self._store.latches())
        self.driver = driver
        return driver, scan_time

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

    async def close(self) -> None:
        """Let the broker go."""
        if self._venue is not None:
            await self._venue.close()

    async def _realised_before(self, session: TradingSession) -> Decimal:
        rows = await self._store.trades(last=session.date - timedelta(days=1))
        return sum((Decimal(str(row["pnl"])) for row in rows), Decimal(0))


@asynccontextmanager
async def agent(
    app: App, clock_text: str | None, tell: Callable[[str], None]
) -> AsyncIterator[Agent]:
    """Open the state database as its one instance.

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
        terminal = Terminal(tell, tickets=app.settings.broker.use == "manual")
        opened.bus.subscribe("terminal", terminal.types, terminal.show, from_now=True)
        await opened.check(tell)
        await found.connect()
        await held.enter_async_context(carrying(opened.bus, tell, found.control.kill))
        yield found


def _last_instant(session: TradingSession, stored: StoredDay) -> datetime | None:
    """Up to when a session has been lived by what is stored of it."""
    known = [event.occurred_at for event in stored.events[-1:]]
    if stored.minute is not None:
        known.append(session.open + (stored.minute + 1) * _MINUTE)
    return max(known, default=None)


def _late(timer: _Timer) -> timedelta:
    """How late a scan may be and keep its time; a clock that runs away is given more."""
    speed = timer.speed if isinstance(timer, AcceleratedClock) else 1.0
    return _LATE * max(1.0, speed / 60)


def _ended(driver: LiveDriver) -> DayEnd:
    day = driver.day
    return DayEnd(
        session=day.session,
        fates=dict(day.fates),
        trades=list(day.trades),
        equity=day.book.equity,
        pnl=day.book.realised,
        is_flat=not day.book.open,
        state=day.book.state.value,
        decision_hash=day.log.head,
    )


def _minute_of(at: datetime) -> datetime:
    return at.astimezone(NEW_YORK).replace(second=0, microsecond=0)


def _clock(at: datetime) -> str:
    return f"{at.astimezone(NEW_YORK):%H:%M}"


def _no_minutes(app: App, session: TradingSession) -> str:
    there = sorted(app.minute_dates())
    span = f"stored are {there[0]} to {there[-1]}" if there else "none are stored"
    return (
        f"no minute bars for {session.date} ({span}); import some: fin-agent data import FILE,"
        " or run a stored day: fin-agent run --clock START@SPEED"
    )
