"""The simulated market as plain tables: what a caller stores, shows or imports.

Prices are USD rounded to cents, volumes shares, times UTC; every table says ``simulated``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from fin_agent.domain.errors import InvalidValue
from fin_agent.domain.market import Instrument
from fin_agent.domain.session import TradingSession

SOURCE = "simulated"
FULL_SESSION_MINUTES = 390
DEMO_DAYS = 2
MIN_HISTORY = 61  # 60 daily returns for the correlation rule

Column = NDArray[np.str_] | NDArray[np.float64] | NDArray[np.int64] | NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class DemoCalendar:
    """The exchange's days, given by the caller: the generator knows no calendar.

    ``history_dates`` are completed sessions, oldest first, all before the two full demo sessions.
    """

    history_dates: tuple[date, ...]
    demo_sessions: tuple[TradingSession, TradingSession]

    def __post_init__(self) -> None:
        days = [*self.history_dates, *(session.date for session in self.demo_sessions)]
        if days != sorted(set(days)):
            raise InvalidValue("demo calendar: dates must rise from the history to the second day")
        if len(self.history_dates) < MIN_HISTORY or len(self.demo_sessions) != DEMO_DAYS:
            raise InvalidValue(f"demo calendar: needs {MIN_HISTORY} history dates and two sessions")
        if any(session.minutes != FULL_SESSION_MINUTES for session in self.demo_sessions):
            raise InvalidValue("demo calendar: demo sessions are full days, 09:30 to 16:00")


@dataclass(frozen=True, slots=True, eq=False)
class DailyTable:
    """Daily bars sorted by symbol, then date; prices in USD, whole-day volume in shares."""

    symbol: NDArray[np.str_]
    date: NDArray[np.datetime64]
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.int64]

    def columns(self) -> dict[str, Column]:
        """All columns in import order, ``source`` included."""
        return _columns(self)


@dataclass(frozen=True, slots=True, eq=False)
class BarTable:
    """One-minute bars sorted by symbol, then ``timestamp``: the START of the bar in UTC.

    ``timestamp`` is datetime64[ms] without a zone, because numpy has none; cast it to
    ``timestamp[ms, UTC]``. A minute without trades has no row.
    """

    symbol: NDArray[np.str_]
    timestamp: NDArray[np.datetime64]
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.int64]

    def columns(self) -> dict[str, Column]:
        """All columns in import order, ``source`` included."""
        return _columns(self)


@dataclass(frozen=True, slots=True, eq=False)
class QuoteTable:
    """Best bid and ask in USD, sizes in shares, at ``timestamp``: the END of each bar in UTC."""

    symbol: NDArray[np.str_]
    timestamp: NDArray[np.datetime64]
    bid: NDArray[np.float64]
    ask: NDArray[np.float64]
    bid_size: NDArray[np.int64]
    ask_size: NDArray[np.int64]

    def columns(self) -> dict[str, Column]:
        """All columns, ``source`` included."""
        return _columns(self)


@dataclass(frozen=True, slots=True)
class SimulatedHeadline:
    """One invented headline; an agent may know it from ``received_at`` (aware UTC) on."""

    symbol: str
    headline: str
    published_at: datetime
    received_at: datetime
    source: str = SOURCE


@dataclass(frozen=True, slots=True)
class SimulatedHalt:
    """Trading in ``symbol`` stood still from ``start`` until ``end`` (aware UTC)."""

    symbol: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class SimulatedDay:
    """One demo session: what it shows minute by minute, and its daily bars after the close.

    ``eur_usd`` is USD per EUR. ``earnings_reported`` says whether a company reported since the
    previous close; a symbol without a key is not known. ``halted`` are the halts at 08:00.
    """

    session: TradingSession
    eur_usd: float
    bars: BarTable
    quotes: QuoteTable
    daily: DailyTable
    news: tuple[SimulatedHeadline, ...]
    earnings_reported: Mapping[str, bool]
    halted: tuple[str, ...]
    halts: tuple[SimulatedHalt, ...]
    source: str = SOURCE


@dataclass(frozen=True, slots=True)
class SimulatedMarket:
    """Everything the demo knows; ``history`` ends with the session before the first demo day."""

    seed: int
    universe: tuple[Instrument, ...]
    history: DailyTable
    days: tuple[SimulatedDay, SimulatedDay]
    source: str = SOURCE

    def completed_before(self, day: date) -> DailyTable:
        """The daily bars that are known before ``day`` opens."""
        tables = [self.history, *(past.daily for past in self.days if past.session.date < day)]
        return concat_daily(tables)


def concat_daily(tables: list[DailyTable]) -> DailyTable:
    """Join tables into one that is again sorted by symbol, then date."""
    joined = {
        field.name: np.concatenate([getattr(table, field.name) for table in tables])
        for field in fields(DailyTable)
    }
    order = np.lexsort((joined["date"], joined["symbol"]))
    return DailyTable(**{name: column[order] for name, column in joined.items()})


def _columns(table: DailyTable | BarTable | QuoteTable) -> dict[str, Column]:
    columns: dict[str, Column] = {field.name: getattr(table, field.name) for field in fields(table)}
    return {**columns, "source": np.full(len(table.symbol), SOURCE)}
