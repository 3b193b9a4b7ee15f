"""Market data that passes every question on: what stands before a market changes one answer."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date

from fin_agent.domain.session import TradingSession
from fin_agent.domain.verdict import CrossSection
from fin_agent.ports import MarketDataPort, MinuteBars, ScanRequest


class PassingMarket(MarketDataPort):
    """Another market as it is."""

    def __init__(self, market: MarketDataPort) -> None:
        self._market = market

    async def cross_section(self, request: ScanRequest) -> CrossSection:
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
