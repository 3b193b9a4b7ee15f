"""The one writer: a bounded queue of transactions, committed together as they come in.

There is no waiting window. While a commit is on its way new transactions wait, and then they are
written in one; a lone transaction is written at once. reliability.md section 3.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fin_agent.adapters.persistence.connection import StateConnection, finished
from fin_agent.adapters.persistence.health import Condition, Health, condition_after, told
from fin_agent.adapters.persistence.reserve import Reserve
from fin_agent.adapters.persistence.transactions import (
    Checkpoint,
    Outcome,
    Writing,
    checkpoint,
    commit,
)
from fin_agent.domain.errors import StateUnavailable

_FRAMES_A_ROW = 3.0  # the table and two indexes, until the first checkpoint has measured it
_PATIENCE_MS = 100  # for readers that stand in the way of starting the log anew


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes and times; pages are SQLite's, of 4 KiB."""

    queued: int = 4096  # transactions; publishers wait when there are more
    together: int = 512  # transactions in one commit
    busy_ms: int = 5000
    checkpoint_pages: int = 1000
    idle_pages: int = 100
    idle_s: float = 0.05
    restart_pages: int = 4096  # readers are made to wait (and cut) from here on
    wal_pages: int = 16_000  # 62.5 MiB: with more the log counts as a full disk
    read_s: float = 10.0
    reserve_bytes: int = 32 << 20
    checked_rows: int = 50_000  # newest events whose chain a start follows; db verify takes all


class _Unit:
    """A transaction with its caller; cancelling ``outcome`` before it is under way withdraws it."""

    __slots__ = ("outcome", "together", "under_way", "writing")

    def __init__(self, writing: Writing, outcome: "asyncio.Future[int | None]") -> None:
        self.writing = writing
        self.outcome = outcome
        self.together: asyncio.Future[Any] = outcome  # when under way: the end of its whole group
        self.under_way = False


