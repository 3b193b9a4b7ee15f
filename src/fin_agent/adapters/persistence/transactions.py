"""What runs on the writer's thread: groups of transactions, and checkpoints."""

import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple

from fin_agent.adapters.persistence.chain import LOG_SQL, Row, linked, stored_head
from fin_agent.adapters.persistence.connection import scalar
from fin_agent.adapters.persistence.health import TakenOver, concerns_all
from fin_agent.adapters.persistence.many_rows import packed

Batch = tuple[str, Sequence[Sequence[Any]]]
# What a row can do wrong: a broken rule, a mistake in our SQL, a number or a text SQLite cannot
# hold. It ends one unit and leaves its neighbours alone.
UNIT_ERRORS = (sqlite3.Error, OverflowError, TypeError, ValueError)


class Writing(NamedTuple):
    """What one caller wants stored, all of it or nothing; ``events`` are unlinked log rows."""

    batches: Sequence[Batch]
    events: Sequence[Row] = ()

    @property
    def rows(self) -> int:
        """How many rows it writes."""
        return len(self.events) + sum(len(values) for _, values in self.batches)


class Outcome(NamedTuple):
    """The error of each unit (None: stored), and the one error that hit all of them.

    ``before`` is the last place of the log before the group, when all of it was stored.
    """

    errors: list[Exception | None]
    fault: Exception | None = None
    before: int | None = None


class Checkpoint(NamedTuple):
    """Pages in the write-ahead log, and how many of them are in the database file too."""

    logged: int
    copied: int

    @property
    def is_blocked(self) -> bool:
        return self.copied < self.logged


def commit(connection: sqlite3.Connection, group: Sequence[Writing], epoch: int | None) -> Outcome:
    """Write a group in one transaction; a unit that fails does not take its neighbours down."""
    try:
        before = _together(connection, group, epoch)
    except (*UNIT_ERRORS, TakenOver) as error:
        _roll_back(connection)
        if concerns_all(error):
            return Outcome([error] * len(group), error)
        if len(group) == 1:
            return Outcome([error])
    else:
        return Outcome([None] * len(group), before=before)
    return _apart(connection, group, epoch)


def _together(connection: sqlite3.Connection, group: Sequence[Writing], epoch: int | None) -> int:
    _begin(connection, epoch)
    before, head = stored_head(connection)
    events: list[Row] = []  # of units in a row that bring nothing else: one statement for all
    for unit in group:
        events += unit.events
        if unit.batches:
            head = _log(connection, events, head)
            events = []
            _project(connection, unit)
    _log(connection, events, head)
    connection.execute("COMMIT")
    return before


def _log(connection: sqlite3.Connection, events: Sequence[Row], head: str) -> str:
    """Append events to the log; its new head comes back."""
    if not events:
        return head
    rows = list(linked(events, head))
    _execute(connection, LOG_SQL, rows)
    return str(rows[-1][-1])


def _project(connection: sqlite3.Connection, unit: Writing) -> None:
    for sql, values in unit.batches:
        _execute(connection, sql, values)


def _execute(connection: sqlite3.Connection, sql: str, rows: Sequence[Sequence[Any]]) -> None:
    for statement, values in packed(sql, rows):
        connection.executemany(statement, values)


def _apart(connection: sqlite3.Connection, group: Sequence[Writing], epoch: int | None) -> Outcome:
    """The same with a savepoint for each unit: slower, so only after one of them failed."""
    errors: list[Exception | None] = []
    try:
        _begin(connection, epoch)
        errors.extend(_one(connection, unit) for unit in group)  # keeps what it has on an error
        connection.execute("COMMIT")
    except (sqlite3.Error, TakenOver) as error:
        _roll_back(connection)
        errors += [None] * (len(group) - len(errors))
        return Outcome([own or error for own in errors], error)
    return Outcome(errors)


def _one(connection: sqlite3.Connection, unit: Writing) -> Exception | None:
    connection.execute("SAVEPOINT unit")
    try:
        _log(connection, unit.events, stored_head(connection).row_hash)
        _project(connection, unit)
    except UNIT_ERRORS as error:
        if concerns_all(error):
            raise
        connection.execute("ROLLBACK TO unit")
        return error
    finally:
        if connection.in_transaction:
            connection.execute("RELEASE unit")
    return None


def _begin(connection: sqlite3.Connection, epoch: int | None) -> None:
    connection.execute("BEGIN IMMEDIATE")
    if epoch is not None:
        found = scalar(connection, "SELECT epoch FROM instance")
        if found != epoch:
            raise TakenOver(
                f"another instance has taken this data directory over (epoch {found}, ours is"
                f" {epoch}); this one must end"
            )


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:  # a full disk or an I/O error has rolled back already
        connection.execute("ROLLBACK")


def checkpoint(connection: sqlite3.Connection, mode: str, patience_ms: int = 0) -> Checkpoint:
    """Copy the write-ahead log into the file: PASSIVE waits for nobody, RESTART for readers."""
    if not patience_ms:
        _, logged, copied = connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
        return Checkpoint(logged, copied)
    before = scalar(connection, "PRAGMA busy_timeout")
    connection.execute(f"PRAGMA busy_timeout={patience_ms}")
    try:
        return checkpoint(connection, mode)
    finally:
        connection.execute(f"PRAGMA busy_timeout={before}")
