"""One seeded day: the product's code, a venue and a person with their moods, and crashes."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256

from fin_agent.application.limits import LimitRules, OrderLimits
from fin_agent.application.live import LiveDriver
from fin_agent.application.live_state import LiveRules, LiveState
from fin_agent.domain.errors import Ambiguous, Refused, StateUnavailable, Unavailable
from fin_agent.domain.events import GENESIS
from fin_agent.domain.market import Bar
from fin_agent.domain.order import OrderState
from fin_agent.domain.risk import RiskRules
from fin_agent.domain.session import SessionRules, TradingSession
from fin_agent.domain.venue import Part
from fin_agent.ports import MinuteBars, Pulse, SessionFeedPort, StorePort
from fin_agent.testing.builders import SCAN, YESTERDAY, a_bar, a_session
from fin_agent.testing.live import SteppedClock
from fin_agent.testing.stores import MemoryStore
from tests.application.worlds import World, gapping
from tests.reliability.audit import Audit, Venue
from tests.reliability.chance import Chance, Mishap, Shares
from tests.reliability.seeded_orders import Piece, SeededOrder
from tests.reliability.seeded_venue import Habits, SeededVenue
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
_KINDS = ((10.8, 2.0), (10.8, 4.0), (10.8, 2.8), (10.5, 2.0), (10.8, 2.0), (10.8, 2.0))


@dataclass(frozen=True)
class Made:
    """How days are made; the same for every seed of a run."""

    shares: Shares = field(default_factory=Shares)
    rules: LiveRules = field(default_factory=LiveRules)
    limits: LimitRules = field(default_factory=LimitRules)


class JitteryFeed(SessionFeedPort):
    """Stored minutes, each when it is over, and pulses of uneven length between them."""

    def __init__(self, minutes: Sequence[MinuteBars], clock: SteppedClock, chance: Chance) -> None:
        self._minutes = minutes
        self._clock = clock
        self._chance = chance

    async def follow(
        self,
        session: TradingSession,
        symbols: Sequence[str],  # noqa: ARG002 - all of them
    ) -> AsyncIterator[MinuteBars | Pulse]:
        yield Pulse(self._clock.now())
        for minute in self._minutes:
            end = session.open + (minute.minute + 1) * _MINUTE
            while self._clock.now() < end:
                pause = timedelta(seconds=self._chance.dice.choice([1, 2, 4, 5, 8]))
                yield Pulse(self._clock.pass_(min(pause, end - self._clock.now())))
            yield minute


class SimulatedDay:
    """A day of one seed; ``live`` it, then read ``audit``, ``chance`` and ``log_hash``."""

    def __init__(self, seed: int, made: Made, store: StorePort | None = None) -> None:
        self.chance = Chance(seed, made.shares)
        self.made = made
        dice = self.chance.dice
        self.clock = SteppedClock(SESSION.open - timedelta(seconds=20))
        names = [f"S{n}" for n in range(dice.randint(3, len(_KINDS)))]
        self.bars = {name: self._course() for name in names}
        snapshots = [gapping(n, p, rvol=v) for n, (p, v) in zip(names, _KINDS, strict=False)]
        self.world = World(snapshots, self.bars, session=SESSION, session_rules=RULES, risk=RISK)
        self.minutes = [
            MinuteBars(n, {name: bars[n] for name, bars in self.bars.items()})
            for n in range(SESSION.minutes)
        ]
        self.person = Person()
        habits = Habits(dedupes=dice.random() < 0.5, reduces=dice.random() < 0.5)
        self.venue = SeededVenue(self.chance, self.clock, SESSION.close, habits)
        self.audit = Audit(
            SESSION,
            self.person,
            Venue(lambda: self.venue.book, lambda: self.venue.held),
            RISK.max_exposure,
            SESSION.open + SESSION.entry_end(RULES) * _MINUTE,
            LimitRules().exits_per_hour,
            self.clock.now,
            {name: [bar.close for bar in bars] for name, bars in self.bars.items()},
        )
        self.store = WatchedStore(store or MemoryStore(), self._step)
        self.store.begins, self.store.committed = self.audit.begins, self.audit.committed
        self.store.fails = lambda: self.chance.strikes(Mishap.DISK, made.shares.disk)
        self.venue.step, self.venue.sends = self._step, self.audit.sends
        self.venue.on_change = self.audit.changed
        self.starts = 0
        self._plan_trouble(names)

    def _course(self) -> list[Bar]:
        """A walk of 0.2 % a minute with a jump now and then; a fall on some days."""
        dice, price, bars = self.chance.dice, 10.8, []
        falls = dice.randrange(60)
        for minute in range(SESSION.minutes):
            step = dice.gauss(0, 0.002) + (
                dice.choice([-0.03, 0.03]) if dice.random() < 0.04 else 0
            )
            price = round(price * (1 + step - (0.09 if minute == falls else 0)), 2)
            bars.append(a_bar(minute, price, price + 0.02, price - 0.02))
        return bars

    def _at(self, low: float, high: float) -> datetime:
        """An instant between two minutes of the session."""
        return SESSION.open + self.chance.seconds(60 * low, 60 * high)

    def _plan_trouble(self, names: Sequence[str]) -> None:
        """What happens to this day besides the faults of single requests."""
        chance, shares, venue = self.chance, self.made.shares, self.venue
        dice = chance.dice
        if dice.random() < shares.outage_a_day:
            start = self._at(0, 29)
            venue.outage = (start, start + chance.seconds(10, 400))
            self.audit.away.append(venue.outage)
        if dice.random() < shares.halts_a_day:
            self.person.wishes = self._wishes()
        if chance.strikes(Mishap.EXITS_REJECTED, shares.exits_rejected_a_day):
            venue.rejecting = (self._at(0, 20), self._at(20, 60))
        name = dice.choice(list(names))
        if chance.strikes(Mishap.ALTERED, shares.altered_a_day):
            venue.alters = True
        if chance.strikes(Mishap.MANUAL, shares.manual_a_day):
            venue.later(self._at(2, 27), lambda _at: self._manual(name))
        if chance.strikes(Mishap.FOREIGN, shares.foreign_a_day):
            piece = Piece(Part.ENTRY, 1, Decimal(3), Decimal(9), SESSION.open)
            venue.place(SeededOrder("by-hand", name, [piece]))
        if chance.strikes(Mishap.STRANGER, shares.stranger_a_day):
            piece = Piece(Part.ENTRY, 1, Decimal(3), Decimal(9), SESSION.open)
            venue.place(SeededOrder(f"fa-paper-{name}-STRANGER", name, [piece]))

    def _wishes(self) -> list[tuple[datetime, str]]:
        start = self._at(-0.3, 25)
        later = start + self.chance.seconds(5, 600)
        kind = self.chance.dice.choice(["flag", "halt", "halt", "flat"])
        wishes = [(start, kind)]
        if kind == "flag":
            wishes += [(later, "unflag"), (later, "resume")]
        elif self.chance.dice.random() < 0.7:
            wishes.append((later, "resume"))
        return wishes

    def _manual(self, symbol: str) -> None:
        """The person trades by hand: a share of what is held, or of nothing."""
        self.venue.held[symbol] = self.venue.held.get(symbol, Decimal(0)) + 2
        self.audit.is_intact = False

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

    async def _process(self) -> LiveDriver:
        """A new process on what is durable; it may die while it starts."""
        desk = replace(self.world.desk(), venue=self.venue, store=self.store)
        driver = LiveDriver(desk, SESSION, a_session(YESTERDAY).date, self.world.equity, GENESIS)
        made = self.made
        live = LiveState(made.rules, OrderLimits(made.limits), self.person, self.clock.now)
        stored, latches = await self.store.day(SESSION.date), await self.store.latches()
        await driver.recover(live, stored, latches)
        if not driver.was_opened:
            await driver.open("inputs")
        if not driver.was_scanned:
            await driver.scan(SCAN, at_open=False)
        return driver

    async def live(self) -> "SimulatedDay":
        """Live through the day, however often the process dies, then look without faults."""
        while not await self._lives():
            away = self.chance.seconds(*self.chance.dice.choice([(1, 5), (5, 60), (60, 300)]))
            since = self.clock.now()
            self.audit.away.append((since, self.clock.pass_(away)))
            self.person.look(self.clock.now())
        self.audit.changed(self.clock.now())
        self.chance.is_quiet = True
        self.venue.outage = None
        self.clock.pass_(timedelta(seconds=60))
        driver = await self._process()
        await driver.run(JitteryFeed(self.minutes, self.clock, self.chance))
        self.audit.changed(self.clock.now())
        self.audit.is_intact &= not any(order.is_altered for order in self.venue.book)
        self.audit.at_end()
        return self

    async def _lives(self) -> bool:
        """Whether the day came to its end before the process did."""
        self.starts += 1
        try:
            driver = await self._process()
            await driver.run(JitteryFeed(self.minutes, self.clock, self.chance))
        except (Crash, StateUnavailable, Unavailable, Ambiguous, Refused):
            return False
        return True

    @property
    def log_hash(self) -> str:
        """Everything that was recorded, in order."""
        lines = "\n".join(f"{e.event_id} {e.occurred_at} {e.payload}" for e in self.audit.events)
        return sha256(lines.encode()).hexdigest()

    def states(self) -> dict[OrderState, int]:
        """How many intents ended in each state."""
        found: dict[OrderState, int] = {}
        for intent in self.audit.stored.values():
            found[intent.state] = found.get(intent.state, 0) + 1
        return found
