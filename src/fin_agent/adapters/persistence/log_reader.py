"""Reads the event log beside the process that writes it: another process, a dashboard, a stream."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from fin_agent.adapters.persistence.connection import (
    StateConnection,
    connector,
    fetch,
    set_pragmas,
)
from fin_agent.adapters.persistence.health import told
from fin_agent.adapters.persistence.rows import event_of
from fin_agent.adapters.persistence.schema import newest_schema, schema_of
from fin_agent.domain.errors import CorruptData
from fin_agent.domain.events import Event

_READ = 500
_POLL_S = 0.05
_PRAGMAS = (("query_only", "ON", 1), ("trusted_schema", "OFF", 0), ("cell_size_check", "ON", 1))
_LAST = "SELECT * FROM event_log ORDER BY seq DESC LIMIT ?"
_AFTER = "SELECT * FROM event_log WHERE seq > ? ORDER BY seq LIMIT ?"
_NAMED = "SELECT * FROM event_log WHERE substr(event_id, 1, length(?)) = ? ORDER BY seq LIMIT 2"
_FATES = (
    "SELECT consumer, 'done' AS state, done_at AS at, 0 AS attempts, '' AS reason FROM inbox"
    " WHERE event_id = ?"
    " UNION ALL SELECT consumer, state, failed_at, attempts, reason FROM delivery"
    " WHERE event_id = ? ORDER BY consumer"
)


class Recorded(NamedTuple):
    """An event with its place in the log and the wall time at which it was stored."""

    seq: int
    event: Event
    recorded_at: datetime


class LogReader:
    """A read-only connection; open it with ``reading``."""

    def __init__(self, connection: StateConnection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._grown = asyncio.Event()

    async def rows(self, sql: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
        """Every row of a query as a mapping."""
        try:
            return await self._connection.run(fetch, sql, tuple(values))
        except sqlite3.Error as error:
            raise told(self._path, error) from error

    async def hold_still(self) -> None:
        """From here on everything read is of one moment, until the reader is closed."""
        await self.rows("BEGIN")

    async def last(self, count: int) -> list[Recorded]:
        """The newest events, oldest of them first."""
        return [_recorded(row) for row in reversed(await self.rows(_LAST, [count]))]

    async def named(self, event_id: str) -> list[Recorded]:
        """The event with this id, or up to two whose id begins with it."""
        return [_recorded(row) for row in await self.rows(_NAMED, [event_id, event_id])]

    async def fates(self, event_id: str) -> list[dict[str, Any]]:
        """What each consumer did with an event: done, retry or dead; no row before that."""
        return await self.rows(_FATES, [event_id, event_id])

    def wake(self) -> None:
        """The log has grown: for followers in the process that writes it."""
        self._grown.set()

    async def follow(self, after: int = 0) -> AsyncIterator[Recorded]:
        """Every event behind a place, once and in order, as it is stored; never ends.

        A place is given when its transaction commits and there is one writer, so nothing can
        appear behind a follower.
        """
        while True:
            self._grown.clear()
            found = await self.rows(_AFTER, [after, _READ])
            for row in found:
                after = row["seq"]
                yield _recorded(row)
            if not found:
                try:
                    async with asyncio.timeout(_POLL_S):
                        await self._grown.wait()
                except TimeoutError:
                    continue


def _recorded(row: Mapping[str, Any]) -> Recorded:
    return Recorded(row["seq"], event_of(row), datetime.fromisoformat(row["recorded_at"]))


@asynccontextmanager
async def reading(path: Path) -> AsyncIterator[LogReader]:
    """Open a state database for reading only; its writer may be at work.

    Raises:
        CorruptData: there is none, it is not ours or damaged, or has another schema.
    """
    _must_exist(path)
    connection = StateConnection(connector(path, read_only=True))
    try:
        await connection.open()
    except sqlite3.Error as error:
        raise told(path, error) from error
    try:
        await connection.run(_prepare, path)
        yield LogReader(connection, path)
    finally:
        await connection.close()


def _must_exist(path: Path) -> None:
    if not path.is_file():
        raise CorruptData(
            f"{path}: there is no such database; the first run of the agent makes one"
        )


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    try:
        set_pragmas(connection, path, _PRAGMAS)
        schema = schema_of(connection, path)
    except sqlite3.Error as error:
        raise told(path, error) from error
    if schema != newest_schema():
        raise CorruptData(
            f"{path}: schema {schema} is older than this program; fin-agent db migrate"
        )
