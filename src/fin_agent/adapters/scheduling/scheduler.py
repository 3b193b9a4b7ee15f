"""The loop that waits for passes: it looks at the clock every second and trusts nothing older."""

import logging
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Self

from fin_agent.adapters.scheduling.agenda import Agenda, FiredPasses, Job, Missed, Pass
from fin_agent.ports import TimerPort

_LONGEST_S = 1.0  # a step of the clock or a sleep of the machine is noticed within this
_SHORTEST_S = 0.001
_log = logging.getLogger(__name__)


class Scheduler(AsyncIterator[Pass | Missed]):
    """Gives each pass at its time: ``async for found in scheduler``; it never ends by itself.

    ``started`` is when the process began, so that a pass that falls due during its preparations
    is still run. While the loop's body works the scheduler waits: long work, and work that must
    not hold up another pass, belongs in a task of its own. Cancelling loses no pass: one counts
    as fired when it is given, and ``fired`` is to be stored before it is run.
    """

    def __init__(
        self,
        clock: TimerPort,
        jobs: Sequence[Job],
        started: datetime,
        fired: FiredPasses | None = None,
    ) -> None:
        self._clock = clock
        self._agenda = Agenda(jobs, started, fired)
        self._blocked = ""

    @property
    def fired(self) -> FiredPasses:
        """The memory to store, with every pass given so far."""
        return self._agenda.fired

    def next_at(self) -> datetime | None:
        """When the next pass is due (UTC); None before the first wait and when none is known."""
        return self._agenda.next_at()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Pass | Missed:
        while (found := self._agenda.take(now := self._clock.now())) is None:
            self._tell()
            due = self._agenda.next_at()
            wait = _LONGEST_S if due is None else (due - now).total_seconds()
            await self._clock.sleep(min(max(wait, _SHORTEST_S), _LONGEST_S))
        return found

    def _tell(self) -> None:
        if self._agenda.blocked != self._blocked:
            self._blocked = self._agenda.blocked
            if self._blocked:
                _log.warning("a job has no next time: %s", self._blocked)
