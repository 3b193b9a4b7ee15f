"""A clock of virtual time: who sleeps on it wakes at once, at the instant that was slept until."""

import asyncio
from bisect import insort
from datetime import UTC, datetime, timedelta

from fin_agent.ports import TimerPort


class VirtualClock(TimerPort):
    """Time passes only by sleeping on it, in the order of waking.

    ``step`` sets what the clock shows, forward or back, as a time service would: who sleeps
    meanwhile sleeps neither longer nor shorter.
    """

    def __init__(self, at: datetime) -> None:
        self._shown = at.astimezone(UTC)
        self._passed = timedelta(0)
        self._sleepers: list[tuple[timedelta, int, asyncio.Event]] = []
        self._sleeps = 0

    def now(self) -> datetime:
        return self._shown + self._passed

    def step(self, seconds: float) -> None:
        self._shown += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        self._sleeps += 1
        first = asyncio.Event()
        mine = (self._passed + timedelta(seconds=max(0.0, seconds)), self._sleeps, first)
        insort(self._sleepers, mine)
        try:
            await asyncio.sleep(0)
            while self._sleepers[0] is not mine:
                first.clear()
                await first.wait()
            self._passed = mine[0]
        finally:
            self._sleepers.remove(mine)
            if self._sleepers:
                self._sleepers[0][2].set()
