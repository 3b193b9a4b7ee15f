"""The event log and its projections in SQLite."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date

from fin_agent.adapters.persistence.database import Database
from fin_agent.adapters.persistence.newest import Newest
from fin_agent.adapters.persistence.rows import (
    advice_row,
    event_rows,
    fill_row,
    intent_row,
    latch_of,
    latch_row,
    note_row,
    notice_row,
    trade_row,
)
from fin_agent.adapters.persistence.stored_day import events_in, stored_day, trades_in
from fin_agent.adapters.persistence.transactions import Batch
from fin_agent.adapters.persistence.work import Work
from fin_agent.domain.control import Latch, StoredDay
from fin_agent.domain.events import Event
from fin_agent.ports import ClockPort, StorePort, UnitOfWork

_INTENT_SQL = (  # not OR REPLACE: that would delete another live exit of the symbol
    "INSERT INTO intent VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (client_order_id) DO UPDATE SET state = excluded.state,"
    " send_count = excluded.send_count, filled = excluded.filled, broker_id = excluded.broker_id,"
    " sent_at = excluded.sent_at, document = excluded.document"
)
_FILL_SQL = "INSERT OR IGNORE INTO execution VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_TRADE_SQL = "INSERT OR REPLACE INTO trade VALUES (?, ?, ?, ?, ?)"
_NOTE_SQL = "INSERT OR IGNORE INTO trade_note VALUES (?, ?, ?, ?, ?, ?)"
_PLAN_SQL = "INSERT OR REPLACE INTO plan VALUES (?, ?, ?, ?)"
_LATCH_SQL = "INSERT OR IGNORE INTO latch VALUES (?, ?, ?, ?)"
_DROP_SQL = "DELETE FROM latch WHERE kind = ?"
_NOTICE_SQL = "INSERT OR IGNORE INTO notice VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL)"
_HEARD_SQL = (
    "UPDATE notice SET acknowledged_at = ? WHERE severity = 'critical' AND acknowledged_at IS NULL"
)
_PROGRESS_SQL = (
    "INSERT INTO progress VALUES (?, ?)"
    " ON CONFLICT (session_date) DO UPDATE SET minute = excluded.minute"
)
_UNFINISHED_SQL = (
    "SELECT session_date FROM event_log WHERE type = 'SessionOpened' AND session_date < ?"
    " AND session_date NOT IN (SELECT session_date FROM event_log WHERE type = 'SessionClosed')"
    " ORDER BY session_date"
)
_TURN = 8  # commits: the writing goes on by a few steps, and each costs a look at the loop
BATCH = 4_000  # events: a run writes several times, and waits for the last one only


class EventStore(StorePort):
    """One writer on one database.

    ``batched`` collects transactions and writes them together when there are enough of them and
    when the store is closed: for replays and backtests, whose file can be made again. The run goes
    on while a batch is written; if that fails, the next batch or the end of the run says so.
    ``committed`` are called after events became durable, ``written`` of them since the start;
    the ``newest`` of them stay in memory for who reads on.
    """

    def __init__(self, database: Database, clock: ClockPort, *, batched: bool) -> None:
        self._database = database
        self._clock = clock
        self._batched = batched
        self._waiting = Work()
        self._writing: asyncio.Task[None] | None = None
        self._kept = 0
        self.committed: list[Callable[[], None]] = []
        self.newest = Newest()
        self.written = 0

    def begin(self) -> AbstractAsyncContextManager[UnitOfWork]:
        return _Batched(self) if self._batched else _Transaction(self)

    async def events(self, session_date: date, *, decisions: bool = False) -> Sequence[Event]:
        await self.flush()
        return await events_in(self._database, session_date, decisions=decisions)

    async def trades(
        self, first: date | None = None, last: date | None = None
    ) -> Sequence[Mapping[str, object]]:
        await self.flush()
        return await trades_in(self._database, first, last)

    async def day(self, session_date: date) -> StoredDay:
        await self.flush()
        return await stored_day(self._database, session_date)

    async def unfinished(self, before: date) -> Sequence[date]:
        """The session dates before a day that were opened and never closed, oldest first."""
        rows = await self._database.rows(_UNFINISHED_SQL, (before.isoformat(),))
        return [date.fromisoformat(str(row["session_date"])) for row in rows]

    async def latches(self) -> Sequence[Latch]:
        rows = await self._database.rows("SELECT * FROM latch ORDER BY at, kind, exchange_date")
        return [latch_of(row) for row in rows]

    async def relieve(self) -> None:
        self._database.release_reserve()

    async def keep(self, work: Work) -> None:
        """Let a transaction wait with the others, and write them when they are enough."""
        self._waiting.take(work)
        if len(self._waiting.logged) >= BATCH:
            await self._written()
            work, self._waiting = self._waiting, Work()
            self._writing = asyncio.create_task(self.write(work))
        self._kept += 1
        is_writing = self._writing is not None and not self._writing.done()
        if is_writing and self._kept % _TURN == 0:
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

    async def _written(self) -> None:
        """Wait for the batch that is being written; a failed one fails all that comes after it."""
        if self._writing is not None:
            await self._writing

    def unit(self) -> Work:
        """A unit of work that is written with ``write``."""
        return Work()

    async def write(self, work: Work, also: Sequence[Batch] = ()) -> None:
        """Make one transaction durable, all of it or nothing; ``also`` is written with it."""
        projected = () if work.is_log_only else self._projected(work)
        rows, before = event_rows(work.logged, self._clock.now().isoformat()), None
        try:
            before = await self._database.write([*projected, *also], events=rows)
        finally:
            if rows:
                self.newest.add(before, work.logged)
        if rows:
            self.written += len(rows)
            for notify in self.committed:
                notify()

    def _projected(self, work: Work) -> Sequence[tuple[str, Sequence[Sequence[object]]]]:
        whole = not self._batched
        return [
            (_PLAN_SQL, [advice_row(advice) for advice in work.advice]),
            (_INTENT_SQL, [intent_row(i, documented=whole) for i in work.intents.values()]),
            (_FILL_SQL, [fill_row(fill, documented=whole) for fill in work.fills]),
            (_TRADE_SQL, [trade_row(trade) for trade in work.trades.values()]),
            (_NOTE_SQL, [note_row(note) for note in work.notes]),
            (_DROP_SQL, [(kind.value,) for kind in work.dropped]),
            (_LATCH_SQL, [latch_row(latch) for latch in work.latches]),
            (_PROGRESS_SQL, [(d.isoformat(), m) for d, m in work.progress.items()]),
            (_NOTICE_SQL, [notice_row(notice) for notice in work.notices]),
            (_HEARD_SQL, [] if work.heard_at is None else [(work.heard_at.isoformat(),)]),
        ]


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
