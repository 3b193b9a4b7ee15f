"""A live session in memory: the real use cases, a venue that outlives the agent, and crashes."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from fin_agent.adapters.brokers.paper import Paper
from fin_agent.application.limits import LimitRules, OrderLimits
from fin_agent.application.live import LiveDriver
from fin_agent.application.live_state import LiveRules, LiveState
from fin_agent.domain.control import ControlRequest
from fin_agent.domain.errors import StateUnavailable
from fin_agent.domain.events import GENESIS
from fin_agent.domain.market import Bar
from fin_agent.domain.matching import FillRules
from fin_agent.domain.order import OrderIntent
from fin_agent.domain.session import SessionRules, TradingSession
from fin_agent.domain.venue import OrderReport
from fin_agent.ports import OrderPort, UnitOfWork
from fin_agent.testing.builders import SCAN, YESTERDAY, a_session
from fin_agent.testing.live import FakeControl, FakeFeed, SteppedClock
from fin_agent.testing.stores import MemoryStore
from fin_agent.testing.venue import FakeVenue
from tests.application.worlds import World, course, gapping


class Crash(BaseException):
    """The process dies here; no code of ours may catch it."""


@dataclass
class CrashingStore(MemoryStore):
    """Dies before or after the commit whose turn it is; ``dies_at`` counts half commits.

    The next ``fails`` transactions find the disk full.
    """

    dies_at: int | None = None
    steps: int = 0
    fails: int = 0

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[UnitOfWork]:
        if self.fails:
            self.fails -= 1
            raise StateUnavailable("disk full")
        self._step()
        async with super().begin() as work:
            yield work
        self._step()

    def _step(self) -> None:
        self.steps += 1
        if self.steps == self.dies_at:
            raise Crash


@dataclass
class WatchedVenue(FakeVenue):
    """Calls ``taken`` when it has an entry, before it answers."""

    taken: Callable[[], None] = lambda: None

    async def submit(self, intent: OrderIntent, session: TradingSession) -> OrderReport:
        report = await super().submit(intent, session)
        self.taken()
        return report


@dataclass
class PunctualControl(FakeControl):
    """A person who speaks at a time.

    ``kills_at`` sets the flag, ``wishes`` are repeated until they are answered.
    """

    clock: SteppedClock = field(default_factory=lambda: SteppedClock(SCAN))
    kills_at: datetime | None = None
    wishes: list[tuple[datetime, ControlRequest]] = field(default_factory=list)

    def kill_reason(self) -> str | None:
        return "stop" if self.kills_at and self.clock.now() >= self.kills_at else None

    def requests(self) -> Sequence[ControlRequest]:
        now = self.clock.now()
        due = [wish for at, wish in self.wishes if at <= now]
        return [wish for wish in due if wish.request_id not in self.answers]


@dataclass
class LiveWorld:
    """One session that can be started as often as it dies."""

    world: World = field(default_factory=lambda: World([gapping("AAA"), gapping("BBB")], courses()))
    clock: SteppedClock = field(default_factory=lambda: SteppedClock(SCAN))
    store: CrashingStore = field(default_factory=CrashingStore)
    control: FakeControl = field(default_factory=FakeControl)
    rules: LiveRules = field(default_factory=LiveRules)
    limits: LimitRules = field(default_factory=LimitRules)
    every: timedelta = timedelta(seconds=10)
    venue: OrderPort = field(init=False)

    def __post_init__(self) -> None:
        self.venue = FakeVenue(self.clock.now)

    @property
    def broker(self) -> FakeVenue:
        assert isinstance(self.venue, FakeVenue)
        return self.venue

    async def started(self, venue: OrderPort | None = None) -> LiveDriver:
        """A new process on what is durable: recovered, and scanned if it was not."""
        desk = replace(self.world.desk(), venue=venue or self.venue, store=self.store)
        session, previous = self.world.session, a_session(YESTERDAY).date
        driver = LiveDriver(desk, session, previous, self.world.equity, GENESIS)
        live = LiveState(self.rules, OrderLimits(self.limits), self.control, self.clock.now)
        stored, latches = await self.store.day(session.date), await self.store.latches()
        await driver.recover(live, stored, latches)
        if not driver.was_opened:
            await driver.open("inputs")
        if not driver.was_scanned:
            await driver.scan(SCAN, at_open=False)
        return driver

    def feed(self) -> FakeFeed:
        return FakeFeed(self.world.market(), self.clock, self.every)

    async def lived(self, venue: OrderPort | None = None) -> LiveDriver:
        driver = await self.started(venue)
        await driver.run(self.feed())
        return driver


def paper() -> Paper:
    return Paper(FillRules(), SessionRules(), Decimal(1))


def entries(world: LiveWorld) -> dict[str, OrderIntent]:
    """The stored entries by symbol."""
    return {i.symbol: i for i in world.store.intents if isinstance(i, OrderIntent)}


def courses() -> dict[str, list[Bar]]:
    return {"AAA": course((0, 10.8)), "BBB": course((0, 10.8))}


def shares(number: int) -> Decimal:
    return Decimal(number)
