"""What the consumers of one process share, where their events come from, and their places."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from fin_agent.adapters.persistence.deliveries import Deliveries, Fence
from fin_agent.adapters.persistence.event_store import EventStore
from fin_agent.adapters.persistence.event_types import EventTypes
from fin_agent.adapters.persistence.transactions import Batch
from fin_agent.adapters.persistence.window import Entry
from fin_agent.domain.delivery import DeadLetter, DeliveryRules
from fin_agent.domain.errors import Inconsistent
from fin_agent.domain.events import Event
from fin_agent.ports import ClockPort, Handler, UnitOfWork

_END = 2**63 - 1  # behind everything that a log can hold

DeadLetterReport = Callable[[DeadLetter, UnitOfWork], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who takes which events; no types are all types. ``from_now`` leaves out what is stored.

    One that ``observes`` is given expired events too: it acts on none.
    """

    consumer: str
    types: frozenset[str]
    handler: Handler
    from_now: bool = False
    observes: bool = False


@dataclass(frozen=True, slots=True)
class Office:
    """What every consumer of one process works with.

    ``owner`` names the process and gives its epoch: a later epoch takes a place over at once.
    ``draw`` gives random numbers in 0..1. ``report`` is told of dead letters of ``order_types``
    and of unreadable ones, inside the transaction that records them: what it writes holds exactly
    when the dead letter does.
    """

    store: EventStore
    deliveries: Deliveries
    clock: ClockPort
    draw: Callable[[], float]
    types: EventTypes
    report: DeadLetterReport
    order_types: Collection[str]
    owner: tuple[str, int]
    rules: DeliveryRules = field(default_factory=DeliveryRules)

    async def write(self, batches: Sequence[Batch]) -> None:
        """Store rows of the bus that belong to no handler."""
        await self.store.write(self.store.unit(), batches)


class Reading(NamedTuple):
    """Open entries, the place up to which there are no others, and whether that is all for now."""

    entries: Sequence[Entry]
    position: int
    is_all: bool


class Source(ABC):
    """Where a consumer's events come from; it may give one again, never leave one out."""

    @abstractmethod
    async def open(self, subscription: Subscription, cursor: int) -> None:
        """Start over behind a place of the log, with everything that is not done."""

    @abstractmethod
    async def read(self, limit: int) -> Reading:
        """The next open entries."""

    @abstractmethod
    async def settle(self, entries: Sequence[Entry]) -> None:
        """These are done or dead, durably."""


class LogSource(Source):
    """Events straight from the log of this database.

    What this process has just stored it has in memory: nobody can have worked on it before.
    """

    def __init__(self, office: Office) -> None:
        self._deliveries = office.deliveries
        self._newest = office.store.newest
        self._subscription: Subscription | None = None
        self._position = 0
        self._has_caught_up = False

    async def open(self, subscription: Subscription, cursor: int) -> None:
        self._subscription, self._position = subscription, cursor
        self._has_caught_up = False  # behind the cursor some are done, and some were tried

    async def read(self, limit: int) -> Reading:
        taker = self._subscription
        if taker is None:
            return Reading([], self._position, is_all=True)
        fresh = self._newest.behind(self._position, limit) if self._has_caught_up else None
        if fresh is not None:
            return self._handed_out(fresh, taker.types, limit)
        span = (self._position, _END)
        found = await self._deliveries.unread(taker.consumer, taker.types, span, limit)
        self._position = max(self._position, found.position)
        self._has_caught_up = self._has_caught_up or len(found.entries) < limit
        return Reading(found.entries, self._position, is_all=len(found.entries) < limit)

    def _handed_out(self, fresh: Sequence[Event], types: Collection[str], limit: int) -> Reading:
        numbered = enumerate(fresh, self._position + 1)
        self._position += len(fresh)
        entries = [Entry(seq, event) for seq, event in numbered if not types or event.type in types]
        return Reading(entries, self._position, is_all=len(fresh) < limit)

    async def settle(self, entries: Sequence[Entry]) -> None:
        """The log keeps everything."""


class Place:
    """A consumer's place in the database, held under a lease.

    Whoever is slower than the lease loses it to another process. The fence then refuses what the
    slow one still wants to store.
    """

    def __init__(self, subscription: Subscription, office: Office) -> None:
        self._subscription = subscription
        self._office = office
        self._fence: Fence | None = None
        self._until: datetime | None = None

    @property
    def is_held(self) -> bool:
        return self._fence is not None

    async def take(self) -> int | None:
        """The stored cursor when the place is ours now, None when another process has it."""
        office, name = self._office, self._subscription.consumer
        now = office.clock.now()
        await office.write(
            [
                office.deliveries.registered(name, from_now=self._subscription.from_now),
                office.deliveries.acquired(name, office.owner, now, office.rules.lease),
            ]
        )
        found = await office.deliveries.place(name)
        if found is None or found.owner != office.owner[0]:
            return None
        self._fence, self._until = Fence(name, found.token), now + office.rules.lease
        return found.cursor

    def is_fresh(self) -> bool:
        """Whether more than half of the lease is left."""
        if self._until is None:
            return False
        left, lease = self._until - self._office.clock.now(), self._office.rules.lease
        return lease / 2 < left <= lease  # more than a lease is left when the clock was set back

    def moved(self, cursor: int) -> list[Batch]:
        """The cursor's new place and a new lease, refused when the place is no longer ours.

        Raises:
            Inconsistent: it was lost already.
        """
        if self._fence is None:
            raise Inconsistent(f"{self._subscription.consumer}: another process has taken over")
        self._until = self._office.clock.now() + self._office.rules.lease
        return [self._office.deliveries.moved(self._fence, cursor, self._until)]

    async def is_lost(self) -> bool:
        """Whether another process has the place; from then on nothing of ours is stored."""
        fence = self._fence
        if fence is None:
            return True
        found = await self._office.deliveries.place(fence.consumer)
        is_lost = found is None or found.token != fence.token
        if is_lost and self._fence is fence:
            self._fence = self._until = None
        return is_lost

    async def give_back(self) -> None:
        """Let another process have it at once."""
        fence, self._fence, self._until = self._fence, None, None
        if fence is not None:
            await self._office.write([self._office.deliveries.released(fence)])
