"""Market data from daily bars alone (strategy.md section 12): the scan is at the open.

Of the day itself a cross-section holds the open and nothing else; the order of what happened
inside the day is unknown, so the whole day is one bar.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from fin_agent.adapters.bars.columns import days_since_1970
from fin_agent.adapters.bars.cross_section import ColumnarSection
from fin_agent.adapters.bars.history import DailyHistory
from fin_agent.adapters.bars.lookahead import Kinds, Lookahead, OpeningColumns
from fin_agent.adapters.bars.panel import BarReader
from fin_agent.adapters.bars.scan_columns import EvidenceColumn
from fin_agent.domain.evidence import Known, Missing
from fin_agent.domain.market import Bar
from fin_agent.domain.session import TradingSession
from fin_agent.ports import MarketDataPort, MinuteBars, ScanRequest

_TOO_EARLY = Missing("daily bars: no price is known before the open")
_KINDS = Kinds(
    price=(Missing("no bar on this day"), Known(0.0, "bars")),
    no_volume=Missing("daily bars: today's volume is not known yet"),
)


class Daily(MarketDataPort):
    """Stored daily bars; a scan before the open sees no price."""

    def __init__(self, store: BarReader) -> None:
        self._history = DailyHistory(store)
        self._ahead = Lookahead(_KINDS)

    async def cross_section(self, request: ScanRequest) -> ColumnarSection:
        history, session = await self._history.of(request.instruments), request.session
        since_open = (request.at - session.open).total_seconds()
        marks = history.marks(session.date)
        if since_open == 0 and not marks.actions:
            day, previous = days_since_1970(session.date), days_since_1970(request.previous)
            ahead = self._ahead.of(history, day, previous)
            if ahead is not None:
                columns = _KINDS.columns(request.at, history, ahead.seen, since_open)
                return ColumnarSection(columns, ahead.judged)
        daily = history.before(session.date, request.previous)
        seen = OpeningColumns(daily, *history.opens(session.date))
        columns = _KINDS.columns(request.at, history, seen, since_open)
        if since_open < 0:
            columns = replace(columns, price=EvidenceColumn.nothing(len(seen.opens), _TOO_EARLY))
        return ColumnarSection(replace(columns, marks=marks))

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
