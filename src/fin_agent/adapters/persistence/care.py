"""What ``fin-agent db`` does to the state file: back up, restore, verify, rebuild.

Looking and backing up are safe beside a running instance; whatever changes the file takes its lock.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from fin_agent.adapters.instance_lock import exclusive
from fin_agent.adapters.persistence.backup import copy_to, state_copy_name, sync_folder
from fin_agent.adapters.persistence.connection import UNREADABLE, connector, scalar
from fin_agent.adapters.persistence.health import told
from fin_agent.adapters.persistence.projections import Difference, compare, correct
from fin_agent.adapters.persistence.schema import newest_schema, schema_of
from fin_agent.adapters.persistence.verify import Depth, Findings, inspect
from fin_agent.domain.errors import CorruptData, StateUnavailable, UsageError
from fin_agent.ports import ClockPort


@dataclass(frozen=True, slots=True)
class Checked:
    """A file, what it holds and what is wrong with it."""

    file: Path
    schema: int
    epoch: int
    events: int
    head: str
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What differed between the projections and the log, and where the file from before is."""

    checked: Checked
    corrected: tuple[Difference, ...]
    beyond_the_log: tuple[Difference, ...]
    kept: Path | None


class StateFile:
    """The state database of a data directory as a file, not as a running instance sees it."""

    def __init__(self, path: Path, clock: ClockPort) -> None:
        self.path = path
        self._clock = clock

    def verify(self, depth: Depth) -> Checked:
        """Look at all of it; what is wrong is in the result.

        Raises:
            CorruptData: there is none, it is not ours, or it is newer than this program.
        """
        with self._reading(self.path) as connection:
            return _checked(connection, self.path, depth)

    def backup(self, target: Path | None = None) -> Checked:
        """Copy it while it may be in use; the copy is checked in full.

        Raises:
            CorruptData: it is damaged, or there is none; nothing is kept.
            StateUnavailable: the copy cannot be written or would replace a file.
        """
        with self._reading(self.path) as connection:
            version = schema_of(connection, self.path)
            place = target or self.path.parent / "backups" / state_copy_name(version, self._clock)
            if place.exists():
                raise StateUnavailable(f"{place}: is there already; name another file")
            copy_to(connection, place)
        with self._reading(place) as connection:
            return _checked(connection, place, Depth.QUICK)

    def restore(self, file: Path) -> tuple[Checked, Path | None]:
        """Put a backup in its place; the replaced file is kept beside it and comes back second.

        Raises:
            CorruptData: the backup is damaged or not ours; nothing has changed.
            AlreadyRunning: an instance is running.
        """
        with self._reading(file) as backup:
            _trusted(_checked(backup, file, Depth.FULL))
            with self._locked("db restore"):
                fresh = copy_to(backup, self.path.with_name("state.restored"))
                _raise_epoch(fresh, self._epoch())
                kept = self._replace(fresh, "replaced")
        return self.verify(Depth.QUICK), kept

    def rebuild(self) -> Rebuilt:
        """Bring the projections in line with the log, on a copy that then replaces the file.

        Raises:
            CorruptData: the log itself is damaged: restore a backup.
            UsageError: it is of an older schema.
            AlreadyRunning: an instance is running.
        """
        with self._locked("db rebuild"):
            with self._reading(self.path) as connection:
                version = schema_of(connection, self.path)
                if version != newest_schema():
                    raise UsageError(
                        f"{self.path}: is of schema {version}; first run: fin-agent db migrate"
                    )
                before = _trusted(_checked(connection, self.path, Depth.FULL, projections=False))
                found = compare(connection)
                fixable = tuple(difference for difference in found if difference.is_in_the_log)
                beyond = tuple(difference for difference in found if not difference.is_in_the_log)
                if not fixable:
                    return Rebuilt(before, (), beyond, None)
                fresh = copy_to(connection, self.path.with_name("state.rebuilt"))
            _changed(fresh, fixable)
            kept = self._replace(fresh, "before-rebuild")
        return Rebuilt(self.verify(Depth.QUICK), fixable, beyond, kept)

    @contextmanager
    def _locked(self, holder: str) -> Iterator[None]:
        with exclusive(self.path.with_suffix(".lock"), holder):
            yield

    @contextmanager
    def _reading(self, path: Path) -> Iterator[sqlite3.Connection]:
        if not path.is_file():
            hint = "the first run of the agent makes one" if path == self.path else "name a backup"
            raise CorruptData(f"{path}: there is no such database; {hint}")
        try:
            with closing(connector(path, read_only=True)()) as connection:
                connection.execute("PRAGMA query_only=ON")
                connection.execute("PRAGMA cell_size_check=ON")
                schema_of(connection, path)
                yield connection
        except UNREADABLE as error:
            answer = told(path, error)
            raise CorruptData(f"{path}: {error}") if answer is error else answer from error

    def _epoch(self) -> int:
        """The epoch of the file that is to be replaced; 0 when nobody can tell."""
        with suppress(CorruptData, StateUnavailable), self._reading(self.path) as connection:
            return _epoch(connection)
        return 0

    def _replace(self, fresh: Path, why: str) -> Path | None:
        """Give a new file the name; a crash leaves the old one or the new one.

        An old write-ahead log must never meet the new file, so it is emptied into the old one
        first; a file too damaged for that is kept together with its log.
        """
        kept = self.path.with_name(f"state-{why}-{self._clock.now():%Y%m%dT%H%M%S.%fZ}.db")
        try:
            there = self.path.is_file()
            if there:
                with suppress(sqlite3.Error), closing(sqlite3.connect(self.path)) as old:
                    old.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                kept.hardlink_to(self.path)
            for suffix in ("-wal", "-shm"):
                side = self.path.with_name(self.path.name + suffix)
                if side.exists():
                    side.replace(kept.with_name(kept.name + suffix))
            fresh.replace(self.path)
            sync_folder(self.path.parent)
        except OSError as error:
            raise StateUnavailable(f"{self.path}: cannot be replaced ({error.strerror})") from error
        return kept if there else None


