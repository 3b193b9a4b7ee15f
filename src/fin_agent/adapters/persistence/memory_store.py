"""A store for what leaves nothing behind."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import date

from fin_agent.adapters.persistence.rows import trade_row
from fin_agent.adapters.persistence.work import Work
from fin_agent.domain.control import Latch, StoredDay
from fin_agent.domain.events import Event
from fin_agent.ports import StorePort, UnitOfWork


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

    async def day(self, session_date: date) -> StoredDay:
        return StoredDay(await self.events(session_date))

    async def latches(self) -> Sequence[Latch]:
        return self._work.latches

    async def relieve(self) -> None:
        """Memory keeps nothing in reserve."""

    async def close(self) -> None:
        """Nothing to release."""