class Writer:
    """Owns the writing connection. ``reading`` is cut when its reads keep the log from ending."""

    def __init__(
        self,
        connection: StateConnection,
        path: Path,
        limits: Limits,
        reserve: Reserve,
        reading: StateConnection | None,
    ) -> None:
        self.health = Health()
        self.epoch: int | None = None
        self._connection = connection
        self.path = path
        self._limits = limits
        self._reserve = reserve
        self._reading = reading
        self._room = asyncio.Semaphore(limits.queued)
        self._waiting: deque[_Unit] = deque()
        self._arrival: asyncio.Future[None] | None = None
        self._pump: asyncio.Task[None] | None = None
        self._closing = False
        self._pages = _Pages()

    async def write(self, writing: Writing) -> int | None:
        """Have a transaction written; returns when it is durable.

        Returns:
            The place in the log before its events; None when it was not looked up.

        Raises:
            StateUnavailable: it is not stored: disk full, disk failed, locked, closed, taken over.
            CorruptData: the file is damaged.
            Inconsistent: it breaks a rule of the schema.
        """
        await self._room.acquire()
        if self._closing:
            self._room.release()
            raise StateUnavailable(f"{self.path}: is closed")
        unit = _Unit(writing, asyncio.get_running_loop().create_future())
        self._waiting.append(unit)
        self._wake()
        if self._pump is None:
            self._pump = asyncio.create_task(self._work(), name=f"writer of {self.path.name}")
        try:
            return await unit.outcome
        except asyncio.CancelledError:
            if unit.under_way:
                await finished(_end_of(unit.together))
            raise

    async def close(self) -> None:
        """Write what waits, refuse what comes, and end."""
        self._closing = True
        self._wake()
        if self._pump is not None:
            await finished(_end_of(self._pump))

    def release_reserve(self) -> bool:
        """Delete the reserve; entries stay off until there is space for a new one."""
        if self.health.is_ok:
            self.health = Health(Condition.FULL, f"{self.path.parent}: the reserve is given up")
        return self._reserve.release()

    async def checkpoint(self, mode: str) -> None:
        """Copy the write-ahead log into the file; TRUNCATE also empties it."""
        self._after_checkpoint(await self._connection.run(self._checkpoint, mode))

    async def _work(self) -> None:
        try:
            while await self._more():
                await self._write_group(self._take())
                if self._pages.since > self._limits.checkpoint_pages:
                    await self._make_room()
        finally:
            self._pump = None
            for unit in self._waiting:  # only when this very task was cancelled or has a bug
                _settle(unit, StateUnavailable(f"{self.path}: the writer has ended"))

    async def _more(self) -> bool:
        """Wait for work; False when there is none and none may come soon."""
        if self._waiting or self._closing:
            return bool(self._waiting)
        loop = asyncio.get_running_loop()
        self._arrival = loop.create_future()
        timer = loop.call_later(self._limits.idle_s, self._wake)
        try:
            await self._arrival
        finally:
            timer.cancel()
            self._arrival = None
        if not self._waiting and self._pages.since > self._limits.idle_pages:
            await self._make_room()
        return bool(self._waiting)

    def _wake(self) -> None:
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    def _take(self) -> list[_Unit]:
        group: list[_Unit] = []
        together = asyncio.get_running_loop().create_future()
        while self._waiting and len(group) < self._limits.together:
            unit = self._waiting.popleft()
            self._room.release()
            if not unit.outcome.done():  # else its caller was cancelled: it is withdrawn
                unit.together, unit.under_way = together, True
                group.append(unit)
        return group

    async def _write_group(self, group: Sequence[_Unit]) -> None:
        if not group:
            return
        writings = [unit.writing for unit in group]
        ended = StateUnavailable(f"{self.path}: the writer has ended")
        outcome = Outcome([ended] * len(group))
        try:
            outcome = await self._commit(writings)
            fault = outcome.fault
            is_full = fault is not None and condition_after(fault) is Condition.FULL
            if is_full and self._reserve.release():
                outcome = await self._commit(writings)  # a fact is worth more than the reserve
            self._pages.count(writings)
        finally:
            before = outcome.before
            for unit, error in zip(group, outcome.errors, strict=True):
                _settle(unit, None if error is None else told(self.path, error), before)
                before = None if before is None else before + len(unit.writing.events)
            group[0].together.set_result(None)

    async def _commit(self, writings: Sequence[Writing]) -> Outcome:
        if self.health.condition is Condition.FAILED:
            refusal = StateUnavailable(f"{self.health.reason}; nothing is written any more")
            return Outcome([refusal] * len(writings))
        outcome = await self._connection.run(commit, writings, self.epoch)
        if outcome.fault is not None:
            self._note(outcome.fault)
        return outcome

    def _note(self, fault: Exception) -> None:
        """Remember what a fault leaves; only a restart makes a failed database good again."""
        condition = condition_after(fault)
        if condition is not Condition.OK and self.health.condition is not Condition.FAILED:
            self.health = Health(condition, str(told(self.path, fault)))

    async def _make_room(self) -> None:
        """Checkpoint, and look at the space that is left."""
        if self.health.condition is Condition.FAILED:
            return
        self._after_checkpoint(await self._connection.run(self._checkpoint, "PASSIVE"))
        if self._pages.logged > self._limits.restart_pages:
            if self._reading is not None:
                self._reading.cut()
            done = await self._connection.run(self._checkpoint, "RESTART", _PATIENCE_MS)
            self._after_checkpoint(done)
        await self._connection.run(self._look_at_space)

    def _checkpoint(
        self, connection: sqlite3.Connection, mode: str, patience_ms: int = 0
    ) -> Checkpoint | sqlite3.Error:
        try:
            return checkpoint(connection, mode, patience_ms)
        except sqlite3.Error as error:  # the transactions are safe in the log
            return error

    def _after_checkpoint(self, done: Checkpoint | sqlite3.Error) -> None:
        if isinstance(done, sqlite3.Error):
            self._pages.since = 0  # not again before the next thousand pages
            self._note(done)
        else:
            self._pages.measured(done)

    def _look_at_space(self, _: sqlite3.Connection) -> None:
        """Runs on the thread: asking a disk may take its time."""
        if self.health.condition is Condition.FAILED:
            return
        if self._pages.logged > self._limits.wal_pages:
            mib = self._pages.logged >> 8
            reason = f"{self.path}: another program reads it and will not end; its log is {mib} MiB"
            self.health = Health(Condition.FULL, reason)
        elif not self._limits.reserve_bytes:
            self.health = Health()
        elif self.health.is_ok and self._reserve.is_scarce():
            self.health = Health(Condition.FULL, f"{self.path.parent}: the disk is nearly full")
        elif not self.health.is_ok and self._reserve.renew():
            self.health = Health()


class _Pages:
    """How long the write-ahead log is: estimated from rows, measured at every checkpoint."""

    def __init__(self) -> None:
        self.since = 0.0
        self.logged = 0
        self._rows = 0
        self._is_blocked = False
        self._a_row = _FRAMES_A_ROW

    def count(self, group: Sequence[Writing]) -> None:
        rows = 1 + sum(unit.rows for unit in group)
        self._rows += rows
        self.since += rows * self._a_row

    def measured(self, done: Checkpoint) -> None:
        """A log that was copied whole starts anew, unless a reader is in it: then this is high."""
        grown = done.logged
        if self._is_blocked and done.logged >= self.logged:
            grown -= self.logged
        if self._rows:
            self._a_row = max(grown / self._rows, 0.5)
        self.logged, self.since, self._rows = done.logged, 0.0, 0
        self._is_blocked = done.is_blocked


def _settle(unit: _Unit, error: Exception | None, before: int | None = None) -> None:
    if unit.outcome.done():  # its caller was cancelled while it was under way
        return
    if error is None:
        unit.outcome.set_result(before)
    else:
        unit.outcome.set_exception(error)


async def _end_of(future: "asyncio.Future[Any]") -> None:
    await asyncio.wait([future])
