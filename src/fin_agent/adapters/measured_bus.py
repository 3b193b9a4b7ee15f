"""A bus that measures how long its consumers take; it changes nothing else."""

from collections.abc import Collection, Sequence
from time import perf_counter

from fin_agent.adapters.metrics import Metrics
from fin_agent.domain.events import Event
from fin_agent.ports import EventBusPort, Handler, UnitOfWork


class MeasuredBus(EventBusPort):
    """Passes everything on to the real bus."""

    def __init__(self, bus: EventBusPort, metrics: Metrics) -> None:
        self._bus = bus
        self._metrics = metrics

    async def publish(self, events: Sequence[Event]) -> None:
        await self._bus.publish(events)

    def subscribe(
        self,
        consumer: str,
        types: Collection[str],
        handler: Handler,
        *,
        from_now: bool = False,
        observes: bool = False,
    ) -> None:
        processing = self._metrics.processing.labels(consumer)

        async def measured(event: Event, work: UnitOfWork) -> None:
            began = perf_counter()
            try:
                await handler(event, work)
            finally:
                processing.observe(perf_counter() - began)

        self._bus.subscribe(consumer, types, measured, from_now=from_now, observes=observes)

    async def run(self) -> None:
        await self._bus.run()

    async def drain(self) -> None:
        await self._bus.drain()
