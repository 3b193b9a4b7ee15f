"""Market data from the bar store, minute by minute: replay and backtest.

Everything in a cross-section was complete at the scan instant; prices are as traded on the day.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np

from fin_agent.adapters.bars.cross_section import ColumnarSection
from fin_agent.adapters.bars.features import DailyColumns
from fin_agent.adapters.bars.halts import halted_at
from fin_agent.adapters.bars.history import DailyHistory
from fin_agent.adapters.bars.minute_archive import MinuteArchive
from fin_agent.adapters.bars.minutes import DayMinutes
from fin_agent.adapters.bars.panel import BarReader
from fin_agent.adapters.bars.rounding import Ints, rounded_column
from fin_agent.adapters.bars.scan_columns import EvidenceColumn, ScanColumns
from fin_agent.domain.evidence import Known, Missing
from fin_agent.domain.indicators import profile_share
from fin_agent.domain.session import NEW_YORK, TradingSession
from fin_agent.ports import CalendarPort, MarketDataPort, MinuteBars, ScanRequest

_PRICES = (Missing("no trade yet today"), Known(0.0, "bars"))
_OPENS = (Missing("no bar at the opening minute"), Known(0.0, "bars"))
_NOTHING_NORMAL, _BY_SESSIONS, _BY_PROFILE, _NOTHING_TRADED = range(4)
_BASES = (
    Missing("no normal volume is known"),
    Known(0.0, "bars/20 sessions"),
    Known(0.0, "bars/profile"),
)


class Stored(MarketDataPort):
    """Stored minute and daily bars; ``profile`` is (minute of the New York day, share by then).

    ``halts`` is a folder of recorded halts, one file a session date.
    """

    def __init__(
        self,
        store: BarReader,
        calendar: CalendarPort,
        profile: Sequence[tuple[int, float]],
        halts: Path | None = None,
    ) -> None:
        self._halts = halts
        self._history = DailyHistory(store)
        self._minutes = MinuteArchive(store, calendar, self._history.splits)
        self._profile = profile

    async def cross_section(self, request: ScanRequest) -> ColumnarSection:
        history = await self._history.of(request.instruments)
        session, universe = request.session, history.universe
        bars = self._minutes.day(session)
        places = bars.places(universe.symbols)
        daily = history.before(session.date, request.previous)
        columns = ScanColumns(
            request.at,
            universe,
            daily,
            _price(bars, places, request),
            self._relative_volume(bars, places, request, daily, universe.symbols),
            replace(history.marks(session.date), halted=halted_at(self._halts, request.at)),
        )
        return ColumnarSection(columns)

    async def closes(
        self, symbols: Sequence[str], before: date, sessions: int
    ) -> Mapping[str, dict[str, float]]:
        return self._history.closes(symbols, before, sessions)

    async def correlations(
        self, symbols: Sequence[str], before: date
    ) -> Mapping[tuple[str, str], float | None]:
        return self._history.correlations(symbols, before)

    async def minutes(
        self, session: TradingSession, symbols: Sequence[str]
    ) -> AsyncIterator[MinuteBars]:
        for minute in self.minute_bars(session, symbols):
            yield minute

    def minute_bars(self, session: TradingSession, symbols: Sequence[str]) -> Iterator[MinuteBars]:
        """What ``minutes`` yields, for callers without an event loop."""
        return self._minutes.day(session).minute_bars(symbols)

    async def has_pre_market(self, session: TradingSession, symbols: Sequence[str]) -> bool:
        bars = self._minutes.day(session)
        return bool(bars.traded(bars.places(symbols), 0).has_pre_market.any())

    async def fingerprint(self, session: TradingSession, symbols: Sequence[str]) -> str:
        minutes = self._minutes.day(session).digest(symbols)
        if not minutes:
            return ""
        daily = self._history.digest(symbols, session.date, with_day=False)
        return sha256(minutes + daily).hexdigest()

    def _relative_volume(
        self,
        bars: DayMinutes,
        places: Ints,
        request: ScanRequest,
        daily: DailyColumns,
        symbols: Sequence[str],
    ) -> EvidenceColumn:
        minute = request.session.minute_of(request.at)
        traded = bars.traded(places, minute)
        has_traded = traded.has_pre_market & (traded.volume > 0)
        # Whether a pre-market is stored is known at the open; before it, that would be hindsight.
        absence = Missing("no trade yet today" if minute < 0 else "no pre-market bars stored")
        if not has_traded.any():
            return EvidenceColumn.nothing(len(symbols), absence)
        by_sessions = self._minutes.normal_volume(symbols, request.session, minute)
        by_profile = daily.mean_volume * self._share(request.at)
        is_by_sessions = ~np.isnan(by_sessions)
        normal = np.where(is_by_sessions, by_sessions, by_profile)
        basis = np.where(is_by_sessions, _BY_SESSIONS, _BY_PROFILE)
        kind = np.where(normal > 0, basis, _NOTHING_NORMAL)
        kind = np.where(has_traded, kind, _NOTHING_TRADED)
        with np.errstate(all="ignore"):
            values = rounded_column(traded.volume / normal)
        return EvidenceColumn((*_BASES, absence), kind, values, np.zeros(len(symbols)))

    def _share(self, at: datetime) -> float:
        local = at.astimezone(NEW_YORK)
        return profile_share(self._profile, local.hour * 60 + local.minute)


def _price(bars: DayMinutes, places: Ints, request: ScanRequest) -> EvidenceColumn:
    since_open = (request.at - request.session.open).total_seconds()
    if request.at_open:
        opens, is_known = bars.opens(places)
        return EvidenceColumn(
            _OPENS, is_known.view(np.int8), opens, np.full(len(opens), since_open)
        )
    last = bars.last_trades(places, request.session.minute_of(request.at))
    ages = np.asarray(since_open - 60.0 * last.end, np.float64)
    return EvidenceColumn(_PRICES, last.is_known.view(np.int8), last.price, ages)
