"""One SQLite file: WAL, FULL, STRICT tables, numbered forward migrations, one writer.

The pragmas and their reasons are reliability.md section 3. ``durable=False`` is for the files of
replays and backtests, which can be made again: they write in batches and do not wait for the disk.
"""

import asyncio
import os
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Any

from fin_agent.adapters.clock import SystemClock
from fin_agent.adapters.instance_lock import exclusive
from fin_agent.adapters.persistence.chain import Row
from fin_agent.adapters.persistence.connection import (
    UNREADABLE,
    Connector,
    Pragmas,
    StateConnection,
    connector,
    fetch,
    finished,
    scalar,
    set_pragmas,
)
from fin_agent.adapters.persistence.health import Health, told
from fin_agent.adapters.persistence.reserve import Reserve
from fin_agent.adapters.persistence.schema import migrate, newest_schema, schema_of
from fin_agent.adapters.persistence.transactions import Writing
from fin_agent.adapters.persistence.verify import Depth, Findings, inspect
from fin_agent.adapters.persistence.writer import Limits, Writer
from fin_agent.domain.errors import CorruptData, StateUnavailable
from fin_agent.ports import ClockPort

_READING: Pragmas = (
    ("foreign_keys", "ON", 1),
    ("trusted_schema", "OFF", 0),
    ("cell_size_check", "ON", 1),
    ("mmap_size", "0", 0),
    ("temp_store", "MEMORY", 2),
    ("cache_size", "-65536", -65536),  # 64 MiB: event ids are spread over their whole index
    ("wal_autocheckpoint", "0", 0),
)
_DURABLE: Pragmas = (
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", 2),
    *_READING,
    ("journal_size_limit", "67108864", 67108864),
    ("fullfsync", "ON", 1),
    ("checkpoint_fullfsync", "ON", 1),
)
_DISPOSABLE: Pragmas = (
    ("journal_mode", "MEMORY", "memory"),
    ("synchronous", "OFF", 0),
    ("foreign_keys", "ON", 1),
    ("trusted_schema", "OFF", 0),
)
_LIMITS = Limits()
_CLOCK = SystemClock()


