"""Plays stored minutes at a chosen multiple of real time, for a person who wants to watch."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from fin_agent.adapters.passing_market import PassingMarket
from fin_agent.domain.session import TradingSession
from fin_agent.ports import MarketDataPort, MinuteBars

_SECONDS_A_MINUTE = 60.0


class PacedMarket(PassingMarket):
    """Another market whose minutes take 60 / speed seconds each; decisions do not change."""

    def __init__(self, market: MarketDataPort, speed: float) -> None:
        super().__init__(market)
        self._pause_s = _SECONDS_A_MINUTE / speed

    async def minutes(
        self, session: TradingSession, symbols: Sequence[str]
    ) -> AsyncIterator[MinuteBars]:
        async for minute in super().minutes(session, symbols):
            await asyncio.sleep(self._pause_s)
            yield minute
