"""Everything the core needs from the world, on one page.

Ports that do I/O are async. Every implementation and its fake pass the same contract tests in
``tests/contracts``. Errors are those of ``domain.errors``; vendor errors stop at the adapter.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from fin_agent.domain.events import Event
from fin_agent.domain.evidence import Evidence
from fin_agent.domain.history import DataIssue, ImportOptions, ImportReport, StoredSet
from fin_agent.domain.indicators import correlations_of
from fin_agent.domain.journal import TradeRecord
from fin_agent.domain.market import Bar, Instrument
from fin_agent.domain.news import Headline
from fin_agent.domain.order import ExitIntent, Fill, OrderIntent, OrderState
from fin_agent.domain.session import TradingSession
from fin_agent.domain.verdict import CrossSection


class ClockPort(ABC):
    """The only source of the time of day."""

    @abstractmethod
    def now(self) -> datetime:
        """The present instant, aware, in UTC."""


class CalendarPort(ABC):
    """The exchange's sessions (XNYS), holidays and half-days included."""

    @abstractmethod
    def session(self, day: date) -> TradingSession | None:
        """The session of a day, None on weekends and holidays."""

    @abstractmethod
    def sessions(self, first: date, last: date) -> Sequence[TradingSession]:
        """Every session from first to last, both included."""

    @abstractmethod
    def previous(self, day: date) -> TradingSession:
        """The last session before a day."""


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """What a scan asks for.

    ``at_open`` means the opening instant, where the price is the open of the first regular bar.
    """

    session: TradingSession
    previous: date
    at: datetime
    at_open: bool
    instruments: Sequence[Instrument]


class MinuteBars(NamedTuple):
    """The bars of one completed minute by symbol; ``minute`` counts from the session's open."""

    minute: int
    bars: Mapping[str, Bar]


class MarketDataPort(ABC):
    """Prices, volumes and history; every value is what was known at the asked instant."""

    @abstractmethod
    async def cross_section(self, request: ScanRequest) -> CrossSection:
        """Every instrument's evidence at the scan instant. Unknown symbols are Missing, not lost.

        Raises:
            Unavailable: the source cannot answer at all.
        """

    @abstractmethod
    async def closes(
        self, symbols: Sequence[str], before: date, sessions: int
    ) -> Mapping[str, dict[str, float]]:
        """The last closes by ISO date of completed sessions before a day, oldest first."""

    async def correlations(
        self, symbols: Sequence[str], before: date
    ) -> Mapping[tuple[str, str], float | None]:
        """The correlation of daily log returns of every two of the symbols, by the sorted pair.

        This is the definition; a source with columns may give the same faster (property test).
        """
        return await correlations_of(symbols, lambda some, n: self.closes(some, before, n))

    @abstractmethod
    def minutes(self, session: TradingSession, symbols: Sequence[str]) -> AsyncIterator[MinuteBars]:
        """Regular bars in time order, every minute of the session once, traded or not."""

    @abstractmethod
    async def has_pre_market(self, session: TradingSession, symbols: Sequence[str]) -> bool:
        """Whether any of the symbols has bars before the open on that day."""

    @abstractmethod
    async def fingerprint(self, session: TradingSession, symbols: Sequence[str]) -> str:
        """A hash over every stored input of the day; empty when the day is not stored."""


class NewsPort(ABC):
    """Headlines, earnings and short interest; "nothing happened" and "no answer" differ."""

    @abstractmethod
    async def headlines(
        self, symbols: Sequence[str], at: datetime
    ) -> Mapping[str, Evidence[tuple[Headline, ...]]]:
        """Headlines received in the 24 hours before ``at``, by symbol."""

    @abstractmethod
    async def earnings(
        self, symbols: Sequence[str], session: TradingSession
    ) -> Mapping[str, Evidence[bool]]:
        """Whether earnings were or are reported since the previous close, by symbol."""


class SentimentPort(ABC):
    """Scores a headline; deterministic and versioned."""

    name: str

    @abstractmethod
    def compound(self, text: str) -> float:
        """The compound sentiment in -1..1."""


class FxPort(ABC):
    """USD per unit of the account currency."""

    @abstractmethod
    async def rate(self, at: datetime) -> Evidence[float]:
        """The rate known at an instant; missing, stale or absurd rates are Missing."""


@dataclass(frozen=True, slots=True)
class OrderReport:
    """What the venue says about one of our orders; ``fill`` when it is about an execution."""

    client_order_id: str
    state: OrderState
    filled: Decimal
    fill: Fill | None = None
    reason: str = ""


class OrderPort(ABC):
    """A venue. Every write is a request; only its reports are facts.

    Raises, from every method that sends: Unavailable (nothing reached the venue, may be retried
    with the same id), Refused (the venue said no), or any other error (ambiguous: the order may
    live, look it up).
    """

    @abstractmethod
    async def submit(self, intent: OrderIntent, session: TradingSession) -> OrderReport:
        """Send an approved entry with its stop and target; the same id twice is the same order."""

    @abstractmethod
    async def cancel(self, client_order_id: str) -> None:
        """Ask for the rest of an entry order to be taken back."""

    @abstractmethod
    async def exit(self, client_order_id: str, reason: str) -> None:
        """Cancel the legs of this entry's position and take it out at market."""

    @abstractmethod
    def drain(self) -> Sequence[OrderReport]:
        """The reports that came in since the last call, in order; never blocks."""

    @abstractmethod
    async def find(self, client_order_id: str) -> OrderReport | None:
        """What the venue knows of an order; None when it never saw it."""

    @abstractmethod
    async def positions(self) -> Mapping[str, Decimal]:
        """Signed shares by symbol as the venue sees them."""


class SimulatedVenue(OrderPort):
    """A venue that fills from bars: paper, replay and backtest."""

    @abstractmethod
    def on_bars(self, minute: MinuteBars) -> None:
        """Fill what one completed minute fills; the reports wait in ``drain``."""

    @abstractmethod
    def at_close(self) -> None:
        """Mark out whatever is left when the session ends."""


class BarStorePort(ABC):
    """Historical bars and corporate actions on disk; imports are atomic and idempotent."""

    @abstractmethod
    async def import_file(self, path: Path, options: ImportOptions) -> ImportReport:
        """Bring one file in, or change nothing at all.

        Raises:
            CorruptData: the file cannot be read or lacks a column.
            StateUnavailable: the store cannot be written.
        """

    @abstractmethod
    async def check(self) -> Sequence[DataIssue]:
        """Everything doubtful in the store, quarantined rows included."""

    @abstractmethod
    async def listing(self) -> Sequence[StoredSet]:
        """What is stored."""

    @abstractmethod
    async def symbols(self) -> Sequence[str]:
        """Every symbol with a daily or minute bar, sorted."""


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
    async def close(self) -> None:
        """Release the files."""


class EventBusPort(ABC):
    """Carries events to their subscribers, in order."""

    @abstractmethod
    async def publish(self, events: Sequence[Event]) -> None:
        """Hand events over; returns when they are durable."""


class NotifierPort(ABC):
    """Tells a person."""

    @abstractmethod
    async def notify(self, title: str, text: str, *, critical: bool) -> None:
        """Send one message; never raises into trading."""
