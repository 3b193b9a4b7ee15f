"""What is kept: the event log, its projections and the bus over it."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime

from fin_agent.domain.control import Latch, LatchKind, StoredDay
from fin_agent.domain.events import Event
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.journal import TradeNote, TradeRecord
from fin_agent.domain.notice import Notice
from fin_agent.domain.order import Fill, OrderIntent
from fin_agent.domain.risk import PlanAdvised


class UnitOfWork(ABC):
    """One transaction: everything in it is stored, or nothing is."""

    @abstractmethod
    def append(self, events: Sequence[Event]) -> None:
        """Add events to the log, in order."""

    @abstractmethod
    def save_intent(self, intent: OrderIntent | ExitIntent) -> None:
        """Insert or update an order intent."""

    @abstractmethod
    def save_fill(self, fill: Fill) -> None:
        """Insert an execution; the same one twice is stored once."""

    @abstractmethod
    def save_trade(self, trade: TradeRecord) -> None:
        """Insert or update a closed trade."""

    @abstractmethod
    def save_note(self, note: TradeNote) -> None:
        """Insert a person's note on a trade; the same one twice is stored once."""

    @abstractmethod
    def save_advice(self, advice: PlanAdvised) -> None:
        """Insert a plan with the advice on it, so that a restart can arm it again."""

    @abstractmethod
    def save_progress(self, session_date: date, minute: int) -> None:
        """Everything up to this minute of the session is decided."""

    @abstractmethod
    def save_latch(self, latch: Latch) -> None:
        """Set a latch; it holds over every restart."""

    @abstractmethod
    def drop_latch(self, kind: LatchKind) -> None:
        """Take every latch of a kind away."""

    @abstractmethod
    def save_notice(self, notice: Notice) -> None:
        """Insert what a person is to be told; the same one twice is stored once."""

    @abstractmethod
    def acknowledge_notices(self, at: datetime) -> None:
        """Every critical notice that is stored has been heard."""


class StorePort(ABC):
    """The event log and its projections."""

    @abstractmethod
    def begin(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open a transaction; it commits when the block ends and rolls back on an error."""

    @abstractmethod
    async def events(self, session_date: date, *, decisions: bool = False) -> Sequence[Event]:
        """The events of one session date in the order they were recorded."""

    @abstractmethod
    async def trades(
        self, first: date | None = None, last: date | None = None
    ) -> Sequence[Mapping[str, object]]:
        """Closed trades as plain rows, by session date and entry time."""

    @abstractmethod
    async def day(self, session_date: date) -> StoredDay:
        """Everything a restart needs of one session date."""

    @abstractmethod
    async def latches(self) -> Sequence[Latch]:
        """Every latch that is set, oldest first."""

    @abstractmethod
    async def relieve(self) -> None:
        """Free what was kept in reserve on the disk, so that exits can still be recorded."""

    @abstractmethod
    async def close(self) -> None:
        """Release the files."""


Handler = Callable[[Event, UnitOfWork], Awaitable[None]]


class EventBusPort(ABC):
    """Carries events to consumers: at least once, each effect once, in order for each key.

    A handler's writes go into the unit of work it is given; they are stored together with the fact
    that the event is done, or not at all.
    """

    @abstractmethod
    async def publish(self, events: Sequence[Event]) -> None:
        """Returns when they are durable; waits while consumers are too far behind."""

    @abstractmethod
    def subscribe(
        self,
        consumer: str,
        types: Collection[str],
        handler: Handler,
        *,
        from_now: bool = False,
        observes: bool = False,
    ) -> None:
        """Before ``run``; no types are all types. A new consumer starts with the whole log.

        One that ``observes`` acts on nothing: it sees events past their ``valid_until`` as well.
        """

    @abstractmethod
    async def run(self) -> None:
        """Deliver until cancelled; ends with StateUnavailable when the log cannot be written."""

    @abstractmethod
    async def drain(self) -> None:
        """Deliver what is due now, then return."""