def _checked(
    connection: sqlite3.Connection, path: Path, depth: Depth, *, projections: bool = True
) -> Checked:
    found: Findings = inspect(connection, depth)
    version = schema_of(connection, path)
    projections = projections and version == newest_schema()  # this program's tables and no others
    if projections and not found.problems and depth is Depth.FULL:
        found.problems += [str(difference) for difference in compare(connection)]
    try:
        epoch = _epoch(connection)
    except UNREADABLE as error:
        found.problems.append(f"instance: {error}")
        epoch = 0
    return Checked(path, version, epoch, found.rows, found.head, tuple(found.problems))


def _trusted(checked: Checked) -> Checked:
    if checked.problems:
        more = len(checked.problems) - 1
        rest = f" (and {more} more)" if more else ""
        raise CorruptData(f"{checked.file}: {checked.problems[0]}{rest}; use another backup")
    return checked


def _epoch(connection: sqlite3.Connection) -> int:
    known = scalar(connection, "SELECT count(*) FROM sqlite_master WHERE name = 'instance'")
    return int(scalar(connection, "SELECT epoch FROM instance") or 0) if known else 0


def _raise_epoch(path: Path, replaced: int) -> None:
    """A restored file must not give an epoch to two instances."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        if _epoch(connection) < replaced:
            connection.execute("UPDATE instance SET epoch = ?", (replaced,))


def _changed(path: Path, differences: tuple[Difference, ...]) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for difference in differences:
            correct(connection, difference)
        connection.execute("COMMIT")
        left = [d for d in compare(connection) if d.is_in_the_log]
    if left:
        raise CorruptData(f"{path}: still differs after the rebuild: {left[0]}")
