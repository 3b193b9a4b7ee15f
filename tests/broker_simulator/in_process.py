"""The engine behind the adapter's own transport: no sockets, and time is what the clock says."""

import json as json_text
from collections.abc import Awaitable, Callable, Mapping

from fin_agent.adapters.alpaca_wire.transport import Answer
from fin_agent.domain.errors import Ambiguous, Unavailable
from fin_agent.ports import ClockPort
from tests.broker_simulator.engine import Engine
from tests.broker_simulator.replies import Drop

Sleep = Callable[[float], Awaitable[None]]


async def _no_time(_seconds: float) -> None:
    """Waits nothing: for tests in which time stands still."""


class EngineTransport:
    """Each request is handled at the clock's time.

    ``sleep`` waits in that same time, for slow answers and time-outs. ``flight_s`` passes before a
    request is handled and again before its answer is there.
    """

    def __init__(
        self,
        engine: Engine,
        clock: ClockPort,
        sleep: Sleep = _no_time,
        *,
        timeout_s: float = 10.0,
        flight_s: float = 0.0,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._sleep = sleep
        self._timeout_s = timeout_s
        self._flight_s = flight_s

    async def request(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, object] | None = None,
    ) -> Answer:
        await self._pass(self._flight_s)
        body = b"" if json is None else json_text.dumps(json).encode()
        now = self._clock.now().timestamp()
        reply = self._engine.handle(method, path, dict(params or {}), body, now)
        if isinstance(reply, Drop):
            if reply.unreachable:
                raise Unavailable(f"{method} {path}: no connection")
            await self._pass(self._timeout_s if reply.hang else self._flight_s)
            raise Ambiguous(f"{method} {path}: no whole answer")
        if reply.delay >= self._timeout_s:
            await self._pass(self._timeout_s)
            raise Ambiguous(f"{method} {path}: no answer in time")
        await self._pass(self._flight_s + reply.delay)
        reset = reply.headers.get("X-RateLimit-Reset")
        return Answer(reply.status, reply.body, float(reset) if reset else None)

    async def _pass(self, seconds: float) -> None:
        if seconds > 0.0:
            await self._sleep(seconds)

    async def close(self) -> None:
        """Holds nothing open."""
