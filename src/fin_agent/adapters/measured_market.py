"""Market data that notes when a scan begins to ask; it changes nothing else."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from time import monotonic

from fin_agent.domain.session import TradingSession
from fin_agent.domain.verdict import CrossSection
from fin_agent.ports import MarketDataPort, MinuteBars, ScanRequest


@dataclass(slots=True)
class Stopwatch:
    """Runs from the first question of a scan until somebody takes the time."""

    _began: float | None = None

    def start(self) -> None:
        """A scan begins."""
        self._began = monotonic()

    def taken(self) -> float | None:
        """Seconds since it began, once; None when none is under way."""
        began, self._began = self._began, None
        return None if began is None else monotonic() - began


class MeasuredMarket(MarketDataPort):
    """Passes everything on to the real source."""

    def __init__(self, market: MarketDataPort, stopwatch: Stopwatch) -> None:
        self._market = market
        self._stopwatch = stopwatch

    async def cross_section(self, request: ScanRequest) -> CrossSection:
        self._stopwatch.start()
        return await self._market.cross_section(request)

    async def closes(
        self, symbols: Sequence[str], before: date, sessions: int
    ) -> Mapping[str, dict[str, float]]:
        return await self._market.closes(symbols, before, sessions)

    async def correlations(
        self, symbols: Sequence[str], before: date
    ) -> Mapping[tuple[str, str], float | None]:
        return await self._market.correlations(symbols, before)

    def minutes(self, session: TradingSession, symbols: Sequence[str]) -> AsyncIterator[MinuteBars]:
        return self._market.minutes(session, symbols)

    async def has_pre_market(self, session: TradingSession, symbols: Sequence[str]) -> bool:
        return await self._market.has_pre_market(session, symbols)

    async def fingerprint(self, session: TradingSession, symbols: Sequence[str]) -> str:
        return await self._market.fingerprint(session, symbols)
