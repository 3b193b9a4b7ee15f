"""How late things are in the live path, in real seconds, counted in buckets as Prometheus wants."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

BOUNDS = (
    *(0.00025, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05),
    *(0.075, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)


@dataclass(slots=True)
class Lags:
    """Counts by bucket; one count costs well below a microsecond, because every frame is one."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total_s: float = 0.0

    def note(self, seconds: float) -> None:
        """Count one; a clock behind the exchange's gives 0, not less."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        if seconds > 0.0:
            self.total_s += seconds

    def buckets(self) -> Sequence[tuple[str, float]]:
        """So many were at most so late: cumulative, with the bound as Prometheus writes it."""
        found, so_far = [], 0
        for bound, count in zip((*BOUNDS, inf), self.counts, strict=True):
            so_far += count
            found.append(("+Inf" if bound == inf else repr(bound), float(so_far)))
        return found


@dataclass(frozen=True, slots=True)
class FeedLags:
    """The lags of a trade stream, over all sessions of a process.

    ``prints``: from the time that a frame's newest print has, by the exchange's clock, until the
    frame is folded. ``streamed`` and ``repaired``: from the moment at which a minute may be decided
    (its end, and the grace after it) until all that it triggers is decided and durable; a repaired
    minute waits for another source before.
    """

    prints: Lags = field(default_factory=Lags)
    streamed: Lags = field(default_factory=Lags)
    repaired: Lags = field(default_factory=Lags)
