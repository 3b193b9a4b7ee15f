"""The event bus in memory: a plain list, walked again and again, with the contract of the real one.

It delivers one event at a time and looks at the whole log each time: slow, and easy to believe.
"""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fin_agent.domain.delivery import (
    DeadLetter,
    DeliveryRules,
    SignalExpired,
    has_expired,
    ordering_key,
)
from fin_agent.domain.errors import CorruptData, Inconsistent
from fin_agent.domain.events import Event
from fin_agent.ports import ClockPort, EventBusPort, Handler, UnitOfWork
from fin_agent.testing.stores import MemoryStore

_MIDDLE = 0.5  # of the random part of a delay
_IDLE_S = 0.01

Fate = tuple[str, str]  # consumer, event id


@dataclass
class MemoryDeliveries:
    """What survives a crash: the log and everybody's state of delivery."""

    store: MemoryStore = field(default_factory=MemoryStore)
    done: set[Fate] = field(default_factory=set)
    attempts: dict[Fate, tuple[int, datetime]] = field(default_factory=dict)
    dead: dict[Fate, DeadLetter] = field(default_factory=dict)
    starts: dict[str, int] = field(default_factory=dict)
    leases: dict[str, tuple[str, int, datetime]] = field(default_factory=dict)

    def requeue(self, consumer: str, event_id: str) -> bool:
        """Give a dead letter another series of attempts; False when it is none."""
        return self.dead.pop((consumer, event_id), None) is not None

    def append(self, events: Sequence[Event]) -> None:
        """Add to the log, all or nothing.

        Raises:
            Inconsistent: an event is in it already.
        """
        known = {event.event_id for event in self.store.logged}
        for event in events:
            if event.event_id in known:
                raise Inconsistent(f"event {event.event_id} is recorded already")
            known.add(event.event_id)
        self.store.append(events)


@dataclass(frozen=True)
class _Taker:
    consumer: str
    types: frozenset[str]
    handler: Handler
    observes: bool = False


async def no_report(letter: DeadLetter, work: UnitOfWork) -> None:
    """Nobody is told."""


@dataclass
class MemoryEventBus(EventBusPort):
    """One process on a shared ``MemoryDeliveries``.

    ``read`` brings an event to its current version or raises CorruptData. ``report`` is told of
    dead letters of ``order_types`` and of unreadable ones.
    """

    deliveries: MemoryDeliveries
    clock: ClockPort
    rules: DeliveryRules = field(default_factory=DeliveryRules)
    owner: tuple[str, int] = ("memory", 0)
    read: Callable[[Event], Event] = lambda event: event
    report: Callable[[DeadLetter, UnitOfWork], Awaitable[None]] = no_report
    order_types: Collection[str] = ()
    _takers: dict[str, tuple[_Taker, bool]] = field(default_factory=dict, init=False)

    async def publish(self, events: Sequence[Event]) -> None:
        self.deliveries.append(events)

    def subscribe(
        self,
        consumer: str,
        types: Collection[str],
        handler: Handler,
        *,
        from_now: bool = False,
        observes: bool = False,
    ) -> None:
        self._takers[consumer] = (_Taker(consumer, frozenset(types), handler, observes), from_now)

    async def run(self) -> None:
        try:
            while True:
                await self.drain()
                await asyncio.sleep(_IDLE_S)
        finally:
            await self.stop()

    async def drain(self) -> None:
        takers = self._takers.values()
        while any([await self._pass(taker, from_now=now) for taker, now in takers]):
            pass

    async def stop(self) -> None:
        """Give every place back."""
        leases = self.deliveries.leases
        for consumer in [name for name, lease in leases.items() if lease[0] == self.owner[0]]:
            del leases[consumer]

    def _holds_place(self, consumer: str) -> bool:
        now, lease = self.clock.now(), self.deliveries.leases.get(consumer)
        name, epoch = self.owner
        if lease is not None and lease[0] != name and lease[1] >= epoch and lease[2] >= now:
            return False
        self.deliveries.leases[consumer] = (name, epoch, now + self.rules.lease)
        return True

    async def _pass(self, taker: _Taker, *, from_now: bool) -> bool:
        """Walk the log once; whether anything was settled."""
        log = self.deliveries.store.logged
        start = self.deliveries.starts.setdefault(taker.consumer, len(log) if from_now else 0)
        waiting: set[str] = set()
        settled = False
        for seq, event in enumerate(list(log), start=1):
            fate = (taker.consumer, event.event_id)
            is_open = fate not in self.deliveries.done and fate not in self.deliveries.dead
            wanted = not taker.types or event.type in taker.types
            if seq <= start or not wanted or not is_open or ordering_key(event) in waiting:
                continue
            if not self._holds_place(taker.consumer):
                return False
            if await self._try(taker, seq, event):
                settled = True
            else:
                waiting.add(ordering_key(event))
        return settled

    async def _try(self, taker: _Taker, seq: int, event: Event) -> bool:
        """Deliver one event if it is due; whether it is done or dead now."""
        fate, now = (taker.consumer, event.event_id), self.clock.now()
        attempts, due = self.deliveries.attempts.get(fate, (0, now))
        if due > now and due - now <= self.rules.longest_delay:
            return False
        if not taker.observes and has_expired(event, now):
            self.deliveries.append([SignalExpired(taker.consumer, event, now).recorded()])
            self._settle(fate)
            return True
        try:
            current = self.read(event)
        except CorruptData as error:
            told = (taker.consumer, seq, event, attempts + 1, now, str(error), "")
            letter = DeadLetter(*told, is_unreadable=True)
            return await self._bury(fate, letter)
        failure = await self._attempt(taker, current, fate)
        if failure is None or not self._holds_place(taker.consumer):
            return failure is None  # who has the place now deals with what failed
        letter = DeadLetter(taker.consumer, seq, event, attempts + 1, now, *failure)
        if self.rules.is_spent(letter.attempts):
            return await self._bury(fate, letter)
        delay = self.rules.delay(letter.attempts, _MIDDLE)
        self.deliveries.attempts[fate] = (letter.attempts, now + delay)
        return False

    async def _attempt(self, taker: _Taker, event: Event, fate: Fate) -> tuple[str, str] | None:
        work = MemoryStore()
        task = asyncio.ensure_future(taker.handler(event, work))
        await asyncio.wait({task}, timeout=self.rules.timeout.total_seconds())
        if not task.done():
            task.cancel()
            return f"not handled within {self.rules.timeout.total_seconds():g} s", "cut off"
        error = task.exception()
        if error is None and self._holds_place(taker.consumer):
            error = self._commit(work)
            if error is None:
                self._settle(fate)
                return None
        if error is None:
            return "the place was lost", ""
        return f"{type(error).__name__}: {error}", "".join(traceback.format_exception(error))

    def _commit(self, work: MemoryStore) -> Inconsistent | None:
        try:
            self.deliveries.append(work.logged)
        except Inconsistent as error:
            return error
        work.logged = []
        self.deliveries.store.take(work)
        return None

    def _settle(self, fate: Fate) -> None:
        self.deliveries.done.add(fate)
        self.deliveries.attempts.pop(fate, None)

    async def _bury(self, fate: Fate, letter: DeadLetter) -> bool:
        work = MemoryStore()
        if letter.is_unreadable or letter.event.type in self.order_types:
            await self.report(letter, work)
        self._commit(work)
        self.deliveries.attempts.pop(fate, None)
        self.deliveries.dead[fate] = letter
        return True
