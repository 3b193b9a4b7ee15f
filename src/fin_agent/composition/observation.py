"""Everything that watches a running agent and tells about it; none of it can stop trading.

The one thing that does is meant to: a loop blocked for 30 seconds ends the process, so that a
supervisor starts it again (``adapters.scheduling.loop_watch``).
"""

import asyncio
from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Coroutine,
    Iterator,
    Sequence,
)
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING

from fin_agent import __version__
from fin_agent.adapters.dead_man import DeadMan
from fin_agent.adapters.measured_bus import MeasuredBus
from fin_agent.adapters.metrics import Reading
from fin_agent.adapters.notice_desk import Alarm, NoticeDesk
from fin_agent.adapters.persistence.database import Database
from fin_agent.adapters.persistence.deliveries import Deliveries
from fin_agent.adapters.persistence.event_store import EventStore
from fin_agent.adapters.scheduling.loop_watch import LoopWatch
from fin_agent.application.live import LiveDriver
from fin_agent.composition.alarms import LogAlarm, Moment
from fin_agent.composition.bootstrap import App
from fin_agent.composition.event_bus import OpenBus
from fin_agent.composition.live_parts import LiveParts
from fin_agent.composition.measuring import CONSUMER as METRICS
from fin_agent.composition.measuring import Measured
from fin_agent.composition.notifications import channels, notice_desk
from fin_agent.domain.errors import ConfigError
from fin_agent.domain.events import Event
from fin_agent.ports import EventBusPort, Handler, UnitOfWork

if TYPE_CHECKING:
    from fin_agent.adapters.tracing import Tracing

NOTIFICATIONS, TRACING = "notifications", "tracing"
_FLUSH_S = 5.0


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched: the agent's state, what stops its entries, and where it tells a person.

    ``driver``, ``now`` and ``parts`` are asked each time: a session, its clock (fast or not) and a
    live market come later than this. ``bus`` is open and does not run yet.
    """

    app: App
    store: EventStore
    database: Database
    bus: OpenBus
    halt: Callable[[str], None]
    tell: Callable[[str], None]
    is_fast: bool
    driver: Callable[[], LiveDriver | None]
    now: Callable[[], datetime]
    parts: Callable[[], LiveParts | None]


@dataclass(frozen=True, slots=True)
class Vitals:
    """Whether the process can do its work, and why not; for ``/healthz`` and the dead-man ping."""

    reasons: Sequence[str] = ()

    @property
    def is_healthy(self) -> bool:
        return not self.reasons


@dataclass(slots=True)
class Observation:
    """What others may ask and do: vital signs now, and acknowledging for a person."""

    watched: Watched
    loop_watch: LoopWatch
    measured: Measured
    bus: EventBusPort
    desk: NoticeDesk | None = None
    dead_man: DeadMan | None = None
    tracing: "Tracing | None" = None
    ended: dict[str, str] = field(default_factory=dict)

    def vitals(self) -> Vitals:
        """The state of loop, database and watchers; costs nothing, may be asked at any time."""
        loop, health = self.loop_watch.health, self.watched.database.health
        reasons = [] if loop.healthy else ["the event loop was blocked"]
        reasons += [] if health.is_ok else [f"the state database: {health.reason}"]
        reasons += [f"{name} ended: {why}" for name, why in self.ended.items()]
        return Vitals(reasons)

    def metrics(self) -> tuple[bytes, str]:
        """The body of ``/metrics`` and its media type; call it in the agent's loop."""
        return self.measured.metrics.rendered()

    def _shown(self) -> Iterator[Reading]:
        yield Reading("healthy", self.vitals().is_healthy)
        if self.desk is not None:
            for (channel, outcome), count in list(self.desk.outcomes.items()):
                yield Reading("notices_total", count, (channel, outcome))
            for one in self.desk.channels:
                yield Reading("channel_dead", one.state.is_dead, (one.name,))
            yield Reading("notices_unheard", self.desk.unheard)
        if self.dead_man is not None:
            yield Reading("dead_man_pings_total", self.dead_man.sent, ("sent",))
            yield Reading("dead_man_pings_total", self.dead_man.failed, ("failed",))

    def begin(self) -> None:
        """Let the metrics be asked."""
        self.measured.begin()
        self.measured.metrics.add_probe(self._shown)

    async def acknowledge(self, by: str) -> int:
        """A person has heard every critical notice; how many these were. For the API."""
        return 0 if self.desk is None else await self.desk.acknowledge(by)


