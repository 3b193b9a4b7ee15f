"""The event bus on the event log: the log is the truth, delivery state lies beside it."""

import asyncio
from collections.abc import Callable, Collection, Sequence

from fin_agent.adapters.persistence.consumer import Consumer
from fin_agent.adapters.persistence.courier import handling
from fin_agent.adapters.persistence.office import LogSource, Office, Source, Subscription
from fin_agent.adapters.persistence.side_by_side import side_by_side
from fin_agent.domain.errors import InvalidValue
from fin_agent.domain.events import Event
from fin_agent.ports import EventBusPort, Handler


class SqliteEventBus(EventBusPort):
    """Publishes by appending to the log; ``source`` gives each consumer its events from there."""

    def __init__(self, office: Office, source: Callable[[], Source] | None = None) -> None:
        self._office = office
        self._source = source or (lambda: LogSource(office))
        self._consumers: dict[str, Consumer] = {}
        self._moved = asyncio.Event()
        self._head_before = 0
        self._is_running = False
        office.store.committed.append(self.wake)

    async def publish(self, events: Sequence[Event]) -> None:
        """Make events durable.

        Waits while a consumer of this process is further behind than the rules allow. A handler
        never waits: it would wait for itself.

        Raises:
            Inconsistent: one of the events is in the log already; none of them is stored.
            StateUnavailable: the log cannot be written.
        """
        while not handling.get() and self._is_running and self._is_far_behind():
            self._moved.clear()
            await self._moved.wait()
        async with self._office.store.begin() as work:
            work.append(events)

    def subscribe(
        self,
        consumer: str,
        types: Collection[str],
        handler: Handler,
        *,
        from_now: bool = False,
        observes: bool = False,
    ) -> None:
        """Add a consumer.

        Raises:
            InvalidValue: there is one of that name already.
        """
        if consumer in self._consumers:
            raise InvalidValue(f"consumer {consumer!r} is subscribed already")
        subscription = Subscription(consumer, frozenset(types), handler, from_now, observes)
        self._consumers[consumer] = Consumer(
            subscription, self._office, self._source(), self._note_move
        )

    async def run(self) -> None:
        self._head_before = await self._office.deliveries.head() - self._office.store.written
        self._is_running = True
        try:
            work = [consumer.run() for consumer in self._consumers.values()]
            await side_by_side(*work, asyncio.Event().wait())
        finally:
            self._is_running = False
            self._note_move()

    async def drain(self) -> None:
        written = -1
        while written != self._office.store.written:  # a handler may have written for another
            written = self._office.store.written
            for consumer in self._consumers.values():
                await consumer.drain()

    async def stop(self) -> None:
        """Give every place back after ``drain``; ``run`` does it by itself."""
        for consumer in self._consumers.values():
            await consumer.stop()

    def depths(self) -> dict[str, int]:
        """How many events each consumer of this process has not done."""
        head = self._head_before + self._office.store.written
        return {name: consumer.behind(head) for name, consumer in self._consumers.items()}

    def wake(self) -> None:
        """The log has grown."""
        for consumer in self._consumers.values():
            consumer.wake()

    def reload(self) -> None:
        """Dead letters were requeued."""
        for consumer in self._consumers.values():
            consumer.wake(reload=True)

    def _is_far_behind(self) -> bool:
        head, allowed = (
            self._head_before + self._office.store.written,
            self._office.rules.backlog,
        )
        return any(consumer.behind(head) >= allowed for consumer in self._consumers.values())

    def _note_move(self) -> None:
        self._moved.set()