class Database:
    """A connection with everything read back that must hold; make it with ``open_database``.

    A durable one is the only writer of its file, by lock and by epoch, and reads beside it.
    """

    def __init__(
        self,
        writing: StateConnection,
        reading: StateConnection | None,
        writer: Writer,
        read_s: float,
    ) -> None:
        self.path = writer.path
        self._writing = writing
        self._reading = reading
        self._writer = writer
        self._read_s = read_s
        self.schema_before = 0
        self.schema = newest_schema()
        self.saved: Path | None = None
        self._held = ExitStack()
        self._closed = False

    def hold(self, held: ExitStack) -> None:
        """Take over what must be let go after the file is closed."""
        self._held = held

    @property
    def health(self) -> Health:
        """Whether facts can be recorded; anything but ok must stop new entries."""
        return self._writer.health

    @property
    def epoch(self) -> int:
        """The number of this opening; a durable file's newest one may write."""
        return self._writer.epoch or 0

    async def rows(self, sql: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
        """Every row of a query as a mapping: what was committed before the call, or later.

        Raises:
            StateUnavailable: the read took too long and was cut, or the file is closed.
            CorruptData: the file is damaged.
        """
        if self._closed:
            raise StateUnavailable(f"{self.path}: is closed")
        connection, timer = self._writing, None
        if self._reading is not None:
            connection = self._reading
            loop = asyncio.get_running_loop()
            timer = loop.call_later(self._read_s, connection.cut)
        try:
            return await connection.run(fetch, sql, tuple(values))
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise told(self.path, error) from error
        finally:
            if timer is not None:
                timer.cancel()

    async def write(
        self,
        batches: Iterable[tuple[str, Sequence[Sequence[object]]]],
        *,
        events: Sequence[Row] = (),
    ) -> int | None:
        """Write in one transaction, all or nothing; it is durable when this returns.

        First ``events``, rows of the log without their hash, which are chained here; then each
        statement over its rows. Transactions that wait at the same time share a commit. One that
        is cancelled while it waits is withdrawn; one that is under way is finished first.

        Returns:
            The place in the log before its events; None when it was not looked up.

        Raises:
            StateUnavailable: nothing is stored: the disk is full or failed, or the file is
                locked, closed or taken over by another instance.
            CorruptData: the file is damaged.
            Inconsistent: a row breaks a rule of the schema, so two of our records disagree.
        """
        return await self._writer.write(
            Writing([(sql, rows) for sql, rows in batches if rows], events)
        )

    async def examine(self, depth: Depth) -> Findings:
        """Check pages and chain while the file is in use; what is wrong is in the result."""
        return await (self._reading or self._writing).run(inspect, depth)

    async def read_epoch(self) -> int:
        """The newest epoch in the file: with another one than ours, nothing may be sent."""
        (row,) = await self.rows("SELECT epoch FROM instance")
        return int(row["epoch"])

    async def checkpoint(self) -> None:
        """Empty the write-ahead log into the file; for quiet hours, such as after the close."""
        await self._writer.checkpoint("TRUNCATE")

    def release_reserve(self) -> bool:
        """Give the kept-back disk space to what must still be recorded; False when it is gone.

        A write that finds the disk full does it by itself.
        """
        return self._writer.release_reserve()

    async def close(self) -> None:
        """Write what waits, empty the log, let the file go; a cancelled caller waits for it."""
        if not self._closed:
            self._closed = True
            await finished(self._close())

    async def _close(self) -> None:
        try:
            await self._writer.close()
            if self._reading is not None:
                await self._reading.close()
                await self._writer.checkpoint("TRUNCATE")
        finally:
            await self._writing.close()  # its thread would keep the process alive for ever
            self._held.close()


async def open_database(
    path: Path,
    *,
    durable: bool,
    holder: str = "fin-agent",
    connect: Connector | None = None,
    clock: ClockPort = _CLOCK,
    limits: Limits = _LIMITS,
) -> Database:
    """Open or create a database, check it and bring its schema up to date.

    A durable one is locked first (``state.lock`` beside ``state.db``), backed up before its schema
    changes, and gets the next epoch. ``connect`` makes the one connection in place of
    ``sqlite3.connect`` and leaves out the reading one: for tests with a file system of their own.

    Raises:
        AlreadyRunning: another process, or this one, has it open durably.
        StateUnavailable: the file cannot be created or opened.
        CorruptData: it is no database of ours, is damaged, or is newer than this program.
    """
    _make_file(path)
    with ExitStack() as held:
        if durable:
            held.enter_context(exclusive(path.with_suffix(".lock"), holder))
        opening = _Opening(path, durable=durable, clock=clock, limits=limits)
        database = await opening.database(connect)
        database.hold(held.pop_all())
    return database


def _make_file(path: Path) -> None:
    """Make the file, never touch an existing one: closing it would drop SQLite's own locks."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.is_file():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        msg = f"{path}: cannot be created ({error.strerror}); choose another --data-dir"
        raise StateUnavailable(msg) from error


class _Opening:
    """The steps from a path to a ``Database``, undone when one of them fails."""

    def __init__(self, path: Path, *, durable: bool, clock: ClockPort, limits: Limits) -> None:
        self._path = path
        self._durable = durable
        self._clock = clock
        self._limits = limits
        self._migrated: tuple[int, Path | None] = (0, None)

    async def database(self, connect: Connector | None) -> Database:
        path = self._path
        async with AsyncExitStack() as undo:
            try:
                writing = StateConnection(connect or connector(path, read_only=False))
                await writing.open()
                undo.push_async_callback(writing.close)
                epoch = await writing.run(self._prepare)
                reading = None
                if self._durable and connect is None:
                    reading = StateConnection(connector(path, read_only=True))
                    await reading.open()
                    undo.push_async_callback(reading.close)
                    await reading.run(self._prepare_reading)
            except sqlite3.OperationalError as error:
                msg = f"{path}: cannot be opened ({error}); choose another --data-dir"
                raise StateUnavailable(msg) from error
            except UNREADABLE as error:
                msg = f"{path}: not a usable database ({error}); restore a backup or move it away"
                raise CorruptData(msg) from error
            size = self._limits.reserve_bytes if self._durable else 0
            reserve = Reserve(path.with_name("reserve"), size)
            await writing.run(lambda _: reserve.make())
            writer = Writer(writing, path, self._limits, reserve, reading)
            writer.epoch = epoch
            undo.pop_all()
        database = Database(writing, reading, writer, self._limits.read_s)
        database.schema_before, database.saved = self._migrated
        return database

    def _prepare(self, connection: sqlite3.Connection) -> int | None:
        """Pragmas, checks, migrations, epoch; on the connection's thread."""
        path, busy = self._path, self._limits.busy_ms
        set_pragmas(connection, path, (("busy_timeout", str(busy), busy),))
        set_pragmas(connection, path, _DURABLE if self._durable else _DISPOSABLE)
        if self._durable and schema_of(connection, path):
            found = inspect(connection, Depth.START, self._limits.checked_rows)
            if found.problems:
                remedy = "restore a backup: fin-agent db restore FILE"
                raise CorruptData(f"{path}: {found.problems[0]}; {remedy}")
        self._migrated = migrate(connection, path, self._clock if self._durable else None)
        if not self._durable:
            return None
        connection.execute("UPDATE instance SET epoch = epoch + 1")
        return int(scalar(connection, "SELECT epoch FROM instance"))

    def _prepare_reading(self, connection: sqlite3.Connection) -> None:
        busy = self._limits.busy_ms
        set_pragmas(connection, self._path, (("busy_timeout", str(busy), busy), *_READING))
        set_pragmas(connection, self._path, (("query_only", "ON", 1),))
