"""The one place that reads the clocks."""

import asyncio
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fin_agent.domain.errors import UsageError
from fin_agent.ports import ClockPort, TimerPort

_FORM = "write START@SPEED, for example 2025-11-21T07:55:00-05:00@600"
_FASTEST = 100_000.0  # a session in a quarter of a second: more than one process can follow
_SUSPENDABLE = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # Linux only


class SystemClock(TimerPort):
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class FixedClock(ClockPort):
    """A clock that stands still: replays, tests, reports that must be reproducible."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at


class AcceleratedClock(TimerPort):
    """A clock that begins at ``start`` when it is made and runs ``speed`` times as fast.

    It follows the monotonic clock: steps of the machine's clock do not touch it. Time-outs, leases
    and pauses towards servers stay in real seconds. One that is ``held`` stands at its start until
    ``release``: what is slow is done before.
    """

    def __init__(self, start: datetime, speed: float, *, held: bool = False) -> None:
        self._start = start.astimezone(UTC)
        self.speed = self._speed = speed
        self._begun = None if held else time.monotonic()

    def now(self) -> datetime:
        if self._begun is None:
            return self._start
        return self._start + timedelta(seconds=(time.monotonic() - self._begun) * self._speed)

    def release(self) -> None:
        """Let a held clock run."""
        if self._begun is None:
            self._begun = time.monotonic()

    def skip_to(self, at: datetime) -> None:
        """Go on from a later instant; an earlier one changes nothing."""
        if at > self.now():
            self._start = at.astimezone(UTC)
            self._begun = None if self._begun is None else time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)


class WaitedClock(TimerPort):
    """A fast clock that moves only while it is waited on, so no machine is too slow for it.

    For one task that waits, and a market that waits with it: nothing is ever seen late.
    """

    def __init__(self, start: datetime, speed: float) -> None:
        self._at = start.astimezone(UTC)
        self.speed = speed

    def now(self) -> datetime:
        return self._at

    def skip_to(self, at: datetime) -> None:
        """Go on from a later instant; an earlier one changes nothing."""
        self._at = max(self._at, at.astimezone(UTC))

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)
        self._at += timedelta(seconds=seconds)


class ScanClock(ClockPort):
    """Another clock, but that it stands at a scan's instant while a fast clock's scan is made.

    The network's seconds are real ones: under a fast clock they would be minutes of the session,
    and what a scan fetches would be too late for it. Providers are given this clock.
    """

    def __init__(self, timer: TimerPort) -> None:
        self._timer = timer
        self._stands_at: datetime | None = None

    def now(self) -> datetime:
        return self._stands_at or self._timer.now()

    @contextmanager
    def standing(self, at: datetime) -> Iterator[None]:
        """Stand at an instant meanwhile; the machine's own clock is never stopped."""
        self._stands_at = at if isinstance(self._timer, AcceleratedClock) else None
        try:
            yield
        finally:
            self._stands_at = None


def speed_of(timer: TimerPort) -> float:
    """How many times as fast as real time a clock runs; a waited one is as fast as its waits."""
    return timer.speed if isinstance(timer, AcceleratedClock | WaitedClock) else 1.0


def start_and_speed(text: str) -> tuple[datetime, float]:
    """What START@SPEED says.

    Raises:
        UsageError: the start is no aware ISO 8601 time, or the speed no number above 0.
    """
    begin, separator, pace = text.strip().rpartition("@")
    if not separator:
        raise UsageError(f"--clock {text}: {_FORM}")
    try:
        start = datetime.fromisoformat(begin)
    except ValueError as error:
        raise UsageError(f"--clock {text}: {begin!r} is no time; {_FORM}") from error
    if start.tzinfo is None:
        raise UsageError(f"--clock {text}: {begin} has no offset from UTC; {_FORM}")
    try:
        speed = float(pace)
    except ValueError as error:
        raise UsageError(f"--clock {text}: {pace!r} is no speed; {_FORM}") from error
    if not (math.isfinite(speed) and 0 < speed <= _FASTEST):
        raise UsageError(f"--clock {text}: the speed must be above 0, at most {_FASTEST:.0f}")
    return start, speed


@dataclass(frozen=True, slots=True)
class ClockReading:
    """Three clocks at one moment, in seconds: what a step or a sleep is told apart by.

    ``wall`` can be set by anyone (since 1970), ``monotonic`` stands while the machine sleeps,
    ``boottime`` does not (where the system has none it is the monotonic clock).
    """

    wall: float
    monotonic: float
    boottime: float


def read_clocks() -> ClockReading:
    """The machine's clocks, whatever clock the agent runs by."""
    return ClockReading(time.time(), time.monotonic(), time.clock_gettime(_SUSPENDABLE))
