"""What is known: time, sessions, prices, news and rates."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from fin_agent.domain.evidence import Evidence
from fin_agent.domain.history import DataIssue, ImportOptions, ImportReport, StoredSet
from fin_agent.domain.indicators import correlations_of
from fin_agent.domain.market import Bar, Instrument
from fin_agent.domain.news import Headline
from fin_agent.domain.session import TradingSession
from fin_agent.domain.verdict import CrossSection


class ClockPort(ABC):
    """The only source of the time of day."""

    @abstractmethod
    def now(self) -> datetime:
        """The present instant, aware, in UTC."""


class TimerPort(ClockPort):
    """A clock that can be waited on."""

    @abstractmethod
    async def sleep(self, seconds: float) -> None:
        """Let this much of the clock's own time pass; read ``now`` afterwards, it may differ."""


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


@dataclass(frozen=True, slots=True)
class Untradable:
    """Symbols that no entry may be sent for: halted by the exchange, or silent for too long."""

    halted: frozenset[str] = frozenset()
    stale: frozenset[str] = frozenset()


class MinuteBars(NamedTuple):
    """The bars of one completed minute by symbol; ``minute`` counts from the session's open.

    ``untradable`` is as it was when the minute was complete.
    """

    minute: int
    bars: Mapping[str, Bar]
    untradable: Untradable = Untradable()


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


@dataclass(frozen=True, slots=True)
class Pulse:
    """Time has passed; nothing else happened. ``now`` is aware.

    ``untradable`` is what is known now, None where it is not followed.
    """

    now: datetime
    untradable: Untradable | None = None


@dataclass(frozen=True, slots=True)
class ScanDue:
    """A scan of the schedule is to be made, as of ``at``; ``due`` is when it was planned for."""

    job: str
    due: datetime
    at: datetime


FeedItem = MinuteBars | Pulse | ScanDue


class SessionFeedPort(ABC):
    """The session as it happens: completed minutes, scans that fall due, and between them time."""

    @abstractmethod
    def follow(
        self, session: TradingSession, symbols: Sequence[str]
    ) -> AsyncGenerator[FeedItem, None]:
        """Every regular minute from the open on, those already over at once, until the close.

        A scan comes when every minute that was over before its instant has come.
        """


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
    """Scores a headline; deterministic and versioned.

    ``name`` is recorded with each score: it changes with everything that may change a score.
    """

    name: str

    @abstractmethod
    def compound(self, text: str) -> float:
        """The compound sentiment in -1..1 of a text that went through ``news.plain_text``."""


class FxPort(ABC):
    """USD per unit of the account currency."""

    @abstractmethod
    async def rate(self, at: datetime) -> Evidence[float]:
        """The rate known at an instant; missing, stale or absurd rates are Missing."""


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
