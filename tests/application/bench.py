"""A live day taken apart: one message at a time, at a venue that says what a test tells it to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from fin_agent.application.commands import RecordReport, SendEntry
from fin_agent.application.desk import Day
from fin_agent.application.live import LiveDriver
from fin_agent.application.live_state import LiveState
from fin_agent.domain.entry import OrderKind, PlanTriggered, Trigger
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.order import OrderIntent, OrderState
from fin_agent.domain.session import TradingSession
from fin_agent.domain.venue import Execution, OrderReport, Part, Terms, VenueAccount
from fin_agent.ports import OrderPort
from tests.application.live_days import LiveWorld
from tests.application.worlds import PRICE

ENTRY, STOP, TARGET, EXIT = Part
ALL = Decimal(23)


@dataclass
class ScriptedVenue(OrderPort):
    """Answers each kind of request from a list, the last one for ever; ``calls`` in order.

    An answer that is a function is called, an exception is raised.
    """

    says: dict[str, list[Any]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)

    def told(self, **answers: object) -> None:
        """What the next requests get: a value, an error to raise, or a list of those."""
        self.says |= {k: a if isinstance(a, list) else [a] for k, a in answers.items()}

    def _answer(self, kind: str, about: str, usual: Any) -> Any:
        self.calls.append((kind, about))
        waiting = self.says.get(kind)
        if not waiting:
            return usual
        found = waiting[0] if len(waiting) == 1 else waiting.pop(0)
        if isinstance(found, Exception):
            raise found
        return found() if callable(found) else found

    def asked(self, kind: str) -> list[str]:
        return [about for what, about in self.calls if what == kind]

    async def submit(self, intent: OrderIntent, session: TradingSession) -> OrderReport:
        return self._report("submit", intent.client_order_id)

    async def exit(self, intent: ExitIntent) -> OrderReport:
        return self._report("exit", intent.client_order_id)

    def _report(self, kind: str, cid: str) -> OrderReport:
        report: OrderReport = self._answer(
            kind, cid, OrderReport(cid, OrderState.ACKED, Decimal(0))
        )
        return report

    async def cancel(self, client_order_id: str) -> None:
        self._answer("cancel", client_order_id, None)

    async def release(self, client_order_id: str) -> bool:
        return bool(self._answer("release", client_order_id, usual=True))

    def drain(self) -> Sequence[OrderReport]:
        return ()

    async def find(self, client_order_id: str) -> OrderReport | None:
        report: OrderReport | None = self._answer("find", client_order_id, None)
        return report

    async def orders(self, since: datetime) -> Sequence[OrderReport]:
        reports: Sequence[OrderReport] = self._answer("orders", "", ())
        return reports

    async def positions(self) -> Mapping[str, Decimal]:
        held: Mapping[str, Decimal] = self._answer("positions", "", {})
        return held

    async def account(self) -> VenueAccount:
        account: VenueAccount = self._answer("account", "", VenueAccount("X", is_live=False))
        return account


@dataclass
class Bench:
    """A day after its scan, one minute after the open; times are real, the venue is scripted."""

    world: LiveWorld
    driver: LiveDriver
    venue: ScriptedVenue

    @classmethod
    async def ready(cls, **changes: Any) -> "Bench":
        venue = ScriptedVenue()
        world = LiveWorld(**changes)
        driver = await world.started(venue)
        bench = cls(world, driver, venue)
        world.clock.at = world.world.session.time_of(1)
        driver.day.at = world.clock.at
        bench.live.is_catching_up = False
        bench.live.prices = dict.fromkeys(("AAA", "BBB"), (PRICE, world.clock.at))
        return bench

    async def again(self) -> "Bench":
        """A new process on what is durable."""
        driver = await self.world.started(self.venue)
        bench = Bench(self.world, driver, self.venue)
        driver.day.at = self.world.clock.at
        bench.live.is_catching_up = False
        bench.live.prices = dict.fromkeys(("AAA", "BBB"), (PRICE, self.world.clock.at))
        return bench

    @property
    def day(self) -> Day:
        return self.driver.day

    @property
    def live(self) -> LiveState:
        assert self.day.live is not None
        return self.day.live

    async def handle(self, *messages: object) -> None:
        await self.driver._handle(messages)

    def later(self, seconds: float) -> None:
        """Let time pass, for prices too."""
        self.world.clock.pass_(timedelta(seconds=seconds))
        now = self.day.at = self.world.clock.now()
        self.live.prices = {name: (price, now) for name, (price, _) in self.live.prices.items()}

    async def intent(self, symbol: str = "AAA", kind: OrderKind = OrderKind.MARKET) -> OrderIntent:
        """A durable intent that was not sent yet."""
        watch = next(w for w in self.day.watches if w.plan.symbol == symbol)
        self.day.watches.remove(watch)
        trigger = PlanTriggered(watch.plan, Trigger(kind, Decimal(str(PRICE))), 1)
        was, self.world.control.killed = self.world.control.killed, "not yet"
        state = self.day.book.state
        await self.handle(trigger)
        self.world.control.killed = was
        assert self.day.book.state is state
        made = next(i for i in self.day.book.intents.values() if i.symbol == symbol)
        pending = replace(made, state=OrderState.PENDING)
        return self.day.book.put(pending)

    async def sent(self, symbol: str = "AAA", **answers: object) -> OrderIntent:
        """An entry after its first send, with what the venue answered to it."""
        intent = await self.intent(symbol)
        if answers:
            self.venue.told(**answers)
        await self.handle(SendEntry(intent.client_order_id))
        self.venue.says.clear()
        return self.now(intent)

    def now(self, intent: OrderIntent) -> OrderIntent:
        return self.day.book.intents[intent.client_order_id]

    def stored(self, client_order_id: str) -> OrderIntent | ExitIntent:
        return next(i for i in self.world.store.intents if i.client_order_id == client_order_id)

    def report(
        self,
        intent: OrderIntent | ExitIntent,
        state: OrderState,
        *parts: tuple[Part, object],
        live: Sequence[Part] = (),
        **changes: Any,
    ) -> OrderReport:
        """The venue's word: cumulative shares by part, each at 10.80; ``live`` parts still work."""
        at = self.world.clock.now()
        told = [
            Execution(p, Decimal(str(n)), Decimal(str(PRICE)), at, is_live=p in live)
            for p, n in parts
        ]
        own = [e.filled for e in told if e.part in {Part.ENTRY, Part.EXIT}]
        filled = own[0] if own else Decimal(0)
        cid = intent.client_order_id
        return replace(OrderReport(cid, state, filled, executions=tuple(told)), **changes)

    async def hears(self, intent: OrderIntent | ExitIntent, *args: Any, **more: Any) -> None:
        await self.handle(RecordReport(self.report(intent, *args, **more)))

    async def held(self, symbol: str = "AAA", *, covered: bool = True) -> OrderIntent:
        """An entry that is filled wholly, with its legs at the venue."""
        intent = await self.sent(symbol)
        legs: list[tuple[Part, object]] = [(STOP, 0), (TARGET, 0)] if covered else []
        await self.hears(intent, OrderState.FILLED, (ENTRY, ALL), *legs, live=(STOP, TARGET))
        return self.now(intent)

    def kinds(self) -> list[str]:
        return [event.type for event in self.world.store.logged]

    def halts(self) -> list[str]:
        """Why trading was halted, by the log."""
        return [row["reason"] for row in self.told("TradingHalted")]

    def told(self, kind: str) -> list[dict[str, Any]]:
        world = self.world.world
        world.store = self.world.store
        return world.recorded(kind)


def terms(symbol: str, signed: int) -> Terms:
    return Terms(symbol, Decimal(signed))
