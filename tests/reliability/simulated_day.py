"""One seeded day: the product's code, a venue and a person with their moods, and crashes."""

from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256

from fin_agent.application.limits import LimitRules, OrderLimits
from fin_agent.application.live import LiveDriver
from fin_agent.application.live_state import LiveRules, LiveState
from fin_agent.domain.errors import Ambiguous, FinAgentError, Refused, StateUnavailable, Unavailable
from fin_agent.domain.events import GENESIS
from fin_agent.domain.market import Bar
from fin_agent.domain.order import OrderState
from fin_agent.domain.risk import RiskRules
from fin_agent.domain.session import SessionRules, TradingSession
from fin_agent.domain.venue import Part
from fin_agent.ports import (
    ControlPort,
    FeedItem,
    MinuteBars,
    OrderPort,
    Pulse,
    SessionFeedPort,
    StorePort,
)
from fin_agent.testing.builders import SCAN, YESTERDAY, a_bar, a_session
from fin_agent.testing.live import SteppedClock
from fin_agent.testing.stores import MemoryStore
from tests.application.worlds import World, gapping
from tests.reliability.audit import Audit
from tests.reliability.chance import Chance, Mishap, Shares
from tests.reliability.seeded_books import Habits, SeededBooks
from tests.reliability.seeded_orders import Piece, SeededOrder
from tests.reliability.seeded_venue import SeededVenue
from tests.reliability.watched import Crash, Person, WatchedStore

SESSION = a_session(closes="10:00")
RULES = SessionRules(
    entry_window_minutes=15,
    opening_range_minutes=5,
    flat_minutes_before_close=8,
    no_entry_minutes_before_close=10,
)
RISK = RiskRules(max_position=Decimal(130), max_entries=6)
_MINUTE = timedelta(minutes=1)
_SETUPS = ((10.8, 2.0), (10.8, 4.0), (10.8, 2.8), (10.5, 2.0), (10.8, 2.0), (10.8, 2.0))
"""Price before the open and relative volume: market, limit, stop, VWAP and two more at market."""


async def _in_memory() -> StorePort:
    return MemoryStore()


async def _nothing() -> None:
    """No frames are heard apart from the venue."""


async def _same(store: StorePort) -> StorePort:
    return store


@dataclass(frozen=True)
class Made:
    """How days are made; the same for every seed of a run.

    ``opened`` opens the day's store, ``again`` does so after a crash. ``venue``, ``kept`` and
    ``control`` put something between the product and its venue, store and person: a mutant.
    """

    shares: Shares = field(default_factory=Shares)
    rules: LiveRules = field(default_factory=LiveRules)
    limits: LimitRules = field(default_factory=LimitRules)
    opened: Callable[[], Awaitable[StorePort]] = _in_memory
    again: Callable[[StorePort], Awaitable[StorePort]] = _same
    venue: Callable[[OrderPort], OrderPort] = lambda venue: venue
    kept: Callable[[StorePort], StorePort] = lambda store: store
    control: Callable[[ControlPort], ControlPort] = lambda control: control


class JitteryFeed(SessionFeedPort):
    """Stored minutes, each when it is over, and pulses of uneven length between them."""

    def __init__(
        self,
        minutes: Sequence[MinuteBars],
        clock: SteppedClock,
        chance: Chance,
        shown: dict[str, float],
        heard: Callable[[], Awaitable[None]] = _nothing,
    ) -> None:
        self._minutes = minutes
        self._clock = clock
        self._chance = chance
        self._shown = shown
        self._heard = heard

    async def follow(
        self, session: TradingSession, symbols: Sequence[str]
    ) -> AsyncGenerator[FeedItem, None]:
        self._shown.clear()
        yield Pulse(self._clock.now())
        for minute in self._minutes:
            end = session.open + (minute.minute + 1) * _MINUTE
            while self._clock.now() < end:
                pause = timedelta(seconds=self._chance.dice.choice([1, 2, 4, 5, 8]))
                self._clock.pass_(min(pause, end - self._clock.now()))
                await self._heard()
                yield Pulse(self._clock.now())
            self._shown.update({symbol: bar.close for symbol, bar in minute.bars.items()})
            yield minute


