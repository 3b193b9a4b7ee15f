"""Copies of a database while it is in use: whole, checked, and there under their name or not."""

import os
import sqlite3
from pathlib import Path

from fin_agent.adapters.persistence.health import told
from fin_agent.adapters.persistence.verify import Depth, inspect
from fin_agent.domain.errors import CorruptData, StateUnavailable
from fin_agent.ports import ClockPort


def state_copy_name(schema: int, clock: ClockPort) -> str:
    """``state-SCHEMA-UTC.db``: sorts by time within a schema."""
    return f"state-{schema:04}-{clock.now():%Y%m%dT%H%M%S.%fZ}.db"


def copy_to(source: sqlite3.Connection, target: Path) -> Path:
    """Copy a database through SQLite's backup API, check the copy, then give it its name.

    The copy is one file (no write-ahead log), for its owner alone.

    Raises:
        CorruptData: the copy is damaged, so the source is; nothing is kept.
        StateUnavailable: the copy cannot be written.
    """
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished.unlink(missing_ok=True)
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _copy(source, unfinished)
        with unfinished.open("rb+") as copy:
            os.fsync(copy.fileno())
        unfinished.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise StateUnavailable(f"{target}: cannot be written ({error.strerror})") from error
    except sqlite3.Error as error:
        raise told(target, error) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return target


def _copy(source: sqlite3.Connection, target: Path) -> None:
    copy = sqlite3.connect(target, isolation_level=None)
    try:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE").fetchall()
        found = inspect(copy, Depth.FULL)
    finally:
        copy.close()
    if found.problems:
        of = source.execute("PRAGMA database_list").fetchone()[2]
        raise CorruptData(f"{of}: is damaged, so it is not copied: {found.problems[0]}")


def sync_folder(folder: Path) -> None:
    """Make a new name in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
