"""What each key may still ask: calls in any period, counted on disk so that a restart knows.

A call is counted before it is sent and forgotten one period later. Counting over every window
(and not from a full bucket that refills) is what never exceeds a provider's limit, whatever
moment its own window begins at.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from fin_agent.adapters.http.timing import Timing
from fin_agent.domain.errors import StateUnavailable
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.provider import QuotaWarning

_T = TypeVar("_T")

_SLACK_S = 1.0  # a slow call may reach the provider later than a fast one sent after it
_SLACK_FROM_S = 10.0
_WARN_AT = 0.8
_SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (key TEXT NOT NULL, at REAL NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS calls_by_key ON calls (key, at);
"""


@dataclass(frozen=True, slots=True)
class Quota:
    """At most ``calls`` in any ``period_s`` seconds; ``reserve`` of them only for urgent calls."""

    calls: int
    period_s: float
    reserve: int = 0

    @property
    def window_s(self) -> float:
        """How long a call counts."""
        return self.period_s + (_SLACK_S if self.period_s >= _SLACK_FROM_S else 0.0)

    def limit(self, *, urgent: bool) -> int:
        return self.calls if urgent else self.calls - self.reserve


@dataclass(frozen=True, slots=True)
class Budget:
    """The quotas that one group of endpoints shares; ``key`` names provider, key and group."""

    provider: str
    group: str
    key: str
    quotas: tuple[Quota, ...]


@dataclass(frozen=True, slots=True)
class QuotaUse:
    """How far a quota is used now; ``frees_in_s`` is when the oldest call is forgotten."""

    provider: str
    group: str
    used: int
    limit: int
    period_s: float
    frees_in_s: float


