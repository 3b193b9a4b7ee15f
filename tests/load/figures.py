"""What a running agent shows at ``/metrics``, added up over its lives; a line through points."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from fin_agent.adapters.metrics import PREFIX
from fin_agent.adapters.ticks.lags import BOUNDS

READ_TOKEN = "load-programme-read-token-0123456789-0123456789-abcdef"
GOAL_S = 0.05
Sample = tuple[str, frozenset[tuple[str, str]]]


@dataclass
class Spread:
    """A histogram: cumulative counts by bound in seconds."""

    buckets: Mapping[float, float] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return int(self.buckets.get(inf, 0))

    def at_most(self, share: float) -> float:
        """A bound that this share stays under: the true quantile is not above it."""
        wanted = self.count * share
        return next((b for b in sorted(self.buckets) if self.buckets[b] >= wanted), inf)

    @property
    def is_quick(self) -> bool:
        """Whether there were any, and 99 of 100 were in time."""
        return self.count > 0 and self.at_most(0.99) <= GOAL_S


@dataclass
class Shown:
    """The newest metrics of the present life, and the sums of all lives before it."""

    port: int
    lives: Counter[Sample] = field(default_factory=Counter)
    newest: dict[Sample, float] = field(default_factory=dict)
    worst_loop_s: float = 0.0

    async def look(self, session: aiohttp.ClientSession) -> None:
        """Ask now; an agent that does not listen yet shows nothing."""
        address = f"http://127.0.0.1:{self.port}/metrics"
        headers = {"Authorization": f"Bearer {READ_TOKEN}"}
        try:
            async with session.get(address, headers=headers) as answer:
                text = await answer.text()
                answer.raise_for_status()
        except (aiohttp.ClientError, TimeoutError, OSError):
            return
        self.newest = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }
        worst = self.newest.get((f"{PREFIX}event_loop_lag_worst_seconds", frozenset()), 0.0)
        self.worst_loop_s = max(self.worst_loop_s, worst)

    def end_life(self) -> None:
        """The process is gone: what it showed last is kept."""
        self.lives.update(self.newest)
        self.newest = {}

    def total(self, name: str, **labels: str) -> float:
        """A counter over all lives."""
        return sum(
            value
            for (one, has), value in self.lives.items()
            if one == PREFIX + name and frozenset(labels.items()) <= has
        )

    def by(self, name: str, label: str) -> dict[str, float]:
        """A counter over all lives by the values of a label."""
        found: Counter[str] = Counter()
        for (one, has), value in self.lives.items():
            if one == PREFIX + name:
                found[dict(has)[label]] += value
        return dict(found)

    def spread(self, name: str, **labels: str) -> Spread:
        """A histogram over all lives."""
        bounds = {**{repr(bound): bound for bound in BOUNDS}, "+Inf": inf}
        asked = {text: self.total(f"{name}_bucket", le=text, **labels) for text in bounds}
        return Spread({bounds[text]: value for text, value in asked.items()})


def spread_of(counts: Sequence[int]) -> Spread:
    """From counts by bucket, as ``Lags`` has them."""
    found, so_far = {}, 0
    for bound, count in zip((*BOUNDS, inf), counts, strict=True):
        so_far += count
        found[bound] = float(so_far)
    return Spread(found)


def slope(points: Iterable[tuple[float, float]]) -> float:
    """Of a line through points by least squares: y a unit of x."""
    every = [*points]
    mean_x = sum(x for x, _ in every) / len(every)
    mean_y = sum(y for _, y in every) / len(every)
    above = sum((x - mean_x) * (y - mean_y) for x, y in every)
    return above / sum((x - mean_x) ** 2 for x, _ in every)
