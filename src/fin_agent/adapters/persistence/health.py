"""What the state database can still do, and how SQLite's error codes read to a trader."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from fin_agent.domain.errors import CorruptData, FinAgentError, Inconsistent, StateUnavailable

_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})
_CORRUPT = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
# Nobody can say what reached the disk: fail-stop. A write that is tried again after an fsync error
# may report success for pages that the kernel has thrown away.
_FAILING = _CORRUPT | {
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_NOLFS,
}
_RESTORE = "restore a backup: fin-agent db restore FILE"
_WHOLE_GROUP = _BUSY | _FAILING | {sqlite3.SQLITE_FULL, sqlite3.SQLITE_INTERRUPT}


class TakenOver(Exception):
    """Another instance has opened this file: whatever this one still wants to write is void."""


class Condition(StrEnum):
    """Whether facts can be recorded; only ``ok`` allows a new entry."""

    OK = "ok"
    FULL = "full"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Health:
    """The condition of the state database and, when it is not ok, one line about the reason."""

    condition: Condition = Condition.OK
    reason: str = ""

    @property
    def is_ok(self) -> bool:
        return self.condition is Condition.OK


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 when Python raised the error without asking SQLite."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def concerns_all(error: Exception) -> bool:
    """Whether an error is about the file or disk, not about what one writer asked for."""
    if isinstance(error, TakenOver):
        return True
    return isinstance(error, sqlite3.Error) and primary_code(error) in _WHOLE_GROUP


def condition_after(error: Exception) -> Condition:
    """What an error leaves the database in."""
    if isinstance(error, TakenOver):
        return Condition.FAILED
    code = primary_code(error) if isinstance(error, sqlite3.Error) else 0
    if code == sqlite3.SQLITE_FULL:
        return Condition.FULL
    return Condition.FAILED if code in _FAILING else Condition.OK


def told(path: Path, error: Exception) -> Exception:
    """The error as its caller gets it: ours with a remedy, or itself when it is a bug of ours."""
    if isinstance(error, TakenOver):
        return StateUnavailable(f"{path}: {error}")
    if isinstance(error, UnicodeDecodeError):
        return CorruptData(f"{path}: damaged ({error.reason}); {_RESTORE}")
    if not isinstance(error, sqlite3.Error):
        return error
    code, text = primary_code(error), f"{path}: {{}} ({error}); {{}}"
    answers: Sequence[tuple[bool, type[FinAgentError], str, str]] = (
        (
            isinstance(error, sqlite3.IntegrityError),
            Inconsistent,
            "two of our records disagree",
            "nothing of the transaction is stored",
        ),
        (code == sqlite3.SQLITE_FULL, StateUnavailable, "the disk is full", "free space"),
        (code in _BUSY, StateUnavailable, "in use by another program", "end it and try again"),
        (
            code in _CORRUPT or "not decode to UTF-8" in str(error),
            CorruptData,
            "damaged",
            _RESTORE,
        ),
        (
            code == sqlite3.SQLITE_INTERRUPT,
            StateUnavailable,
            "a read took too long and was cut",
            "ask for less",
        ),
        (
            code in _FAILING,
            StateUnavailable,
            "the disk failed",
            "check the disk, then start again",
        ),
    )
    for holds, kind, what, remedy in answers:
        if holds:
            told_as: Exception = kind(text.format(what, remedy))
            told_as.__cause__ = error
            return told_as
    return error
