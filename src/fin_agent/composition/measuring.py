"""The probes behind the metrics: each reads one part of the running agent, none changes it."""

import asyncio
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta

from fin_agent import __version__
from fin_agent.adapters.http.quota import QuotaUse
from fin_agent.adapters.http.statistics import LaneStatistics
from fin_agent.adapters.measured_market import Stopwatch
from fin_agent.adapters.metrics import Metrics, Reading, Spread
from fin_agent.adapters.persistence.database import Database
from fin_agent.adapters.scheduling.loop_watch import LoopWatch
from fin_agent.adapters.ticks.book import TickStatistics
from fin_agent.adapters.ticks.lags import Lags
from fin_agent.adapters.ticks.rules import FeedStatistics
from fin_agent.application.live import LiveDriver
from fin_agent.composition.live_parts import LiveParts
from fin_agent.domain.errors import FinAgentError
from fin_agent.domain.events import Event
from fin_agent.domain.order import OrderState
from fin_agent.domain.risk import TradingState
from fin_agent.ports import ClockPort, UnitOfWork

CONSUMER = "metrics"
_SCANNED = "CandidatesRanked"
_EVERY_S = 5.0
_QUEUES = (  # the oldest event behind each consumer's place
    "SELECT name, (SELECT recorded_at FROM event_log WHERE seq > consumer.cursor ORDER BY seq"
    " LIMIT 1) AS oldest FROM consumer"
)
_DEAD = "SELECT count(*) AS n FROM delivery WHERE state = 'dead'"


@dataclass(slots=True)
class Measured:
    """What the probes look at; ``driver``, ``now`` and ``parts`` are asked each time.

    ``now`` is the agent's clock, which may be a fast one. ``depths`` are the events that each
    consumer of this process has not done.
    """

    database: Database
    machine: ClockPort
    loop_watch: LoopWatch
    driver: Callable[[], LiveDriver | None]
    now: Callable[[], datetime]
    parts: Callable[[], LiveParts | None]
    depths: Callable[[], dict[str, int]]
    metrics: Metrics = field(default_factory=Metrics)
    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    quotas: tuple[QuotaUse, ...] = ()
    ages: dict[str, float] = field(default_factory=dict)
    dead: int = 0

    def begin(self) -> None:
        """Let the probes be asked."""
        for probe in (self._process, self._state, self._session, self._streams, self._providers):
            self.metrics.add_probe(probe)

    async def take(self, event: Event, _work: UnitOfWork) -> None:
        """Count one event of the log."""
        self.metrics.events.labels(event.type).inc()
        seconds = self.stopwatch.taken() if event.type == _SCANNED else None
        if seconds is not None:
            self.metrics.scans.observe(seconds)

    async def run(self) -> None:
        """Look now and then at what takes a while to look at."""
        while True:
            with suppress(FinAgentError):  # health and halts tell of the database by themselves
                await self.look()
            await asyncio.sleep(_EVERY_S)

    async def look(self) -> None:
        """Read the places of all consumers, the dead letters and the quotas."""
        rows = await self.database.rows(_QUEUES)
        depths, now = self.depths(), self.machine.now()
        self.ages = {
            name: _age(row["oldest"], now) if depths.get(name) else 0.0
            for row in rows
            if (name := str(row["name"])) in depths
        }
        (row,) = await self.database.rows(_DEAD)
        self.dead = int(row["n"])
        parts = self.parts()
        if parts is not None:
            self.quotas = tuple(await parts.network.quota_use())

    def _process(self) -> Iterable[Reading]:
        loop = self.loop_watch.health
        yield Reading("build_info", 1, (__version__,))
        yield Reading("event_loop_lag_seconds", loop.lag_s)
        yield Reading("event_loop_lag_worst_seconds", loop.worst_s)
        yield Reading("event_loop_late_total", loop.late)
        yield Reading("threads", threading.active_count())
        with suppress(RuntimeError):  # asked from a thread without a loop
            yield Reading("tasks", len(asyncio.all_tasks()))

    def _state(self) -> Iterable[Reading]:
        path = self.database.path
        wal = path.with_name(f"{path.name}-wal")
        yield Reading("database_bytes", _size(str(path)))
        yield Reading("wal_bytes", _size(str(wal)))
        with suppress(OSError):
            yield Reading("disk_free_bytes", shutil.disk_usage(path.parent).free)
        yield Reading("dead_letters", self.dead)
        for consumer, depth in self.depths().items():
            yield Reading("queue_depth", depth, (consumer,))
        for consumer, age in self.ages.items():
            yield Reading("queue_age_seconds", age, (consumer,))

    def _session(self) -> Iterable[Reading]:
        driver = self.driver()
        if driver is None:
            return
        day, book = driver.day, driver.day.book
        for state in TradingState:
            yield Reading("trading_state", state is book.state, (state.value,))
        lost = max(0.0, -float(book.day_pnl))
        yield Reading("daily_loss_used_ratio", lost / float(day.rules.risk.daily_loss_cap))
        counts = dict.fromkeys(OrderState, 0)
        for intent in list(book.intents.values()):
            counts[intent.state] += 1
        for order_state, count in counts.items():
            yield Reading("orders", count, (order_state.value,))
        yield Reading("open_positions", len(book.open))
        yield Reading("data_age_seconds", _data_age(driver, self.now()))

    def _streams(self) -> Iterable[Reading | Spread]:
        parts = self.parts()
        if parts is None or parts.streamed is None:
            return
        feed, lags = parts.streamed, parts.lags
        yield _spread("print_lag_seconds", lags.prints)
        yield _spread("decision_lag_seconds", lags.streamed, "streamed")
        yield _spread("decision_lag_seconds", lags.repaired, "repaired")
        yield Reading("stale_symbols", len(feed.stale))
        yield from _counted("ticks_total", feed.ticks)
        for doubt, count in list(feed.ticks.doubts.items()):
            yield Reading("ticks_total", count, (f"doubt_{doubt.value}",))
        yield from _counted("stream_total", feed.statistics)
        if feed.following is not None:
            lag = self.now().timestamp() - feed.following.book.watermark_ms / 1000.0
            yield Reading("tick_lag_seconds", lag if 0 <= lag < _A_DAY_S else 0.0)

    def _providers(self) -> Iterable[Reading]:
        parts = self.parts()
        if parts is None:
            return
        for provider, lane in parts.network.statistics().items():
            yield from _lane(provider, lane)
        most: dict[tuple[str, str], float] = {}
        for use in self.quotas:  # the fullest of its groups
            key = (use.provider, f"{use.period_s:g}s")
            most[key] = max(most.get(key, 0.0), use.used / use.limit)
        for key, ratio in most.items():
            yield Reading("provider_quota_used_ratio", ratio, key)


