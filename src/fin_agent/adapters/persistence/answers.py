"""What was answered to each idempotency key, so that a repeated command is done once.

A file of its own: the state database has one writer, and a halt must not wait for it.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fin_agent.domain.errors import StateUnavailable

_TABLE = (
    "CREATE TABLE IF NOT EXISTS answer (key TEXT PRIMARY KEY, digest TEXT NOT NULL,"
    " asked_at TEXT NOT NULL, status INTEGER, body BLOB) STRICT"
)
_BEGIN = "INSERT INTO answer (key, digest, asked_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_FIND = "SELECT digest, asked_at, status, body FROM answer WHERE key = ?"
_END = "UPDATE answer SET status = ?, body = ? WHERE key = ?"
_FORGET = (
    "DELETE FROM answer WHERE key NOT IN (SELECT key FROM answer ORDER BY asked_at DESC LIMIT ?)"
)
_FREE = "DELETE FROM answer WHERE key = ? AND status IS NULL"
_KEPT = 20_000
_BUSY_S = 2.0


@dataclass(frozen=True, slots=True)
class Remembered:
    """The first request with a key; ``status`` is None while it has no answer yet."""

    digest: str
    asked_at: datetime
    status: int | None
    body: bytes | None


class AnswerFile:
    """The answers on disk; every method blocks, so call it in a thread. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def begin(self, key: str, digest: str, at: datetime) -> Remembered | None:
        """Note a request before it is done; what is known of the key, None when it is new.

        Raises:
            StateUnavailable: it cannot be written.
        """
        with self._opened() as file:
            fresh = file.execute(_BEGIN, (key, digest, at.isoformat())).rowcount
            row = file.execute(_FIND, (key,)).fetchone()
        if fresh:
            return None
        return Remembered(row[0], datetime.fromisoformat(row[1]), row[2], row[3])

    def end(self, key: str, status: int, body: bytes) -> None:
        """Keep the answer; raises as ``begin``."""
        with self._opened() as file:
            file.execute(_END, (status, body, key))

    def free(self, key: str) -> None:
        """Forget a request that changed nothing, so that it may be asked again."""
        with self._opened() as file:
            file.execute(_FREE, (key,))

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = _connected(self._path)
                yield self._connection
            except (sqlite3.Error, OSError) as error:
                raise StateUnavailable(f"{self._path}: cannot be written ({error})") from error


def _connected(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    connection = sqlite3.connect(
        path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
    )
    try:
        for line in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", _TABLE):
            connection.execute(line)
        connection.execute(_FORGET, (_KEPT,))
    except sqlite3.Error:
        connection.close()
        raise
    return connection
