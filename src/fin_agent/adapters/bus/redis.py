"""The event bus over Redis Streams: SQLite stays the truth, Redis carries it.

Publishing writes the log and nothing else, so it goes on while Redis is down. A relay copies the
log into the stream, consumer groups read from there, and what a consumer has done is in its
database as without Redis.
"""

import asyncio
from collections.abc import Collection, Sequence

from fin_agent.adapters.bus.relay import Relay
from fin_agent.adapters.bus.stream import Stream
from fin_agent.adapters.bus.stream_source import StreamSource
from fin_agent.adapters.persistence.database import Database
from fin_agent.adapters.persistence.event_bus import SqliteEventBus
from fin_agent.adapters.persistence.office import Office
from fin_agent.adapters.persistence.side_by_side import side_by_side
from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.events import Event
from fin_agent.ports import EventBusPort, Handler

_LOOK_S = 0.5  # how often an idle relay sees whether Redis still has what it was given
_AGAIN_S = 0.1  # between attempts to reach it
_BLOCK_MS = 1_000


class RedisEventBus(EventBusPort):
    """One process on one stream; ``relay`` counts what had to be sent again."""

    def __init__(self, office: Office, database: Database, stream: Stream) -> None:
        self._stream = stream
        self.relay = Relay(stream, database, office)
        self._bus = SqliteEventBus(office, lambda: StreamSource(stream, self.relay, office))
        self._grown = asyncio.Event()
        self._is_verified = False
        office.store.committed.append(self._grown.set)

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
        self._bus.subscribe(consumer, types, handler, from_now=from_now, observes=observes)

    def depths(self) -> dict[str, int]:
        """How many events each consumer of this process has not done."""
        return self._bus.depths()

    async def run(self) -> None:
        """Deliver until cancelled; while Redis is down events wait in the log.

        Raises:
            ConfigError: Redis may lose what it is given; every setting is named.
            Inconsistent: the stream belongs to another log.
        """
        await side_by_side(self._keep_filled(), self._listen(), self._bus.run())

    async def drain(self) -> None:
        """Deliver what is due now.

        Raises:
            Unavailable: Redis does not answer.
        """
        await self._verify()
        await self.relay.fill()
        await self._bus.drain()
        while await self.relay.fill():
            await self._bus.drain()
        await self.relay.trim()

    async def stop(self) -> None:
        """Give every place back after ``drain``; ``run`` does it by itself."""
        await self._bus.stop()

    async def close(self) -> None:
        """Leave the server."""
        await self._stream.close()

    async def _verify(self) -> None:
        if not self._is_verified:
            await self._stream.verify()
            self._is_verified = True

    async def _keep_filled(self) -> None:
        while True:
            self._grown.clear()
            try:
                await self._verify()
                if await self.relay.fill():
                    self._bus.wake()
                await self.relay.trim()
            except (Unavailable, Refused):
                self._is_verified = False  # another server may come back in its place
                await asyncio.sleep(_AGAIN_S)
                continue
            try:
                async with asyncio.timeout(_LOOK_S):
                    await self._grown.wait()
            except TimeoutError:
                continue

    async def _listen(self) -> None:
        """Wake the consumers for what any process has put into the stream."""
        last = "0-0"
        while True:
            try:
                seen = await self._stream.wait(last, _BLOCK_MS)
            except (Unavailable, Refused):
                seen = last = "0-0"
                await asyncio.sleep(_AGAIN_S)
            if seen != last:
                last = seen
                self._bus.wake()
