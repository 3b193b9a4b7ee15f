"""What a simulated day looks at: every transaction that ends, and every wish of the person."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

from fin_agent.domain.control import Act, ControlRequest, Latch, LatchKind, StoredDay
from fin_agent.domain.errors import StateUnavailable
from fin_agent.domain.events import Event
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.journal import TradeNote, TradeRecord
from fin_agent.domain.notice import Notice
from fin_agent.domain.order import Fill, OrderIntent
from fin_agent.domain.risk import PlanAdvised
from fin_agent.ports import ControlPort, StorePort, UnitOfWork


class Crash(BaseException):
    """The process dies here; no code of ours may catch it."""


class WatchedWork(UnitOfWork):
    """Passes a transaction on and remembers what was in it."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self.events: list[Event] = []
        self.intents: list[OrderIntent | ExitIntent] = []
        self.latches: list[Latch] = []
        self.dropped: list[LatchKind] = []
        self.trades: list[TradeRecord] = []

    def append(self, events: Sequence[Event]) -> None:
        self.events.extend(events)
        self._work.append(events)

    def save_intent(self, intent: OrderIntent | ExitIntent) -> None:
        self.intents.append(intent)
        self._work.save_intent(intent)

    def save_fill(self, fill: Fill) -> None:
        self._work.save_fill(fill)

    def save_trade(self, trade: TradeRecord) -> None:
        self.trades.append(trade)
        self._work.save_trade(trade)

    def save_note(self, note: TradeNote) -> None:
        self._work.save_note(note)

    def save_advice(self, advice: PlanAdvised) -> None:
        self._work.save_advice(advice)

    def save_progress(self, session_date: date, minute: int) -> None:
        self._work.save_progress(session_date, minute)

    def save_latch(self, latch: Latch) -> None:
        self.latches.append(latch)
        self._work.save_latch(latch)

    def drop_latch(self, kind: LatchKind) -> None:
        self.dropped.append(kind)
        self._work.drop_latch(kind)

    def save_notice(self, notice: Notice) -> None:
        self._work.save_notice(notice)

    def acknowledge_notices(self, at: datetime) -> None:
        self._work.acknowledge_notices(at)


@dataclass
class WatchedStore(StorePort):
    """A store between two points of death; ``committed`` hears of each transaction that is durable.

    ``step`` is told "commit" before and "order" or "committed" after it; ``fails`` says whether the
    disk refuses this one.
    """

    inner: StorePort
    step: Callable[[str], None] = lambda _kind: None
    fails: Callable[[], bool] = lambda: False
    begins: Callable[[], None] = lambda: None
    committed: Callable[[WatchedWork], None] = lambda _work: None

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[UnitOfWork]:
        self.begins()
        self.step("commit")
        async with self.inner.begin() as work:
            watched = WatchedWork(work)
            yield watched
            if self.fails():
                raise StateUnavailable("disk full")
        self.committed(watched)
        self.step("order" if watched.intents else "committed")

    async def events(self, session_date: date, *, decisions: bool = False) -> Sequence[Event]:
        return await self.inner.events(session_date, decisions=decisions)

    async def trades(
        self, first: date | None = None, last: date | None = None
    ) -> Sequence[Mapping[str, object]]:
        return await self.inner.trades(first, last)

    async def day(self, session_date: date) -> StoredDay:
        return await self.inner.day(session_date)

    async def latches(self) -> Sequence[Latch]:
        return await self.inner.latches()

    async def relieve(self) -> None:
        await self.inner.relieve()

    async def close(self) -> None:
        await self.inner.close()


@dataclass
class Person(ControlPort):
    """Wishes by time, asked again after a crash until they are answered, and the kill flag."""

    wishes: list[tuple[datetime, str]] = field(default_factory=list)
    flag: str | None = None
    waiting: list[ControlRequest] = field(default_factory=list)
    answers: dict[str, Mapping[str, object]] = field(default_factory=dict)

    def look(self, now: datetime) -> None:
        """Let everything happen that the person does by now."""
        while self.wishes and self.wishes[0][0] <= now:
            _, wish = self.wishes.pop(0)
            if wish in {"flag", "unflag"}:
                self.flag = "kill" if wish == "flag" else None
                continue
            name = f"{wish}-{len(self.answers) + len(self.waiting)}"
            self.waiting.append(ControlRequest(name, Act(wish), f"a person: {wish}", now))

    def kill_reason(self) -> str | None:
        return self.flag

    def requests(self) -> Sequence[ControlRequest]:
        return list(self.waiting)

    def answer(self, request: ControlRequest, outcome: Mapping[str, object]) -> None:
        self.answers[request.request_id] = outcome
        self.waiting.remove(request)
