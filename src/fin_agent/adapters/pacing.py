"""Plays stored minutes at a chosen multiple of real time, for a person who wants to watch."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date

from fin_agent.domain.session import TradingSession
from fin_agent.domain.verdict import CrossSection
from fin_agent.ports import MarketDataPort, MinuteBars, ScanRequest

_SECONDS_A_MINUTE = 60.0


class PacedMarket(MarketDataPort):
    """Another market whose minutes take 60 / speed seconds each; decisions do not change."""

    def __init__(self, market: MarketDataPort, speed: float) -> None:
        self._market = market
        self._pause_s = _SECONDS_A_MINUTE / speed

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

    async def minutes(
        self, session: TradingSession, symbols: Sequence[str]
    ) -> AsyncIterator[MinuteBars]:
        async for minute in self._market.minutes(session, symbols):
            await asyncio.sleep(self._pause_s)
            yield minute

    async def has_pre_market(self, session: TradingSession, symbols: Sequence[str]) -> bool:
        return await self._market.has_pre_market(session, symbols)

    async def fingerprint(self, session: TradingSession, symbols: Sequence[str]) -> str:
        return await self._market.fingerprint(session, symbols)
