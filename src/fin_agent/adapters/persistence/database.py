"""One SQLite file: WAL, FULL, STRICT tables, numbered forward migrations, one writer.

The pragmas and their reasons are reliability.md section 3. ``durable=False`` is for the files of
replays and backtests, which can be made again: they write in batches and do not wait for the disk.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import aiosqlite

from fin_agent.domain.errors import CorruptData, Inconsistent, StateUnavailable

_APPLICATION_ID = 0x46494E41  # "FINA"
_DURABLE = (
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", 2),
    ("busy_timeout", "5000", 5000),
    ("foreign_keys", "ON", 1),
    ("trusted_schema", "OFF", 0),
    ("cell_size_check", "ON", 1),
    ("mmap_size", "0", 0),
    ("temp_store", "MEMORY", 2),
    ("journal_size_limit", "67108864", 67108864),
    ("wal_autocheckpoint", "0", 0),
    ("fullfsync", "ON", 1),
    ("checkpoint_fullfsync", "ON", 1),
)
_DISPOSABLE = (
    ("journal_mode", "MEMORY", "memory"),
    ("synchronous", "OFF", 0),
    ("foreign_keys", "ON", 1),
    ("trusted_schema", "OFF", 0),
)


class Database:
    """A connection with everything read back that must hold; make it with ``open_database``."""

    def __init__(self, connection: aiosqlite.Connection, path: Path) -> None:
        self.path = path
        self._connection = connection

    async def rows(self, sql: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
        """Every row of a query as a mapping."""
        cursor = await self._connection.execute(sql, tuple(values))
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]

    async def write(self, batches: Iterable[tuple[str, Sequence[Sequence[object]]]]) -> None:
        """Run statements over their rows in one transaction, all or nothing.

        Raises:
            StateUnavailable: the disk is full or the file cannot be written.
            Inconsistent: a row breaks a rule of the schema, so two of our records disagree.
        """
        connection = self._connection
        try:
            await connection.execute("BEGIN IMMEDIATE")
            for sql, rows in batches:
                await connection.executemany(sql, rows)
            await connection.commit()
        except sqlite3.IntegrityError as error:
            await connection.rollback()
            raise Inconsistent(f"{self.path}: {error}") from error
        except sqlite3.Error as error:
            await connection.rollback()
            if not isinstance(error, sqlite3.OperationalError):
                raise
            msg = f"{self.path}: cannot write ({error}); free space or check permissions"
            raise StateUnavailable(msg) from error

    async def close(self) -> None:
        await self._connection.close()


async def open_database(path: Path, *, durable: bool) -> Database:
    """Open or create a database and bring its schema up to date.

    Raises:
        StateUnavailable: the file cannot be created or opened.
        CorruptData: it is no database of ours, is damaged, or is newer than this program.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("ab"):  # a failed connect would leave its thread to a closed loop
            pass
        connection = await aiosqlite.connect(path, isolation_level=None)
    except (OSError, sqlite3.OperationalError) as error:
        msg = f"{path}: cannot be created ({error}); choose another --data-dir"
        raise StateUnavailable(msg) from error
    ready: Database | None = None
    try:
        await _prepare(connection, path, durable=durable)
        ready = Database(connection, path)
    except sqlite3.OperationalError as error:
        msg = f"{path}: cannot be written ({error}); choose another --data-dir"
        raise StateUnavailable(msg) from error
    except sqlite3.DatabaseError as error:
        msg = f"{path}: not a usable database ({error}); restore a backup or move it away"
        raise CorruptData(msg) from error
    finally:
        if ready is None:
            await connection.close()  # its thread would keep the process alive for ever
    return ready


async def _prepare(connection: aiosqlite.Connection, path: Path, *, durable: bool) -> None:
    for name, value, expected in _DURABLE if durable else _DISPOSABLE:
        await connection.execute(f"PRAGMA {name}={value}")
        found = await _scalar(connection, f"PRAGMA {name}")
        if found != expected:
            msg = f"{path}: PRAGMA {name} is {found!r}, must be {expected!r}"
            raise CorruptData(msg)
    await _migrate(connection, path)


async def _migrate(connection: aiosqlite.Connection, path: Path) -> None:
    version = await _scalar(connection, "PRAGMA user_version")
    scripts = migrations()
    if version > len(scripts):
        msg = f"{path}: schema {version} is newer than this program ({len(scripts)}); upgrade it"
        raise CorruptData(msg)
    if version == 0 and await _scalar(connection, "SELECT count(*) FROM sqlite_master"):
        msg = f"{path}: holds tables that are not fin_agent's; move it away"
        raise CorruptData(msg)
    for number, script in enumerate(scripts[version:], start=version + 1):
        await connection.executescript(
            f"BEGIN IMMEDIATE;\n{script}\nPRAGMA application_id={_APPLICATION_ID};\n"
            f"PRAGMA user_version={number};\nCOMMIT;"
        )


def migrations() -> list[str]:
    """The numbered migration scripts, in order."""
    folder = resources.files("fin_agent.adapters.persistence") / "migrations"
    scripts = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda e: e.name
    )
    return [script.read_text(encoding="utf-8") for script in scripts]


async def _scalar(connection: aiosqlite.Connection, sql: str) -> Any:  # noqa: ANN401 - any column
    cursor = await connection.execute(sql)
    row = await cursor.fetchone()
    return None if row is None else row[0]
