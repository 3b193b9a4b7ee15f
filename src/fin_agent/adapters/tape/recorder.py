"""Records without ever being in the way: lines wait in memory, a thread writes them.

Nothing here blocks or fails towards those who trade. What cannot be written is counted, and told
once; ``kill -9`` loses at most what came since the last flush.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from fin_agent.adapters.tape.files import TapeFiles, TapeRules
from fin_agent.adapters.tape.line import AGENT, TapeLine
from fin_agent.domain.control import ErrorRaised
from fin_agent.domain.events import DomainEvent
from fin_agent.ports import ClockPort

Payload = bytes | Callable[[], bytes]
_A_PART = 1000  # lines: written in some 10 ms
_A_LINE = 256  # bytes in memory besides the payload
_LATER = 1 << 16  # assumed of a payload that is made when it is written
_HIDDEN = b"[redacted]"


@dataclass(slots=True)
class TapeStatistics:
    """Lines since the start."""

    recorded: int = 0
    written: int = 0
    dropped: int = 0


class _Waiting(NamedTuple):
    at: datetime
    source: str
    kind: str
    key: str
    payload: Payload
    size: int


class Tape:
    """The tape of one process; used inside ``async with``.

    ``secrets`` are blotted out wherever a provider repeats them.
    """

    def __init__(
        self,
        folder: Path,
        clock: ClockPort,
        tell: Callable[[DomainEvent], None],
        rules: TapeRules | None = None,
        secrets: tuple[str, ...] = (),
    ) -> None:
        self._rules = rules or TapeRules()
        self._files = TapeFiles(folder, self._rules)
        self._clock = clock
        self._tell = tell
        self._secrets = tuple((secret.encode(), secret) for secret in secrets if secret)
        self._waiting: list[_Waiting] = []
        self._answers: list[_Waiting] = []  # of the agent's ports: they go first
        self._bytes = 0
        self._is_told = False
        self._task: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()
        self._settling: set[asyncio.Task[None]] = set()
        self.statistics = TapeStatistics()

    def record(self, source: str, kind: str, key: str, payload: Payload) -> None:
        """Remember something that was received just now; a callable is asked when it is written."""
        size = _A_LINE + (len(payload) if isinstance(payload, bytes) else _LATER)
        self.statistics.recorded += 1
        if self._bytes + size > self._rules.queue_bytes:
            self._lose(1, "it is written too slowly")
            return
        self._bytes += size
        waiting = self._answers if source == AGENT else self._waiting
        waiting.append(_Waiting(self._clock.now(), source, kind, key, payload, size))

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._flush_on(), name="tape")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self.flush()
        await asyncio.to_thread(self._files.close)

    async def flush(self) -> None:
        """Hand everything that waits to the system, in parts: answers wait for one at most."""
        await self._flush_answers()
        left = len(self._waiting)
        while left > 0:
            async with self._writing:
                part, self._waiting = self._waiting[:_A_PART], self._waiting[_A_PART:]
                await self._hand_over(part)
            left -= _A_PART

    async def _flush_answers(self) -> None:
        async with self._writing:
            answers, self._answers = self._answers, []
            await self._hand_over(answers)

    async def _hand_over(self, lines: list[_Waiting]) -> None:
        """Write lines in a thread; there is one at a time."""
        if not lines:
            return
        self._bytes -= sum(line.size for line in lines)
        lost = await asyncio.to_thread(self._write, lines)
        self.statistics.written += len(lines) - lost
        if lost:
            self._lose(lost, str(self._files.problem))

    async def settle(self) -> None:
        """Flush answers before something is decided on them; a slow disk is not waited for."""
        flushing = asyncio.create_task(self._flush_answers())
        self._settling.add(flushing)
        flushing.add_done_callback(self._settling.discard)
        await asyncio.wait([flushing], timeout=self._rules.patience_s)

    async def _flush_on(self) -> None:
        while True:
            await asyncio.sleep(self._rules.every_s)
            await asyncio.shield(asyncio.create_task(self.flush()))

    def _write(self, waiting: list[_Waiting]) -> int:
        return self._files.write([self._line(one) for one in waiting])

    def _line(self, one: _Waiting) -> TapeLine:
        payload = one.payload if isinstance(one.payload, bytes) else one.payload()
        key = one.key
        for secret, text in self._secrets:
            if secret in payload:
                payload = payload.replace(secret, _HIDDEN)
            if text in key:
                key = key.replace(text, _HIDDEN.decode())
        return TapeLine(one.at, one.source, one.kind, key, payload)

    def _lose(self, lines: int, why: str) -> None:
        self.statistics.dropped += lines
        if not self._is_told:
            self._is_told = True
            problem = f"the tape loses lines: {why}"
            self._tell(ErrorRaised(problem, "free disk space; trading goes on without the tape"))
