"""What a day under load came to, and what was wanted of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.load.figures import Spread


@dataclass
class Load:
    """What a day under load came to."""

    minutes: float
    rate: float
    kill_every: float
    most_kills: int | None = None
    kills: int = 0
    seconds: float = 0.0
    connected_s: float = 0.0
    sent: int = 0
    lives: list[float] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    sender_late: Spread = field(default_factory=Spread)
    prints: Spread = field(default_factory=Spread)
    streamed: Spread = field(default_factory=Spread)
    repaired: Spread = field(default_factory=Spread)
    ticks: Mapping[str, float] = field(default_factory=dict)
    stream: Mapping[str, float] = field(default_factory=dict)
    worst_loop_s: float = 0.0
    bars: int = 0
    orders: int = 0
    executions: int = 0
    events: int = 0
    sent_again: int = 0
    wrong: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def is_quick(self) -> bool:
        """Whether 99 of 100 prints and of 100 decisions are in time."""
        return self.prints.is_quick and self.streamed.is_quick

    @property
    def pace(self) -> float:
        """Messages a second while the agent was connected."""
        return self.sent / max(self.connected_s, 0.001)

    @property
    def is_fast(self) -> bool:
        return self.pace >= self.rate

    @property
    def is_reached(self) -> bool:
        return not self.wrong and self.is_fast and self.is_quick
