"""The event log and its projections in SQLite."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date

from fin_agent.adapters.persistence.database import Database
from fin_agent.adapters.persistence.many_rows import Batch, packed
from fin_agent.adapters.persistence.rows import (
    GENESIS_HASH,
    advice_row,
    event_of,
    event_rows,
    fill_row,
    intent_row,
    latch_of,
    latch_row,
    trade_row,
)
from fin_agent.adapters.persistence.stored_day import stored_day
from fin_agent.adapters.persistence.work import Work
from fin_agent.domain.control import Latch, StoredDay
from fin_agent.domain.events import Event
from fin_agent.ports import ClockPort, StorePort, UnitOfWork

_EVENT_SQL = (
    "INSERT INTO event_log (event_id, type, version, session_date, account, occurred_at,"
    " recorded_at, valid_until, correlation_id, causation_id, is_decision, payload, row_hash)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_INTENT_SQL = (  # not OR REPLACE: that would delete another live exit of the symbol
    "INSERT INTO intent VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (client_order_id) DO UPDATE SET state = excluded.state,"
    " send_count = excluded.send_count, filled = excluded.filled, broker_id = excluded.broker_id,"
    " sent_at = excluded.sent_at, document = excluded.document"
)
_FILL_SQL = "INSERT OR IGNORE INTO execution VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_TRADE_SQL = "INSERT OR REPLACE INTO trade VALUES (?, ?, ?, ?, ?)"
_PLAN_SQL = "INSERT OR REPLACE INTO plan VALUES (?, ?, ?, ?)"
_LATCH_SQL = "INSERT OR IGNORE INTO latch VALUES (?, ?, ?, ?)"
_DROP_SQL = "DELETE FROM latch WHERE kind = ?"
_PROGRESS_SQL = (
    "INSERT INTO progress VALUES (?, ?)"
    " ON CONFLICT (session_date) DO UPDATE SET minute = excluded.minute"
)
_EVENTS_SQL = "SELECT * FROM event_log WHERE session_date = ? AND is_decision >= ? ORDER BY seq"
BATCH = 4_000  # events: a run writes several times, and waits for the last one only


class EventStore(StorePort):
    """One writer on one database.

    ``batched`` collects transactions and writes them together when there are enough of them and
    when the store is closed: for replays and backtests, whose file can be made again. The run goes
    on while a batch is written; if that fails, the next batch or the end of the run says so.
    """

    def __init__(self, database: Database, clock: ClockPort, *, batched: bool) -> None:
        self._database = database
        self._clock = clock
        self._batched = batched
        self._head: str | None = None
        self._waiting = Work()
        self._writing: asyncio.Task[None] | None = None

    def begin(self) -> AbstractAsyncContextManager[UnitOfWork]:
        return _Batched(self) if self._batched else _Transaction(self)

    async def events(self, session_date: date, *, decisions: bool = False) -> Sequence[Event]:
        await self.flush()
        values = (session_date.isoformat(), int(decisions))
        return [event_of(row) for row in await self._database.rows(_EVENTS_SQL, values)]

    async def trades(
        self, first: date | None = None, last: date | None = None
    ) -> Sequence[Mapping[str, object]]:
        await self.flush()
        sql = (
            "SELECT document FROM trade WHERE session_date BETWEEN ? AND ?"
            " ORDER BY session_date, entry_time, symbol"
        )
        bounds = [(first or date.min).isoformat(), (last or date.max).isoformat()]
        return [json.loads(row["document"]) for row in await self._database.rows(sql, bounds)]

    async def day(self, session_date: date) -> StoredDay:
        await self.flush()
        return await stored_day(self._database, session_date)

    async def latches(self) -> Sequence[Latch]:
        rows = await self._database.rows("SELECT * FROM latch ORDER BY at, kind, exchange_date")
        return [latch_of(row) for row in rows]

    async def keep(self, work: Work) -> None:
        """Let a transaction wait with the others, and write them when they are enough."""
        self._waiting.take(work)
        if len(self._waiting.logged) >= BATCH:
            await self._written()
            work, self._waiting = self._waiting, Work()
            head = await self._known_head()
            batches, self._head = self._batches(work, head)
            self._writing = asyncio.create_task(self._database.write(batches))
        if self._writing is not None and not self._writing.done():
            await asyncio.sleep(0)  # a run never waits: without this the task would not go on

    async def flush(self) -> None:
        """Write what waits."""
        await self._written()
        work, self._waiting = self._waiting, Work()
        if not work.is_empty:
            await self.write(work)

    async def close(self) -> None:
        try:
            await self.flush()
        finally:
            await self._database.close()  # its thread would keep the process alive for ever

    async def write(self, work: Work) -> None:
        """Make one transaction durable, all of it or nothing."""
        batches, head = self._batches(work, await self._known_head())
        await self._database.write(batches)
        self._head = head

    async def _written(self) -> None:
        """Wait for the batch that is being written; a failed one fails all that comes after it."""
        if self._writing is not None:
            await self._writing

    def _batches(self, work: Work, head: str) -> tuple[list[Batch], str]:
        """A transaction as statements with their rows, and the hash of its last event."""
        events = event_rows(work.logged, self._clock.now().isoformat(), head)
        whole = not self._batched
        intents = [intent_row(intent, documented=whole) for intent in work.intents.values()]
        batches: list[Batch] = [
            *packed(_EVENT_SQL, events),
            (_PLAN_SQL, [advice_row(advice) for advice in work.advice]),
            *packed(_INTENT_SQL, intents),
            *packed(_FILL_SQL, [fill_row(fill, documented=whole) for fill in work.fills]),
            *packed(_TRADE_SQL, [trade_row(trade) for trade in work.trades.values()]),
            (_DROP_SQL, [(kind.value,) for kind in work.dropped]),
            (_LATCH_SQL, [latch_row(latch) for latch in work.latches]),
            (_PROGRESS_SQL, [(d.isoformat(), m) for d, m in work.progress.items()]),
        ]
        last = str(events[-1][-1]) if events else head
        return [batch for batch in batches if batch[1]], last

    async def _known_head(self) -> str:
        return self._head if self._head is not None else await self._stored_head()

    async def _stored_head(self) -> str:
        rows = await self._database.rows("SELECT row_hash FROM event_log ORDER BY seq DESC LIMIT 1")
        return str(rows[0]["row_hash"]) if rows else GENESIS_HASH


class _Transaction(AbstractAsyncContextManager[UnitOfWork]):
    """Written when the block ends without an error."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._work = Work()

    async def __aenter__(self) -> UnitOfWork:
        return self._work

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            await self._store.write(self._work)


class _Batched(AbstractAsyncContextManager[UnitOfWork]):
    """Added to what waits when the block ends without an error."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._work = Work()

    async def __aenter__(self) -> UnitOfWork:
        return self._work

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            await self._store.keep(self._work)