_A_DAY_S = timedelta(days=1).total_seconds()


def _lane(provider: str, lane: LaneStatistics) -> Iterator[Reading]:
    yield Reading("provider_calls_total", lane.answered, (provider, "answered"))
    for failure, count in list(lane.failures.items()):
        yield Reading("provider_calls_total", count, (provider, failure))
    yield Reading("provider_retries_total", lane.retried, (provider,))
    for by, count in (
        ("memory", lane.from_memory),
        ("disk", lane.from_disk),
        ("coalesced", lane.coalesced),
    ):
        yield Reading("provider_saved_total", count, (provider, by))
    yield Reading("provider_seconds_total", lane.seconds, (provider,))


def _spread(name: str, lags: Lags, *labels: str) -> Spread:
    return Spread(name, lags.buckets(), lags.total_s, labels)


def _counted(name: str, statistics: FeedStatistics | TickStatistics) -> Iterator[Reading]:
    """Every number of a dataclass of counts, by the name of its field."""
    for item in fields(statistics):
        value = getattr(statistics, item.name)
        if isinstance(value, int):
            yield Reading(name, value, (item.name,))


def _data_age(driver: LiveDriver, now: datetime) -> float:
    """Seconds since the end of the newest minute with a price; 0 outside of the session."""
    day, live = driver.day, driver.day.live
    if live is None or not day.session.open < now < day.session.close:
        return 0.0
    newest = max((end for _, end in list(live.prices.values())), default=day.session.open)
    return max(0.0, (now - newest).total_seconds())


def _age(recorded_at: object, now: datetime) -> float:
    if recorded_at is None:
        return 0.0
    return max(0.0, (now - datetime.fromisoformat(str(recorded_at))).total_seconds())


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - a Path would be made for each scrape
    except OSError:
        return 0
