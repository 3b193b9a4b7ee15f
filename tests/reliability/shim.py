"""APSW with the face of the ``sqlite3`` module: as much of it as the product asks for."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, cast

import apsw

_PYTHON_NAMES: tuple[tuple[type[apsw.Error], type[sqlite3.Error]], ...] = (
    (apsw.ConstraintError, sqlite3.IntegrityError),
    (apsw.MismatchError, sqlite3.IntegrityError),
    (apsw.CorruptError, sqlite3.DatabaseError),
    (apsw.NotADBError, sqlite3.DatabaseError),
    (apsw.BindingsError, sqlite3.ProgrammingError),
)


@contextmanager
def as_sqlite3() -> Iterator[None]:
    """Raise APSW's errors as ``sqlite3`` raises them."""
    try:
        yield
    except apsw.Error as error:
        kind = next((k for a, k in _PYTHON_NAMES if isinstance(error, a)), None)
        raised = (kind or sqlite3.OperationalError)(str(error) or type(error).__name__)
        code = getattr(error, "extendedresult", 0) or getattr(error, "result", 0)
        raised.sqlite_errorcode = code
        raise raised from error


class ShimCursor:
    """Rows are fetched at once: the product never leaves a statement half read."""

    def __init__(self, rows: list[tuple[Any, ...]], names: Sequence[str]) -> None:
        self._rows = iter(rows)
        self.description = [(name,) for name in names]

    def fetchone(self) -> tuple[Any, ...] | None:
        return next(self._rows, None)

    def fetchall(self) -> list[tuple[Any, ...]]:
        return list(self._rows)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return self._rows

    def close(self) -> None:
        """Nothing is open."""


class ShimConnection:
    """One APSW connection; ``synchronous`` other than FULL is a library that lies about it."""

    text_factory: Any = str

    def __init__(self, path: str, vfs: str, synchronous: str) -> None:
        with as_sqlite3():
            self._connection = apsw.Connection(path, vfs=vfs)
            self._connection.execute("PRAGMA locking_mode=EXCLUSIVE").fetchall()
        self._synchronous = synchronous

    def execute(self, sql: str, values: Sequence[Any] = ()) -> ShimCursor:
        if self._synchronous != "FULL":
            if sql == "PRAGMA synchronous=FULL":
                sql = f"PRAGMA synchronous={self._synchronous}"
            elif sql == "PRAGMA synchronous":
                return ShimCursor([(2,)], ["synchronous"])
        if sql == "PRAGMA mmap_size":  # a file system in Python has none, and says nothing
            return ShimCursor([(0,)], ["mmap_size"])
        names: list[str] = []
        rows: list[tuple[Any, ...]] = []
        with as_sqlite3():
            cursor = self._connection.cursor()
            for row in cursor.execute(sql, tuple(values)):
                names = names or [column[0] for column in cursor.get_description()]
                rows.append(row)
        return ShimCursor(rows, names)

    def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        with as_sqlite3():
            self._connection.executemany(sql, [tuple(row) for row in rows])

    def executescript(self, sql: str) -> None:
        with as_sqlite3():
            self._connection.execute(sql).fetchall()

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def interrupt(self) -> None:
        self._connection.interrupt()

    def close(self) -> None:
        with suppress(apsw.IOError, apsw.FullError):  # sqlite3 does not tell of them either
            self._connection.close(True)


def shim(path: str, vfs: str, synchronous: str = "FULL") -> Callable[[], sqlite3.Connection]:
    """A connector for the product's database on a file system of our own."""
    return lambda: cast("sqlite3.Connection", ShimConnection(path, vfs, synchronous))
