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
    """``clock`` is the time of day, ``monotonic`` measures pauses, ``chance`` draws from 0..1."""

    clock: ClockPort
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    monotonic: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = field(default_factory=lambda: SystemRandom().random)

    def now(self) -> datetime:
        return self.clock.now()
