"""The one way into the event log: units of writing in order, many of them in one transaction.

The row hash chain needs one order, and the disk needs few transactions. What comes while a
transaction runs waits and is written together with everything else that waits.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fin_agent.adapters.persistence.database import Database
from fin_agent.adapters.persistence.rows import GENESIS_HASH, event_rows
from fin_agent.domain.errors import StateUnavailable
from fin_agent.domain.events import Event
from fin_agent.ports import ClockPort

Batch = tuple[str, Sequence[Sequence[object]]]

_EVENT_SQL = (
    "INSERT INTO event_log (event_id, type, version, session_date, account, occurred_at,"
    " recorded_at, valid_until, correlation_id, causation_id, is_decision, payload, row_hash)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_TOGETHER = 1_000  # units in one transaction: bounds how long the first of them waits


@dataclass(frozen=True, slots=True)
class Unit:
    """What is stored together or not at all."""

    events: Sequence[Event]
    batches: Sequence[Batch] = ()


class LogWriter:
    """Appends to the log of one database; ``committed`` are called after events became durable."""

    def __init__(self, database: Database, clock: ClockPort) -> None:
        self._database = database
        self._clock = clock
        self._head: str | None = None
        self._waiting: list[tuple[Unit, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self.committed: list[Callable[[], None]] = []
        self.written = 0  # events, since this writer was made

    async def write(self, unit: Unit) -> None:
        """Make a unit durable. A cancelled caller does not know whether it was.

        Raises:
            Inconsistent: a row breaks a rule of the schema; nothing of the unit is stored.
            StateUnavailable: the file cannot be written.
        """
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((unit, done))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_waiting())
        await done

    async def _write_waiting(self) -> None:
        try:
            while self._waiting:
                together, self._waiting = self._waiting[:_TOGETHER], self._waiting[_TOGETHER:]
                await self._write_group([pair for pair in together if not pair[1].cancelled()])
        finally:
            self._writing = None

    async def _write_group(self, group: Sequence[tuple[Unit, asyncio.Future[None]]]) -> None:
        units = [unit for unit, _ in group]
        storing = asyncio.create_task(self._store(units))
        await asyncio.wait({storing})  # whatever goes wrong in it is for the callers to know
        error = storing.exception()
        if error is not None:
            self._head = None  # the file knows it
            if len(group) > 1 and not isinstance(error, StateUnavailable):
                for pair in group:  # one of them is to blame: the others must not suffer for it
                    await self._write_group([pair])
                return
        for _, done in group:
            if done.cancelled():
                continue
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)
        if error is None and any(unit.events for unit in units):
            for notify in self.committed:
                notify()

    async def _store(self, units: Sequence[Unit]) -> None:
        """One transaction."""
        head = self._head if self._head is not None else await self._stored_head()
        events = [event for unit in units for event in unit.events]
        rows = event_rows(events, self._clock.now().isoformat(), head)
        batches = [batch for unit in units for batch in unit.batches if batch[1]]
        await self._database.write([(_EVENT_SQL, rows), *batches] if rows else batches)
        self._head = str(rows[-1][-1]) if rows else head
        self.written += len(rows)

    async def _stored_head(self) -> str:
        rows = await self._database.rows("SELECT row_hash FROM event_log ORDER BY seq DESC LIMIT 1")
        return str(rows[0]["row_hash"]) if rows else GENESIS_HASH
