"""Market data from daily bars alone (strategy.md section 12): the scan is at the open.

Of the day itself a cross-section holds the open and nothing else; the order of what happened
inside the day is unknown, so the whole day is one bar.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date

import numpy as np

from fin_agent.adapters.bars.cross_section import ColumnarSection
from fin_agent.adapters.bars.history import DailyHistory
from fin_agent.adapters.bars.panel import BarReader
from fin_agent.adapters.bars.scan_columns import EvidenceColumn, ScanColumns
from fin_agent.domain.evidence import Known, Missing
from fin_agent.domain.market import Bar
from fin_agent.domain.session import TradingSession
from fin_agent.ports import MarketDataPort, MinuteBars, ScanRequest

_OPENS = (Missing("no bar on this day"), Known(0.0, "bars"))
_TOO_EARLY = Missing("daily bars: no price is known before the open")
_NO_VOLUME = Missing("daily bars: today's volume is not known yet")


class Daily(MarketDataPort):
    """Stored daily bars; a scan before the open sees no price."""

    def __init__(self, store: BarReader) -> None:
        self._history = DailyHistory(store)

    async def cross_section(self, request: ScanRequest) -> ColumnarSection:
        history, session = await self._history.of(request.instruments), request.session
        opens, has_bar = history.opens(session.date)
        since_open = (request.at - session.open).total_seconds()
        price = EvidenceColumn.nothing(len(opens), _TOO_EARLY)
        if since_open >= 0:
            ages = np.full(len(opens), since_open)
            price = EvidenceColumn(_OPENS, has_bar.view(np.int8), opens, ages)
        columns = ScanColumns(
            request.at,
            history.universe,
            history.before(session.date, request.previous),
            price,
            EvidenceColumn.nothing(len(opens), _NO_VOLUME),
            history.marks(session.date),
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
        """The day's bars as one minute; days without volume have none."""
        bars = self._history.bars(symbols, session.date)
        traded = {symbol: Bar(0, *values) for symbol, values in bars.items() if values[-1] > 0}
        yield MinuteBars(0, traded)

    async def has_pre_market(self, session: TradingSession, symbols: Sequence[str]) -> bool:
        del session, symbols
        return False

    async def fingerprint(self, session: TradingSession, symbols: Sequence[str]) -> str:
        return self._history.digest(symbols, session.date, with_day=True).hex()
