"""What Prometheus is shown: one table of metrics, and probes that are read when it asks.

Labels come from closed vocabularies (consumers, event types, providers, states): never a symbol, an
account, an amount of money or an id.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

PREFIX = "fin_agent_"
_QUICK = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SLOW = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120)


class Shown(NamedTuple):
    """A metric that probes give: counters end in ``_total``, the rest are gauges or histograms."""

    about: str
    labels: tuple[str, ...] = ()
    is_histogram: bool = False


PROBED: Mapping[str, Shown] = {
    "healthy": Shown("1 while loop, database and watchers do their work"),
    "build_info": Shown("the running version", ("version",)),
    "trading_state": Shown("1 for the state that trading is in", ("state",)),
    "daily_loss_used_ratio": Shown("share of the daily loss cap that is lost, open included"),
    "orders": Shown("entry orders of the session by state", ("state",)),
    "open_positions": Shown("positions that are held"),
    "data_age_seconds": Shown("age of the newest price while the session runs, else 0"),
    "stale_symbols": Shown("watched symbols that nothing was heard of for too long"),
    "tick_lag_seconds": Shown("how far the newest print is behind the clock, streaming only"),
    "print_lag_seconds": Shown("a print's time to its folding, streaming only", is_histogram=True),
    "decision_lag_seconds": Shown(
        "a minute's being complete to its decisions, streaming only", ("minute",), is_histogram=True
    ),
    "ticks_total": Shown("prints of this session by what became of them", ("fate",)),
    "stream_total": Shown("what happened to the stream in this session", ("what",)),
    "queue_depth": Shown("events that a consumer has not done", ("consumer",)),
    "queue_age_seconds": Shown("age of the oldest event it has not done", ("consumer",)),
    "dead_letters": Shown("deliveries that were given up"),
    "event_loop_lag_seconds": Shown("the last delay of the event loop"),
    "event_loop_lag_worst_seconds": Shown("the longest delay since the start"),
    "event_loop_late_total": Shown("delays of the event loop over 250 ms"),
    "wal_bytes": Shown("size of the write-ahead log"),
    "database_bytes": Shown("size of the state database"),
    "disk_free_bytes": Shown("free space where the state database is"),
    "tasks": Shown("tasks of the event loop"),
    "threads": Shown("threads of the process"),
    "provider_calls_total": Shown("calls to a provider by outcome", ("provider", "outcome")),
    "provider_retries_total": Shown("calls that were tried again", ("provider",)),
    "provider_saved_total": Shown("questions answered without a call", ("provider", "by")),
    "provider_seconds_total": Shown("time spent waiting for a provider", ("provider",)),
    "provider_quota_used_ratio": Shown("share of a quota that is used", ("provider", "period")),
    "notices_total": Shown("messages to a person by outcome", ("channel", "outcome")),
    "notices_unheard": Shown("critical notices that nobody has acknowledged"),
    "channel_dead": Shown("1 for a channel that does not work", ("channel",)),
    "dead_man_pings_total": Shown("signs of life by outcome", ("outcome",)),
}


class Reading(NamedTuple):
    """One value of a probe; ``labels`` in the order of the table."""

    name: str
    value: float
    labels: tuple[str, ...] = ()


class Spread(NamedTuple):
    """One histogram of a probe: cumulative counts by bound, and the sum of all."""

    name: str
    buckets: Sequence[tuple[str, float]]
    total: float
    labels: tuple[str, ...] = ()


Probe = Callable[[], Iterable[Reading | Spread]]
_Family = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily


@dataclass(slots=True, eq=False)
class _Probed(Collector):
    probes: list[Probe] = field(default_factory=list)

    def collect(self) -> Iterator[Metric]:
        families: dict[str, _Family] = {}
        for probe in self.probes:
            for reading in probe():
                family = families.get(reading.name)
                if family is None:
                    family = families[reading.name] = _family(reading.name)
                _add(family, reading)
        yield from families.values()

    def describe(self) -> Iterator[Metric]:
        return (_family(name) for name in PROBED)


def _family(name: str) -> _Family:
    shown = PROBED[name]
    if shown.is_histogram:
        return HistogramMetricFamily(PREFIX + name, shown.about, labels=shown.labels)
    kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
    return kind(PREFIX + name, shown.about, labels=shown.labels)


def _add(family: _Family, found: Reading | Spread) -> None:
    """Raises TypeError when a probe gives a number for a histogram, or the other way round."""
    if isinstance(family, HistogramMetricFamily):
        if not isinstance(found, Spread):
            raise TypeError(f"{found.name} is a histogram")
        family.add_metric(found.labels, found.buckets, found.total)
    elif isinstance(found, Reading):
        family.add_metric(found.labels, found.value)
    else:
        raise TypeError(f"{found.name} is no histogram")


class Metrics:
    """One registry of its own; ``processing`` and ``scans`` are fed as things happen."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call] # a second series nobody needs
        self.registry = CollectorRegistry()
        self._probed = _Probed()
        self.registry.register(self._probed)
        ProcessCollector(registry=self.registry)
        self.processing = Histogram(
            PREFIX + "processing_time_seconds",
            "time that a consumer takes over one event",
            ("consumer",),
            buckets=_QUICK,
            registry=self.registry,
        )
        self.scans = Histogram(
            PREFIX + "scan_duration_seconds",
            "from the first question of a scan to its ranking",
            buckets=_SLOW,
            registry=self.registry,
        )
        self.events = Counter(
            PREFIX + "events",
            "events of the log by type, since the start",
            ("event",),
            registry=self.registry,
        )

    def add_probe(self, probe: Probe) -> None:
        """Ask it whenever Prometheus asks; it must be quick and never raise."""
        self._probed.probes.append(probe)

    def rendered(self) -> tuple[bytes, str]:
        """Everything as text, and its media type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST


def names() -> frozenset[str]:
    """Every name that a query may use."""
    made = Metrics().registry
    own = {
        f"{family.name}{suffix}"
        for family in made.collect()
        for suffix in _SUFFIXES.get(family.type, ("",))
    }
    probed = {
        f"{PREFIX}{name}{suffix}"
        for name, shown in PROBED.items()
        for suffix in (_SUFFIXES["histogram"] if shown.is_histogram else ("",))
    }
    return frozenset(own | probed)


_SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}
