"""aiosqlite's connection, with whole transactions in one hop to its thread."""

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import aiosqlite

from fin_agent.domain.errors import CorruptData

T = TypeVar("T")
P = ParamSpec("P")
Connector = Callable[[], sqlite3.Connection]
# SQLite quotes damaged names in its messages, and Python cannot always read those
UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError)
Pragmas = tuple[tuple[str, str, object], ...]


class StateConnection(aiosqlite.Connection):
    """A connection with a thread of its own; nothing runs on it behind a cancelled caller."""

    def __init__(self, connector: Connector) -> None:
        super().__init__(connector, iter_chunk_size=64)

    async def open(self) -> None:
        """Start the thread and connect; a connection that fails leaves no thread behind."""
        try:
            await self
        except sqlite3.Error:
            self._thread.join()
            raise

    async def run(
        self,
        work: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a function on the connection's thread; a cancelled caller waits for its end."""

        def call() -> T:
            return work(self._conn, *args, **kwargs)

        # aiosqlite has no public way to run several statements in one hop
        return await finished(self._execute(call))  # type: ignore[no-untyped-call] # nor types

    def cut(self) -> None:
        """Stop the statement under way, if there is one, with SQLITE_INTERRUPT."""
        if self._connection is not None:
            self._connection.interrupt()


async def finished(under_way: Coroutine[Any, Any, T]) -> T:
    """Await something to its end even when cancelled; the cancellation is raised afterwards."""
    task = asyncio.ensure_future(under_way)
    stopped: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            stopped = error
    if stopped is not None:
        raise stopped from task.exception()
    return task.result()


def connector(path: Path, *, read_only: bool) -> Connector:
    """How to connect to a file; nothing is committed but by an explicit COMMIT."""

    def connect() -> sqlite3.Connection:
        mode = "ro" if read_only else "rwc"
        return sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None
        )

    return connect


def set_pragmas(connection: sqlite3.Connection, path: Path, pragmas: Pragmas) -> None:
    """Set each pragma and read it back.

    Raises:
        CorruptData: a pragma does not hold, so nothing this program promises would.
    """
    for name, value, expected in pragmas:
        connection.execute(f"PRAGMA {name}={value}").fetchall()
        found = scalar(connection, f"PRAGMA {name}")
        if found != expected:
            raise CorruptData(f"{path}: PRAGMA {name} is {found!r}, must be {expected!r}")


def scalar(connection: sqlite3.Connection, sql: str, *values: object) -> Any:  # noqa: ANN401 - any column
    """The first column of the first row, None when there is no row."""
    row = connection.execute(sql, values).fetchone()
    return None if row is None else row[0]


def fetch(
    connection: sqlite3.Connection, sql: str, values: tuple[Any, ...]
) -> list[dict[str, Any]]:
    """Every row of a query as a mapping."""
    cursor = connection.execute(sql, values)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
