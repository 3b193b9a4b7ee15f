"""Whether a state database can be trusted: SQLite's own checks and the log's hash chain."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from fin_agent.adapters.persistence.agreement import disagreements
from fin_agent.adapters.persistence.chain import GENESIS_HASH, HASHED, row_hash
from fin_agent.adapters.persistence.connection import UNREADABLE, scalar

_DOCUMENTS, _EVERY = 2_000, -1
_PAGE = 5_000  # rows a read: short, so that a writer's log can start anew in between
_ROWS_SQL = (
    f"SELECT seq, row_hash, {HASHED} FROM event_log"  # noqa: S608 - column names of ours
    " WHERE seq > ? ORDER BY seq LIMIT ?"
)


class Depth(StrEnum):
    """How much is looked at: ``start`` is bounded in time, ``full`` is everything."""

    START = "start"
    QUICK = "quick"
    FULL = "full"


@dataclass(slots=True)
class Findings:
    """What was looked at and everything that is wrong; the first problem comes first."""

    rows: int = 0
    head: str = GENESIS_HASH
    problems: list[str] = field(default_factory=list)


def inspect(
    connection: sqlite3.Connection, depth: Depth, newest_rows: int | None = None
) -> Findings:
    """Check pages, then the chain over the newest rows (None: all of them)."""
    found = Findings()
    before, connection.text_factory = connection.text_factory, _lenient
    try:
        found.problems += _pages(connection, depth)
        _follow_chain(connection, found, newest_rows)
        if depth is Depth.FULL:
            found.problems += _orphans(connection)
        found.problems += disagreements(connection, _DOCUMENTS if newest_rows else _EVERY)
    except UNREADABLE as error:  # SQLite itself stumbled over the damage
        found.problems.append(f"unreadable: {error}")
    finally:
        connection.text_factory = before
    return found


def _pages(connection: sqlite3.Connection, depth: Depth) -> list[str]:
    check = "integrity_check" if depth is Depth.FULL else "quick_check"
    told = [str(row[0]) for row in connection.execute(f"PRAGMA {check}(10)")]
    return [] if told == ["ok"] else [f"{check}: {line}" for line in told]


def _orphans(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("PRAGMA foreign_key_check").fetchall()
    return [f"foreign key: row {row} of {table} points nowhere" for table, row, *_ in rows]


def _follow_chain(connection: sqlite3.Connection, found: Findings, newest_rows: int | None) -> None:
    last = scalar(connection, "SELECT max(seq) FROM event_log") or 0
    seq = 0 if newest_rows is None else max(last - newest_rows, 0)
    if seq:
        found.head = str(scalar(connection, "SELECT row_hash FROM event_log WHERE seq = ?", seq))
    for number, stored, row in _rows(connection, seq):
        seq += 1
        if number != seq:
            found.problems.append(f"event_log: row {seq} is missing")
            return
        found.head = _link(found.head, row)
        if stored != found.head:
            found.problems.append(f"event_log: row {seq} ({row[1]} {row[0]}) is not as recorded")
            return
        found.rows += 1


def _link(head: str, row: tuple[str | int | None, ...]) -> str:
    try:
        return row_hash(head, row)
    except TypeError:  # a BLOB, which no column of ours ever holds
        return "no text or number"


def _rows(
    connection: sqlite3.Connection, after: int
) -> Iterator[tuple[int, str, tuple[str | int | None, ...]]]:
    while True:
        page = connection.execute(_ROWS_SQL, (after, _PAGE)).fetchall()
        for seq, stored, *row in page:
            yield seq, stored, tuple(row)
        if len(page) < _PAGE:
            return
        after = page[-1][0]


def _lenient(text: bytes) -> str:
    """Broken UTF-8 is one row's damage, not the end of the check."""
    return text.decode("utf-8", "surrogateescape")