class SimulatedDay:
    """A day of one seed; ``live`` it, then read ``audit``, ``chance`` and ``log_hash``."""

    def __init__(self, seed: int, made: Made) -> None:
        self.chance = Chance(seed, made.shares)
        self.made = made
        dice, self.clock = self.chance.dice, SteppedClock(SESSION.open - timedelta(seconds=20))
        names = [f"S{n}" for n in range(dice.randint(3, len(_SETUPS)))]
        bars = {name: self._course() for name in names}
        snapshots = [gapping(n, p, rvol=v) for n, (p, v) in zip(names, _SETUPS, strict=False)]
        self.world = World(snapshots, bars, session=SESSION, session_rules=RULES, risk=RISK)
        self.minutes = [
            MinuteBars(n, {name: course[n] for name, course in bars.items()})
            for n in range(SESSION.minutes)
        ]
        self.person = Person()
        habits = Habits(dedupes=dice.random() < 0.5, reduces=dice.random() < 0.5)
        self.books = SeededBooks(self.chance, self.clock, SESSION.close, habits)
        self.venue = SeededVenue(self.books)
        self.audit = Audit(
            SESSION,
            self.person,
            lambda: self.books.orders,
            lambda: self.books.held,
            RISK.max_exposure,
            SESSION.open + SESSION.entry_end(RULES) * _MINUTE,
            LimitRules().exits_per_hour,
            self.clock.now,
        )
        self.store = WatchedStore(MemoryStore(), self._step, self._disk_fails)
        self.store.begins, self.store.committed = self.audit.begins, self.audit.committed
        self.venue.step, self.venue.sends = self._step, self.audit.sends
        self.books.on_change = self.audit.changed
        self.starts = 0
        self.driver: LiveDriver | None = None
        self._plan_trouble(names)

    def _course(self) -> list[Bar]:
        """A walk of 0.2 % a minute with a jump now and then; a fall on some days."""
        dice, price, bars = self.chance.dice, 10.8, []
        falls = dice.randrange(60)
        for minute in range(SESSION.minutes):
            jumps = dice.random() < self.made.shares.jump
            jump = dice.choice([-0.03, 0.03]) if jumps else 0.0
            fall = 0.09 if minute == falls else 0.0
            price = round(price * (1 + dice.gauss(0, 0.002) + jump - fall), 2)
            bars.append(a_bar(minute, price, price + 0.02, price - 0.02))
        return bars

    def _at(self, low: float, high: float) -> datetime:
        """An instant between two minutes of the session."""
        return SESSION.open + self.chance.seconds(60 * low, 60 * high)

    def _plan_trouble(self, names: Sequence[str]) -> None:
        """What happens to this day besides the faults of single requests."""
        chance, shares, venue = self.chance, self.made.shares, self.venue
        name = chance.dice.choice(list(names))
        if chance.dice.random() < shares.outage_a_day:
            start = self._at(0, 29)
            venue.outage = (start, start + chance.seconds(10, shares.outage_seconds))
            self.audit.away.append(venue.outage)
        if chance.dice.random() < shares.halts_a_day:
            self.person.wishes = self._wishes()
        if chance.strikes(Mishap.EXITS_REJECTED, shares.exits_rejected_a_day):
            self.books.rejecting = (self._at(0, 20), self._at(20, 60))
        venue.alters = chance.strikes(Mishap.ALTERED, shares.altered_a_day)
        if chance.strikes(Mishap.MANUAL, shares.manual_a_day):
            self.books.later(self._at(2, 27), lambda _at: self._trades_by_hand(name))
        if chance.strikes(Mishap.FOREIGN, shares.foreign_a_day):
            self._place("by-hand", name)
        if chance.strikes(Mishap.STRANGER, shares.stranger_a_day):
            self._place(f"fa-paper-{name}-STRANGER", name)

    def _wishes(self) -> list[tuple[datetime, str]]:
        start = self._at(*self.chance.dice.choice([(-0.3, 6), (6, 25)]))
        later = start + self.chance.seconds(5, 600)
        kind = self.chance.dice.choice(["flag", "halt", "halt", "flat"])
        wishes = [(start, kind)]
        if kind == "flag":
            wishes += [(later, "unflag"), (later, "resume")]
        elif self.chance.dice.random() < 0.7:
            wishes.append((later, "resume"))
        return wishes

    def _place(self, client_order_id: str, symbol: str) -> None:
        piece = Piece(Part.ENTRY, 1, Decimal(3), Decimal(9), SESSION.open)
        self.books.orders.append(SeededOrder(client_order_id, symbol, [piece]))

    def _trades_by_hand(self, symbol: str) -> None:
        self.books.held[symbol] = self.books.held.get(symbol, Decimal(0)) + 2
        self.audit.is_intact = False

    def _disk_fails(self) -> bool:
        return self.chance.strikes(Mishap.DISK, self.made.shares.disk)

    def _step(self, kind: str) -> None:
        """A point at which the process may die; the person acts here too."""
        self.person.look(self.clock.now())
        chance, shares = self.chance, self.made.shares
        if chance.counts[Mishap.CRASH] >= shares.crashes:
            return
        often = {"send": shares.crash_at_send, "sent": shares.crash_at_send}
        often |= {"order": shares.crash_at_order, "cancelled": shares.crash_at_order}
        if chance.strikes(Mishap.CRASH, often.get(kind, shares.crash_else)):
            raise Crash

    def _at_the_venue(self) -> OrderPort:
        """What a new process trades at."""
        return self.made.venue(self.venue)

    async def _process(self) -> LiveDriver:
        """A new process on what is durable; it may die while it starts."""
        made = self.made
        desk = replace(self.world.desk(), venue=self._at_the_venue(), store=self.store)
        driver = self.driver = LiveDriver(
            desk, SESSION, a_session(YESTERDAY).date, self.world.equity, GENESIS
        )
        control = made.control(self.person)
        live = LiveState(made.rules, OrderLimits(made.limits), control, self.clock.now)
        stored, latches = await self.store.day(SESSION.date), await self.store.latches()
        await driver.recover(live, stored, latches)
        if not driver.was_opened:
            await driver.open("inputs")
        if not driver.was_scanned:
            await driver.scan(SCAN, at_open=False)
        return driver

    def _feed(self) -> JitteryFeed:
        return JitteryFeed(self.minutes, self.clock, self.chance, self.audit.shown)

    async def live(self) -> "SimulatedDay":
        """Live through the day, however often the process dies, then look without faults."""
        self.store.inner = self.made.kept(await self.made.opened())
        try:
            await self._live()
        except FinAgentError as error:  # not even a start over gets past it
            self.audit.say(f"stuck: {type(error).__name__}: {error}")
        finally:
            await self.store.close()
        return self

    async def _live(self) -> None:
        while not await self._lives():
            since = self.clock.now()
            self.audit.away.append((since, self.clock.pass_(self._pause())))
            self.store.inner = self.made.kept(await self.made.again(self.store.inner))
            self.person.look(self.clock.now())
        self.audit.changed(self.clock.now())
        self._calm()
        self.clock.pass_(timedelta(seconds=60))
        driver = await self._process()
        await driver.run(self._feed())
        self.audit.is_intact &= not any(order.is_altered for order in self.books.orders)
        self.audit.at_end(await self.store.latches())

    def _calm(self) -> None:
        """No fault from here on."""
        self.chance.is_quiet = True
        self.venue.outage = None

    def _pause(self) -> timedelta:
        """How long it takes until there is a process again."""
        return self.chance.seconds(*self.chance.dice.choice([(1, 5), (5, 60), (60, 300)]))

    async def _lives(self) -> bool:
        """Whether the day came to its end before the process did."""
        self.starts += 1
        try:
            driver = await self._process()
            await driver.run(self._feed())
        except (Crash, StateUnavailable, Unavailable, Ambiguous, Refused):
            return False
        return True

    @property
    def log_hash(self) -> str:
        """Everything that was recorded, in order."""
        lines = "\n".join(f"{e.event_id} {e.occurred_at} {e.payload}" for e in self.audit.events)
        return sha256(lines.encode()).hexdigest()

    def states(self) -> Counter[OrderState]:
        """How many intents ended in each state."""
        return Counter(intent.state for intent in self.audit.stored.values())
