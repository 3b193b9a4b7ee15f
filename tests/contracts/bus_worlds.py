"""Each implementation of the event bus with its storage, a clock to set, and crashes to order."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from fin_agent.adapters.persistence.database import Database, open_database
from fin_agent.adapters.persistence.dead_letters import DeadLetters
from fin_agent.adapters.persistence.deliveries import Deliveries
from fin_agent.adapters.persistence.event_bus import SqliteEventBus
from fin_agent.adapters.persistence.event_store import EventStore
from fin_agent.adapters.persistence.event_types import EventType, EventTypes
from fin_agent.adapters.persistence.office import Office
from fin_agent.adapters.persistence.payloads import Payload
from fin_agent.adapters.persistence.rows import event_of
from fin_agent.domain.delivery import DeadLetter, DeliveryRules
from fin_agent.domain.events import Event
from fin_agent.ports import ClockPort, EventBusPort, UnitOfWork
from fin_agent.testing.builders import DAY
from fin_agent.testing.memory_bus import MemoryDeliveries, MemoryEventBus

START = datetime(2025, 3, 12, 14, 0, tzinfo=UTC)
RULES = DeliveryRules(timeout=timedelta(milliseconds=50))
ORDER_TYPES = frozenset({"Order"})


class Thing(Payload):
    number: int


def _from_one(payload: dict[str, object]) -> dict[str, object]:
    return {"unit": "none", **payload}


def _from_two(payload: dict[str, object]) -> dict[str, object]:
    rest = {key: value for key, value in payload.items() if key != "count"}
    return {**rest, "number": payload["count"]}


def _from_three(payload: dict[str, object]) -> dict[str, object]:
    return payload


TYPES = EventTypes(
    {
        "Thing": EventType(Thing),
        "Order": EventType(Thing),
        "Other": EventType(Thing),
        "SignalExpired": EventType(Payload),
        "Grown": EventType(Thing, 4, {1: _from_one, 2: _from_two, 3: _from_three}),
    }
)


class SetClock(ClockPort):
    """Moves when told to."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    def pass_by(self, span: timedelta) -> None:
        self.at += span


def an_event(
    number: int,
    *,
    key: str = "",
    kind: str = "Thing",
    version: int = 1,
    valid_until: datetime | None = None,
    payload: str | None = None,
) -> Event:
    return Event(
        event_id=f"event-{number}",
        type=kind,
        session_date=DAY,
        account="paper",
        occurred_at=START,
        payload=f'{{"number":{number}}}' if payload is None else payload,
        version=version,
        valid_until=valid_until,
        correlation_id=key,
    )


class BusWorld(ABC):
    """One storage; ``process`` starts a process on it, ``crash`` forgets one without a word."""

    def __init__(self, clock: SetClock | None = None) -> None:
        self.clock = clock or SetClock()
        self.reported: list[DeadLetter] = []

    async def report(self, letter: DeadLetter, work: UnitOfWork) -> None:
        self.reported.append(letter)

    @abstractmethod
    async def process(
        self, owner: str = "one", epoch: int = 0, rules: DeliveryRules = RULES
    ) -> EventBusPort: ...

    @abstractmethod
    async def log(self) -> Sequence[Event]: ...

    @abstractmethod
    async def dead(self) -> Sequence[DeadLetter]: ...

    @abstractmethod
    async def requeue(self, consumer: str, event_id: str) -> bool: ...

    async def close(self) -> None:
        return


class MemoryWorld(BusWorld):
    def __init__(self) -> None:
        super().__init__()
        self.deliveries = MemoryDeliveries()

    async def process(
        self, owner: str = "one", epoch: int = 0, rules: DeliveryRules = RULES
    ) -> MemoryEventBus:
        return MemoryEventBus(
            self.deliveries,
            self.clock,
            rules=rules,
            owner=(owner, epoch),
            read=TYPES.read,
            report=self.report,
            order_types=ORDER_TYPES,
        )

    async def log(self) -> Sequence[Event]:
        return self.deliveries.store.logged

    async def dead(self) -> Sequence[DeadLetter]:
        return list(self.deliveries.dead.values())

    async def requeue(self, consumer: str, event_id: str) -> bool:
        return self.deliveries.requeue(consumer, event_id)


class SqliteWorld(BusWorld):
    """A file; ``deliveries`` may be exchanged for a broken one to see that it is noticed."""

    def __init__(self, folder: Path, database: Database, clock: SetClock | None = None) -> None:
        super().__init__(clock)
        self.folder = folder
        self.database = database
        self.store = EventStore(database, self.clock, batched=False)
        self.deliveries: Deliveries = Deliveries(database)

    @classmethod
    async def made(cls, folder: Path) -> "SqliteWorld":
        return cls(folder, await open_database(folder / "state.db", durable=True))

    def office(self, owner: str = "one", epoch: int = 0, rules: DeliveryRules = RULES) -> Office:
        return Office(
            store=self.store,
            deliveries=self.deliveries,
            clock=self.clock,
            draw=Random(1).random,
            types=TYPES,
            report=self.report,
            order_types=ORDER_TYPES,
            owner=(owner, epoch),
            rules=rules,
        )

    async def process(
        self, owner: str = "one", epoch: int = 0, rules: DeliveryRules = RULES
    ) -> EventBusPort:
        return SqliteEventBus(self.office(owner, epoch, rules))

    async def log(self) -> Sequence[Event]:
        return [event_of(row) for row in await self.database.rows("SELECT * FROM event_log")]

    async def dead(self) -> Sequence[DeadLetter]:
        return await self.deliveries.dead_letters()

    async def requeue(self, consumer: str, event_id: str) -> bool:
        letters = DeadLetters(self.deliveries, self.clock)
        found = [letter for letter in await letters.all() if letter.event.event_id == event_id]
        mine = [letter for letter in found if letter.consumer == consumer]
        outcomes = await letters.requeue(mine, self.store)
        return any(outcome.is_requeued for outcome in outcomes)

    async def close(self) -> None:
        await self.store.close()


class Recorder:
    """A handler that remembers what it saw and writes one fact for each event it handles.

    ``failing`` raise so often, ``hanging`` never return.
    """

    def __init__(self, name: str = "desk") -> None:
        self.name = name
        self.seen: list[str] = []
        self.failing: dict[str, int] = {}
        self.hanging: set[str] = set()

    async def __call__(self, event: Event, work: UnitOfWork) -> None:
        self.seen.append(event.event_id)
        if event.event_id in self.hanging:
            await asyncio.Event().wait()
        left = self.failing.get(event.event_id, 0)
        if left:
            self.failing[event.event_id] = left - 1
            raise ValueError(f"cannot handle {event.event_id}")
        work.append([effect_of(event, self.name)])


def effect_of(event: Event, consumer: str) -> Event:
    """What a recorder writes; a second one of the same is told apart by nobody but the log."""
    return Event(
        event_id=f"{consumer}-{event.event_id}",
        type="Effect",
        session_date=DAY,
        account="paper",
        occurred_at=START,
        payload="{}",
    )


async def tried_out(world: BusWorld, bus: EventBusPort) -> None:
    """Deliver until every attempt that is left was made."""
    for _ in range(RULES.retries + 2):
        await bus.drain()
        world.clock.pass_by(RULES.longest_delay)
    await bus.drain()


async def effects(world: BusWorld) -> list[str]:
    return [event.event_id for event in await world.log() if event.type == "Effect"]
