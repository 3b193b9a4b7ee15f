"""The event log and its projections in SQLite."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import date

from fin_agent.adapters.persistence.database import Database
from fin_agent.adapters.persistence.log_writer import Batch, LogWriter, Unit
from fin_agent.adapters.persistence.rows import (
    event_of,
    fill_row,
    intent_row,
    trade_row,
)
from fin_agent.domain.events import Event
from fin_agent.domain.journal import TradeRecord
from fin_agent.domain.order import ExitIntent, Fill, OrderIntent
from fin_agent.ports import ClockPort, StorePort, UnitOfWork

_INTENT_SQL = (  # not OR REPLACE: that would delete another live exit of the symbol
    "INSERT INTO intent VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (client_order_id) DO UPDATE SET state = excluded.state,"
    " send_count = excluded.send_count, filled = excluded.filled, broker_id = excluded.broker_id"
)
_FILL_SQL = "INSERT OR IGNORE INTO execution VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_TRADE_SQL = "INSERT OR REPLACE INTO trade VALUES (?, ?, ?, ?, ?)"
_EVENTS_SQL = "SELECT * FROM event_log WHERE session_date = ? AND is_decision >= ? ORDER BY seq"
_BATCH = 20_000


class EventStore(StorePort):
    """One writer on one database.

    ``batched`` collects transactions and writes them together when there are enough of them and
    when the store is closed: for replays and backtests, whose file can be made again.
    """

    def __init__(self, database: Database, clock: ClockPort, *, batched: bool) -> None:
        self._database = database
        self.log = LogWriter(database, clock)
        self._batched = batched
        self._waiting = Work()

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

    async def keep(self, work: "Work") -> None:
        """Let a transaction wait with the others, and write them when they are enough."""
        self._waiting.take(work)
        if len(self._waiting.logged) >= _BATCH:
            await self.flush()

    async def flush(self) -> None:
        """Write what waits."""
        work, self._waiting = self._waiting, Work()
        if not work.is_empty:
            await self.write(work)

    async def close(self) -> None:
        try:
            await self.flush()
        finally:
            await self._database.close()  # its thread would keep the process alive for ever

    async def write(self, work: "Work", also: Sequence[Batch] = ()) -> None:
        """Make one transaction durable, all of it or nothing; ``also`` is written with it."""
        await self.log.write(Unit(work.logged, (*work.batches(), *also)))

    def unit(self) -> "Work":
        """A unit of work that is written with ``write``."""
        return Work()


class Work(UnitOfWork):
    """What one transaction, or one batch of them, brings."""

    def __init__(self) -> None:
        self.logged: list[Event] = []
        self.intents: dict[str, OrderIntent | ExitIntent] = {}
        self.fills: list[Fill] = []
        self.trades: dict[str, TradeRecord] = {}

    @property
    def is_empty(self) -> bool:
        return not (self.logged or self.intents or self.fills or self.trades)

    def batches(self) -> Sequence[Batch]:
        """Everything but the events, as statements with their rows."""
        return (
            (_INTENT_SQL, [intent_row(intent) for intent in self.intents.values()]),
            (_FILL_SQL, [fill_row(fill) for fill in self.fills]),
            (_TRADE_SQL, [trade_row(trade) for trade in self.trades.values()]),
        )

    def append(self, events: Sequence[Event]) -> None:
        self.logged.extend(events)

    def save_intent(self, intent: OrderIntent | ExitIntent) -> None:
        self.intents[intent.client_order_id] = intent

    def save_fill(self, fill: Fill) -> None:
        self.fills.append(fill)

    def save_trade(self, trade: TradeRecord) -> None:
        self.trades[trade.trade_id] = trade

    def take(self, work: "Work") -> None:
        """Add what another transaction brings."""
        self.logged += work.logged
        self.intents |= work.intents
        self.fills += work.fills
        self.trades |= work.trades


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


class NoStore(StorePort):
    """Keeps the events of a run in memory only: scans and questions leave nothing behind."""

    def __init__(self) -> None:
        self._work = Work()

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[UnitOfWork]:
        yield self._work

    def begin(self) -> AbstractAsyncContextManager[UnitOfWork]:
        return self._transaction()

    async def events(self, session_date: date, *, decisions: bool = False) -> Sequence[Event]:
        return [
            event
            for event in self._work.logged
            if event.session_date == session_date and (event.is_decision or not decisions)
        ]

    async def trades(
        self, first: date | None = None, last: date | None = None
    ) -> Sequence[Mapping[str, object]]:
        found = self._work.trades.values()
        return [
            json.loads(str(trade_row(trade)[-1]))
            for trade in found
            if (first is None or trade.session_date >= first)
            and (last is None or trade.session_date <= last)
        ]

    async def close(self) -> None:
        """Nothing to release."""
