"""What a lane did, in numbers: for ``/metrics``, ``status`` and the tests."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class LaneStatistics:
    """Counts since the start; ``from_memory``, ``from_disk`` and ``coalesced`` sent nothing."""

    asked: int = 0
    from_memory: int = 0
    from_disk: int = 0
    coalesced: int = 0
    sent: int = 0
    answered: int = 0
    retried: int = 0
    bytes: int = 0
    seconds: float = 0.0
    slowest_s: float = 0.0
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def hit_rate(self) -> float | None:
        """The share of questions that needed no call of their own."""
        saved = self.from_memory + self.from_disk + self.coalesced
        return saved / self.asked if self.asked else None
