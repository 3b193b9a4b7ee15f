"""The bus of a running agent: who carries events, and what a dead letter does."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from random import SystemRandom
from socket import gethostname

from fin_agent.adapters.persistence.database import Database
from fin_agent.adapters.persistence.deliveries import Deliveries
from fin_agent.adapters.persistence.event_bus import SqliteEventBus
from fin_agent.adapters.persistence.event_store import EventStore
from fin_agent.adapters.persistence.office import Office
from fin_agent.adapters.persistence.payloads import event_types
from fin_agent.composition.alarms import envelope
from fin_agent.composition.bootstrap import App
from fin_agent.composition.state import ORDER_TYPES
from fin_agent.domain.control import ErrorRaised, Latch, LatchKind
from fin_agent.domain.delivery import DeadLetter
from fin_agent.domain.errors import ConfigError, FinAgentError, Unavailable
from fin_agent.domain.session import NEW_YORK
from fin_agent.ports import EventBusPort, UnitOfWork

_HERE = "redis://127.0.0.1:6379/0"


@dataclass(frozen=True, slots=True)
class OpenBus:
    """A bus with what lets go of it."""

    bus: EventBusPort
    depths: Callable[[], dict[str, int]]
    close: Callable[[], Awaitable[None]]
    verify: Callable[[], Awaitable[None]] | None = None

    async def check(self, tell: Callable[[str], None]) -> None:
        """See that what carries events keeps them; while it is away they wait in the log.

        Raises:
            ConfigError: it would lose them; every setting is named.
        """
        if self.verify is None:
            return
        try:
            await self.verify()
        except Unavailable as error:
            tell(f"{error}; events wait in the log until it is back")


def open_bus(
    app: App, store: EventStore, database: Database, halt: Callable[[str], None]
) -> OpenBus:
    """The configured bus on an open state database.

    ``halt`` stops entries in this process at once; the latch that goes with it is durable in the
    transaction that records the dead letter.

    Raises:
        ConfigError: Redis is configured and its client is not installed.
    """

    async def report(letter: DeadLetter, work: UnitOfWork) -> None:
        now = app.clock.now()
        reason = f"dead letter: {letter.consumer} gave up {letter.event.type} ({letter.reason})"
        raised = ErrorRaised(reason, "fin-agent events dead, then events requeue", critical=True)
        name = f"{letter.consumer}|{letter.event.event_id}|{letter.failed_at.isoformat()}"
        at = (letter.event.session_date, letter.event.occurred_at)
        work.append([envelope(raised, name, letter.event.account, at)])
        work.save_latch(Latch(LatchKind.HALT, now.astimezone(NEW_YORK).date(), reason, now))
        halt(reason)

    office = Office(
        store=store,
        deliveries=Deliveries(database),
        clock=app.clock,
        draw=SystemRandom().random,
        types=event_types(),
        report=report,
        order_types=ORDER_TYPES,
        owner=(f"{gethostname()}-{os.getpid()}", database.epoch),
    )
    if app.settings.bus.use == "sqlite":
        local = SqliteEventBus(office)
        return OpenBus(local, local.depths, local.stop)
    try:
        from fin_agent.adapters.bus.redis import RedisEventBus
        from fin_agent.adapters.bus.stream import Stream
    except ModuleNotFoundError as error:
        msg = "bus.use: redis needs its client: pip install fin-agent[redis]"
        raise ConfigError([msg]) from error
    stream = Stream(_url(app), app.settings.bus.stream)
    shared = RedisEventBus(office, database, stream)
    return OpenBus(shared, shared.depths, shared.close, stream.verify)


@asynccontextmanager
async def carrying(
    bus: EventBusPort, tell: Callable[[str], None], halt: Callable[[str], None]
) -> AsyncIterator[None]:
    """Deliver events meanwhile, and what is left at the end; a carrier that dies halts entries."""

    def ended(task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            tell(f"error: events are not delivered any more: {error}")
            halt(f"the event bus stopped: {error}")

    carrier = asyncio.create_task(bus.run())
    carrier.add_done_callback(ended)
    try:
        yield
        await asyncio.sleep(0)
    finally:
        carrier.cancel()
        with suppress(asyncio.CancelledError, FinAgentError):  # it was told when it ended
            await carrier
    try:
        await bus.drain()
    except Unavailable as error:
        tell(f"{error}; events wait in the log and are delivered at the next start")


def _url(app: App) -> str:
    """Where Redis is, with its password when there is one."""
    url, password = app.settings.bus.url or _HERE, app.loaded.secrets.redis_password
    if password is None:
        return url
    scheme, _, rest = url.partition("://")
    return f"{scheme}://:{password.get_secret_value()}@{rest}"