class QuotaBook:
    """Every call of the last periods, in a file shared by all processes of a data directory.

    SQLite with a rollback journal (several writers are safe in this mode), in a thread, one
    short transaction a call; a damaged file counts every quota as used up from now on.
    """

    def __init__(self, path: Path, timing: Timing, tell: Callable[[DomainEvent], None]) -> None:
        self._path = path
        self._timing = timing
        self._tell = tell
        self._lock = asyncio.Lock()
        self._is_open = False
        self._budgets: dict[str, Budget] = {}
        self._lost: set[str] | None = None  # keys already counted as used up after a damage

    async def take(self, budget: Budget, count: int = 1, *, urgent: bool = False) -> float:
        """Count calls that are about to be sent: 0, or the seconds until so many would fit.

        Raises:
            StateUnavailable: the file cannot be written; nothing may be sent uncounted.
        """
        wait, told = await self._off_loop(lambda: self._take(budget, count, urgent=urgent))
        for event in told:
            self._tell(event)
        return wait

    async def reserve(self, budget: Budget, wanted: int, *, urgent: bool = False) -> int:
        """Count as many of the wanted calls as fit now; how many these are."""
        fits, told = await self._off_loop(lambda: self._reserve(budget, wanted, urgent=urgent))
        for event in told:
            self._tell(event)
        return fits

    async def give_back(self, budget: Budget, count: int) -> None:
        """Forget calls that were counted and never sent."""
        if count > 0:
            await self._off_loop(lambda: self._give_back(budget, count))

    async def use(self) -> Sequence[QuotaUse]:
        """How far every quota that was asked for is used."""
        return await self._off_loop(self._use)

    async def _off_loop(self, work: Callable[[], _T]) -> _T:
        """Run to the end even if the caller is cancelled: a thread cannot be stopped."""
        async with self._lock:
            job = asyncio.ensure_future(asyncio.to_thread(self._guarded, work))
            try:
                return await asyncio.shield(job)
            except asyncio.CancelledError:
                await asyncio.wait([job])
                raise

    def _guarded(self, work: Callable[[], _T]) -> _T:
        try:
            if not self._is_open:
                self._open()
            return work()
        except (sqlite3.Error, OSError) as error:
            raise StateUnavailable(f"{self._path}: cannot be written ({error})") from error

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            self._path.replace(self._path.with_suffix(".damaged"))
            self._lost = set()
            self._prepare()
        self._is_open = True

    def _prepare(self) -> None:
        with closing(self._connected()) as database:
            database.executescript(_SCHEMA)
        self._path.chmod(0o600)

    def _connected(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, timeout=5.0, isolation_level=None)
        try:
            database.execute("PRAGMA journal_mode=DELETE")
            database.execute("PRAGMA synchronous=FULL")
        except sqlite3.Error:  # a damaged file is put away next, and must not stay open
            database.close()
            raise
        return database

    def _take(self, budget: Budget, count: int, *, urgent: bool) -> tuple[float, list[DomainEvent]]:
        with closing(self._connected()) as database:
            window = self._begin(database, budget)
            waits = [window.wait_s(quota, count, urgent=urgent) for quota in budget.quotas]
            wait = max(waits, default=0)
            return wait, self._commit(database, window, 0 if wait > 0 else count)

    def _reserve(
        self, budget: Budget, wanted: int, *, urgent: bool
    ) -> tuple[int, list[DomainEvent]]:
        with closing(self._connected()) as database:
            window = self._begin(database, budget)
            fits = min([wanted, *(window.free(quota, urgent=urgent) for quota in budget.quotas)])
            return fits, self._commit(database, window, fits)

    def _begin(self, database: sqlite3.Connection, budget: Budget) -> "_Window":
        """Lock the file and read what still counts; a call from the future was made now."""
        self._budgets[budget.key] = budget
        now = self._timing.machine_now().timestamp()
        longest = max((quota.window_s for quota in budget.quotas), default=0.0)
        database.execute("BEGIN IMMEDIATE")
        database.execute("UPDATE calls SET at=? WHERE key=? AND at>?", (now, budget.key, now))
        database.execute("DELETE FROM calls WHERE key=? AND at<=?", (budget.key, now - longest))
        if self._lost is not None and budget.key not in self._lost:
            self._lost.add(budget.key)
            most = max((quota.calls for quota in budget.quotas), default=0)
            database.executemany("INSERT INTO calls VALUES (?, ?)", [(budget.key, now)] * most)
        rows = database.execute("SELECT at FROM calls WHERE key=? ORDER BY at", (budget.key,))
        return _Window(budget, now, [row[0] for row in rows])

    @staticmethod
    def _commit(database: sqlite3.Connection, window: "_Window", count: int) -> list[DomainEvent]:
        rows = [(window.budget.key, window.now)] * count
        database.executemany("INSERT INTO calls VALUES (?, ?)", rows)
        database.execute("COMMIT")
        return window.warnings(count)

    def _give_back(self, budget: Budget, count: int) -> None:
        with closing(self._connected()) as database:
            newest = "SELECT rowid FROM calls WHERE key=? ORDER BY at DESC, rowid DESC LIMIT ?"
            database.execute(f"DELETE FROM calls WHERE rowid IN ({newest})", (budget.key, count))  # noqa: S608 - a constant

    def _use(self) -> list[QuotaUse]:
        found = []
        with closing(self._connected()) as database:
            for budget in self._budgets.values():
                window = self._begin(database, budget)
                database.execute("COMMIT")
                found += [window.use(quota) for quota in budget.quotas]
        return found


@dataclass(frozen=True, slots=True)
class _Window:
    """The calls of one key that still count, oldest first, in epoch seconds."""

    budget: Budget
    now: float
    times: list[float]

    def counted(self, quota: Quota) -> list[float]:
        return [at for at in self.times if at > self.now - quota.window_s]

    def free(self, quota: Quota, *, urgent: bool) -> int:
        return max(0, quota.limit(urgent=urgent) - len(self.counted(quota)))

    def wait_s(self, quota: Quota, count: int, *, urgent: bool) -> float:
        missing = count - self.free(quota, urgent=urgent)
        if missing <= 0:
            return 0.0
        counted = self.counted(quota)
        if missing > len(counted):
            return quota.window_s  # more at once than the quota ever allows
        return max(0.001, counted[missing - 1] + quota.window_s - self.now)

    def warnings(self, count: int) -> list[DomainEvent]:
        """A warning for each quota that these calls bring over the mark."""
        budget, told = self.budget, list[DomainEvent]()
        for quota in budget.quotas:
            used, mark = len(self.counted(quota)), _WARN_AT * quota.calls
            if used < mark <= used + count:
                period = round(quota.period_s)
                told.append(
                    QuotaWarning(budget.provider, budget.group, used + count, quota.calls, period)
                )
        return told

    def use(self, quota: Quota) -> QuotaUse:
        counted = self.counted(quota)
        frees = counted[0] + quota.window_s - self.now if counted else 0.0
        return QuotaUse(
            self.budget.provider,
            self.budget.group,
            len(counted),
            quota.calls,
            quota.period_s,
            frees,
        )
