"""Notices an event loop that stopped turning: counts, tells with a stack, ends the process at last.

A thread watches from outside, because a blocked loop cannot watch itself. Code that never lets go
of the interpreter lock blocks that thread too; nothing inside the process could see that.
"""

import asyncio
import logging
import os
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Thread, get_ident
from threading import enumerate as enumerate_threads

from fin_agent.domain.errors import InvalidValue

_BLOCKED_EXIT = 70  # internal error; the supervisor starts the agent again
_TELLING_S = 1.0  # a log that is stuck itself must not keep the process alive
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoopLimits:
    """Seconds, from reliability row 62.

    A delay over ``late_s`` is counted, one over ``blocked_s`` is unhealthy and told with a stack,
    ``dead_s`` ends the process. Healthy again when the last blocked one is ``calm_s`` ago.
    """

    beat_s: float = 0.1
    late_s: float = 0.25
    blocked_s: float = 2.0
    dead_s: float = 30.0
    calm_s: float = 10.0

    def __post_init__(self) -> None:
        if not 0 < self.beat_s < self.late_s < self.blocked_s < self.dead_s:
            raise InvalidValue(f"the limits of the loop must rise, were {self}")


@dataclass(frozen=True, slots=True)
class LoopHealth:
    """How often the loop was late since the start, the longest and the last delay, and now.

    Delays are in seconds; the last one grows while the loop is blocked.
    """

    late: int
    worst_s: float
    healthy: bool
    lag_s: float = 0.0


class Silence:
    """How long a loop is silent, as its watcher may say that looks all the time.

    A watcher that did not look for ``stopped_s`` itself was stopped together with the loop.
    """

    def __init__(self, now: float, stopped_s: float) -> None:
        self._begun = self._last = now
        self._stopped_s = stopped_s

    def seconds(self, now: float, beat: float) -> float:
        """The silence since the loop's last beat, or since both were woken."""
        if now - self._last > self._stopped_s:
            self._begun = now
        self._last = now
        return now - max(beat, self._begun)


class LoopWatch:
    """Watches the loop that runs ``run``; ``exit_process`` is called with 70 from a thread.

    A process that was stopped as a whole, or a machine that slept, is no blocked loop: the thread
    stood still as well, and begins anew.
    """

    def __init__(
        self,
        limits: LoopLimits | None = None,
        exit_process: Callable[[int], object] = os._exit,
    ) -> None:
        self._limits = limits or LoopLimits()
        self._exit = exit_process
        self._beat = time.monotonic()
        self._blocked_at = float("-inf")
        self._late = 0
        self._worst = 0.0
        self._lag = 0.0

    @property
    def health(self) -> LoopHealth:
        """The state now; may be asked from any thread."""
        now = time.monotonic()
        blocked = now - self._beat > self._limits.blocked_s
        calm = now - self._blocked_at > self._limits.calm_s
        silent = now - self._beat - self._limits.beat_s
        lag = max(self._lag, silent)
        worst = max(self._worst, silent)
        return LoopHealth(self._late, worst, healthy=calm and not blocked, lag_s=lag)

    async def run(self) -> None:
        """Watch this loop until cancelled."""
        done = Event()
        self._beat = time.monotonic()
        watcher = Thread(
            target=self._watch, args=(get_ident(), done), name="loop-watch", daemon=True
        )
        watcher.start()
        try:
            while True:
                await asyncio.sleep(self._limits.beat_s)
                self._count(time.monotonic())
        finally:
            done.set()

    def _count(self, now: float) -> None:
        delay = now - self._beat - self._limits.beat_s
        self._beat = now
        self._lag = max(0.0, delay)
        self._worst = max(self._worst, delay)
        self._late += delay > self._limits.late_s
        if delay > self._limits.blocked_s:
            self._blocked_at = now

    def _watch(self, loop_thread: int, done: Event) -> None:
        limits = self._limits
        told, silence = 0.0, Silence(time.monotonic(), limits.blocked_s)
        while not done.wait(limits.beat_s):
            silent = silence.seconds(time.monotonic(), self._beat)
            if silent > limits.dead_s:
                _tell(
                    logging.CRITICAL, f"ending: the loop is blocked for {silent:.1f} s", loop_thread
                )
                self._exit(_BLOCKED_EXIT)
                return
            if silent > limits.blocked_s and told != self._beat:
                told = self._beat
                _tell(logging.ERROR, f"the loop is blocked for {silent:.1f} s", loop_thread)


def _tell(level: int, text: str, blocked: int) -> None:
    """Log with the stacks of all threads, without waiting for a log that is blocked as well."""
    teller = Thread(target=_log.log, args=(level, "%s\n%s", text, _stacks(blocked)), daemon=True)
    with suppress(RuntimeError):  # no further thread can be had
        teller.start()
        teller.join(_TELLING_S)


def _stacks(blocked: int) -> str:
    """Where every thread is, the blocked one first."""
    frames = sys._current_frames()  # noqa: SLF001 - the way to another thread's stack
    names = {thread.ident: thread.name for thread in enumerate_threads()}
    lines = []
    for ident in sorted(frames, key=lambda ident: ident != blocked):
        role = "the loop's thread" if ident == blocked else "thread"
        lines.append(f"{role} {names.get(ident, ident)}:\n")
        lines += traceback.format_stack(frames[ident])
    return "".join(lines)
