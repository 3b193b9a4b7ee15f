"""Time and chance as the HTTP client sees them; a test brings its own."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import SystemRandom

from fin_agent.ports import ClockPort


@dataclass(frozen=True, slots=True)
class Timing:
    """``clock`` is the session's time, ``monotonic`` measures pauses, ``chance`` draws from 0..1.

    ``machine`` is the machine's time where the session runs by a fast clock: quotas and the pauses
    that providers ask for are theirs, in real seconds.
    """

    clock: ClockPort
    machine: ClockPort | None = None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    monotonic: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = field(default_factory=lambda: SystemRandom().random)

    def now(self) -> datetime:
        return self.clock.now()

    def machine_now(self) -> datetime:
        return (self.machine or self.clock).now()