async def observation(watched: Watched) -> Observation:
    """Subscribe everything that watches; call it before the bus runs.

    Raises:
        ConfigError: a channel is wrong; every problem is named.
    """
    app, loop_watch = watched.app, LoopWatch()
    moment = Moment(app.clock, watched.is_fast)
    alarm = LogAlarm(watched.store, app.settings.account.name, moment, watched.halt)
    measured = Measured(
        watched.database,
        app.clock,
        loop_watch,
        watched.driver,
        watched.now,
        watched.parts,
        watched.bus.depths,
    )
    bus = MeasuredBus(watched.bus.bus, measured.metrics)
    made = Observation(watched, loop_watch, measured, bus)
    await asyncio.to_thread(import_module, "pandas")  # pyarrow wants it, and it takes seconds
    opened = await asyncio.to_thread(channels, app)
    if opened:
        state = (watched.store, watched.database)
        desk = made.desk = notice_desk(app, opened, state, alarm, watched.tell)

        async def take(event: Event, work: UnitOfWork) -> None:
            moment.see(event)
            await desk.take(event, work)

        await _subscribed(made, NOTIFICATIONS, desk.types, take)
    await _subscribed(made, METRICS, (), measured.take)
    made.tracing = await _tracing(made)
    made.dead_man = _dead_man(made, alarm)
    made.begin()
    return made


async def _subscribed(
    made: Observation, consumer: str, types: Collection[str], handler: Handler
) -> None:
    """Subscribe an observer; a new one has its place before anything happens: it misses nothing."""
    place = Deliveries(made.watched.database).registered(consumer, from_now=True)
    store = made.watched.store
    await store.write(store.unit(), [place])
    made.bus.subscribe(consumer, types, handler, from_now=True, observes=True)


async def _tracing(made: Observation) -> "Tracing | None":
    chosen = made.watched.app.settings.tracing
    if chosen.exporter == "none":
        return None
    try:
        from fin_agent.adapters.tracing import otlp
    except ModuleNotFoundError as error:
        problem = "tracing.exporter: otlp needs OpenTelemetry: pip install fin-agent[otel]"
        raise ConfigError([problem]) from error
    tracing = otlp(chosen.endpoint, __version__)
    await _subscribed(made, TRACING, (), tracing.take)
    return tracing


def _dead_man(made: Observation, alarm: Alarm) -> DeadMan | None:
    app = made.watched.app
    address = app.loaded.secrets.dead_man_url
    if address is None:
        return None

    async def tell(problem: str) -> None:
        remedy = "check DEAD_MAN_URL and the network"
        await alarm.tell(f"dead-man {app.clock.now()}", problem, remedy)

    every_s = app.settings.notify.dead_man_minutes * 60
    return DeadMan(address, every_s, lambda: made.vitals().is_healthy, tell)


@asynccontextmanager
async def watching(made: Observation) -> AsyncIterator[None]:
    """Watch meanwhile; at the end what still waits is sent, for some seconds at most.

    Enter it before the bus is carried, so that it ends after the last event was delivered.
    """
    works: list[tuple[str, Coroutine[object, object, None]]] = []
    works.append(("the loop watch", made.loop_watch.run()))
    works.append(("measuring", made.measured.run()))
    if made.desk is not None:
        works.append(("sending notifications", made.desk.run()))
    if made.dead_man is not None:
        works.append(("the dead-man ping", made.dead_man.run()))
    tasks = [_started(made, name, work) for name, work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)  # told when they ended
        if made.desk is not None:
            await made.desk.flush(_FLUSH_S)
            await made.desk.close()
        if made.tracing is not None:
            await asyncio.to_thread(made.tracing.close)


def _started(
    made: Observation, name: str, work: Coroutine[object, object, None]
) -> "asyncio.Task[None]":
    """A task of its own: when it dies it is told and shows in the vital signs."""

    def ended(task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            made.ended[name] = f"{type(error).__name__}: {error}"
            made.watched.tell(f"error: {name} ended: {made.ended[name]}")

    task: asyncio.Task[None] = asyncio.create_task(work)
    task.add_done_callback(ended)
    return task
