"""Thirty sessions of daily bars and a few of minutes, to scan and to change."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from fin_agent.adapters.bars.cross_section import ColumnarSection
from fin_agent.adapters.market_data.daily import Daily
from fin_agent.adapters.market_data.stored import Stored
from fin_agent.domain.market import Instrument, InstrumentType
from fin_agent.domain.session import TradingSession
from fin_agent.domain.snapshot import Snapshot
from fin_agent.ports import MarketDataPort, ScanRequest
from fin_agent.testing.fakes import FakeCalendar
from tests.adapters.market_data.memory_bars import (
    IsAdjusted,
    MemoryBars,
    Values,
    daily_table,
    flat,
    instant,
    minute_table,
)

CALENDAR = FakeCalendar.weekdays(date(2025, 1, 6), date(2025, 4, 30))
SESSIONS = list(CALENDAR.sessions(date(2025, 1, 6), date(2025, 4, 30)))
TODAY = SESSIONS[30]
PROFILE = ((4 * 60, 0.0), (9 * 60 + 30, 0.10), (16 * 60, 1.0))


@dataclass
class StoredDays:
    """What is stored, by symbol; a flat history up to the day before ``TODAY``."""

    daily: dict[str, dict[date, Values]] = field(default_factory=dict)
    minutes: dict[date, dict[str, dict[int, Values]]] = field(default_factory=dict)
    splits: list[tuple[str, date, float]] = field(default_factory=list)
    adjusted: IsAdjusted = False

    def history(self, symbol: str, close: float = 100.0, until: int = 30) -> "StoredDays":
        self.daily[symbol] = {session.date: flat(close) for session in SESSIONS[:until]}
        return self

    def today(self, symbol: str, bars: dict[int, Values], at: int = 30) -> "StoredDays":
        self.minutes.setdefault(SESSIONS[at].date, {})[symbol] = bars
        return self

    def store(self) -> MemoryBars:
        minutes = {
            session.date: minute_table(session, self.minutes[session.date], self.adjusted)
            for session in SESSIONS
            if session.date in self.minutes
        }
        return MemoryBars(daily_table(self.daily, self.adjusted), minutes, self.splits)

    def stored(self) -> Stored:
        return Stored(self.store(), CALENDAR, PROFILE)

    def by_day(self) -> Daily:
        return Daily(self.store())


def instruments(*symbols: str) -> list[Instrument]:
    return [Instrument(symbol, type=InstrumentType.STOCK) for symbol in symbols]


def a_request(
    minute: float | None = None,
    symbols: Sequence[str] = ("A", "B"),
    session: TradingSession = TODAY,
    at: datetime | None = None,
) -> ScanRequest:
    """A scan that many minutes after the open; None is the scan at the open."""
    instant_ = at or instant(session, minute or 0)
    previous = CALENDAR.previous(session.date).date
    return ScanRequest(session, previous, instant_, minute is None, instruments(*symbols))


def scan(market: MarketDataPort, request: ScanRequest) -> ColumnarSection:
    section = asyncio.run(market.cross_section(request))
    assert isinstance(section, ColumnarSection)
    return section


def look(market: MarketDataPort, minute: float | None = None, symbol: str = "A") -> Snapshot:
    """One symbol's snapshot in a scan of today."""
    return scan(market, a_request(minute)).snapshot(symbol)
