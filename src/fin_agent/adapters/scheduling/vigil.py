"""Watches the machine's clocks against each other: steps of the wall clock, and time slept away.

asyncio's timers stand while the machine sleeps, so nothing else would notice. Runs in real time,
also when the agent itself runs by an accelerated clock.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass

import pendulum

from fin_agent.adapters.clock import ClockReading, read_clocks

_LOOK_S = 1.0
_GAP_S = 5.0  # reliability row 61
_STEP_S = 2.0  # reliability row 58


@dataclass(frozen=True, slots=True)
class Slept:
    """Nobody looked for ``seconds``; ``suspended`` of them the whole machine was asleep.

    The rest the process was stopped or its loop was blocked. Prices, streams and timers from
    before are void: entries off, connect anew, reconcile.
    """

    seconds: float
    suspended: float

    def __str__(self) -> str:
        how = "the machine slept" if self.suspended > self.seconds / 2 else "the process stood"
        return f"{how} for {_words(self.seconds)}"


@dataclass(frozen=True, slots=True)
class ClockStepped:
    """The wall clock was set by ``seconds``, forward if positive.

    A virtual machine that was paused as a whole comes back as a step forward: its own clocks all
    stood still. A step of more than the gap of ``Slept`` is therefore to be treated as one.
    """

    seconds: float

    def __str__(self) -> str:
        return f"the clock was set {'on' if self.seconds > 0 else 'back'} by {_words(self.seconds)}"


class Vigil:
    """Compares each reading of the clocks with the one before; limits in seconds.

    A step below ``step_s`` is the time service at work. It is not added up: how far the clock is
    from the truth is asked of a broker or provider (``skew``).
    """

    def __init__(
        self,
        read: Callable[[], ClockReading] = read_clocks,
        *,
        look_s: float = _LOOK_S,
        gap_s: float = _GAP_S,
        step_s: float = _STEP_S,
    ) -> None:
        self._read = read
        self._look_s = look_s
        self._gap_s = gap_s
        self._step_s = step_s
        self._last = read()

    def look(self) -> Sequence[Slept | ClockStepped]:
        """What happened since the last look, a sleep before the step it may have caused."""
        last, now = self._last, self._read()
        self._last = now
        passed = now.boottime - last.boottime
        step = now.wall - last.wall - passed
        found: list[Slept | ClockStepped] = []
        if passed > self._gap_s:
            found.append(Slept(passed, max(0.0, passed - (now.monotonic - last.monotonic))))
        if abs(step) > self._step_s:
            found.append(ClockStepped(step))
        return found

    async def watch(self) -> AsyncGenerator[Slept | ClockStepped, None]:
        """Look every second, for ever; what is found is given within a second of waking."""
        while True:
            for found in self.look():
                yield found
            await asyncio.sleep(self._look_s)


def _words(seconds: float) -> str:
    return pendulum.duration(seconds=round(abs(seconds))).in_words()
