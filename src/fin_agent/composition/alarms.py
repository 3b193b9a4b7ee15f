"""What goes wrong beside a session, as events of the log: told once, and entries off if need be."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from fin_agent.adapters.notice_desk import Alarm
from fin_agent.domain.control import ErrorRaised, Latch, LatchKind
from fin_agent.domain.errors import Inconsistent
from fin_agent.domain.events import DomainEvent, Event, derived_id
from fin_agent.domain.notice import NoticesAcknowledged
from fin_agent.domain.session import NEW_YORK
from fin_agent.ports import ClockPort, StorePort


@dataclass(slots=True)
class Moment:
    """The session time that facts beside a session are dated by.

    With the machine's clock that is now; under a fast clock it is when the last event happened.
    """

    clock: ClockPort
    is_fast: bool
    _seen: tuple[date, datetime] | None = None

    def see(self, event: Event) -> None:
        """Note how far the session is."""
        self._seen = (event.session_date, event.occurred_at)

    def now(self) -> tuple[date, datetime]:
        """The session date and the time."""
        if self.is_fast and self._seen is not None:
            return self._seen
        now = self.clock.now()
        return now.astimezone(NEW_YORK).date(), now


def envelope(event: DomainEvent, name: str, account: str, at: tuple[date, datetime]) -> Event:
    """The envelope of a fact that belongs to no plan or order; ``name`` gives it its identity."""
    day, now = at
    kind = type(event).__name__
    event_id = derived_id("beside", kind, account, name)
    return Event(event_id, kind, day, account, now, event.text(), event.version)


class LogAlarm(Alarm):
    """Writes into the log of one agent; ``halt`` stops entries in this process at once."""

    def __init__(
        self, store: StorePort, account: str, moment: Moment, halt: Callable[[str], None]
    ) -> None:
        self._store = store
        self._account = account
        self._moment = moment
        self._halt = halt

    async def tell(self, name: str, problem: str, remedy: str, *, critical: bool = False) -> None:
        raised = ErrorRaised(problem, remedy, critical=critical)
        await self._record(raised, name, None)

    async def make_safe(self, name: str, problem: str, remedy: str) -> None:
        self._halt(problem)
        day, now = self._moment.now()
        raised = ErrorRaised(problem, remedy, critical=True)
        await self._record(raised, name, Latch(LatchKind.HALT, day, problem, now))

    async def acknowledged(self, by: str) -> None:
        now = self._moment.clock.now()
        heard = NoticesAcknowledged(by)
        told = envelope(heard, now.isoformat(), self._account, self._moment.now())
        async with self._store.begin() as work:
            work.append([told])
            work.acknowledge_notices(now)

    async def _record(self, event: DomainEvent, name: str, latch: Latch | None) -> None:
        told = envelope(event, name, self._account, self._moment.now())
        try:
            async with self._store.begin() as work:
                work.append([told])
                if latch is not None:
                    work.save_latch(latch)
        except Inconsistent:
            return  # of that name it was told before a restart
