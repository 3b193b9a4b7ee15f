"""What may not be entered now, put on every minute and pulse of a feed: halts and silences."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fin_agent.adapters.sources import HaltSource
from fin_agent.domain.evidence import Known
from fin_agent.domain.session import TradingSession
from fin_agent.ports import (
    ClockPort,
    FeedItem,
    MinuteBars,
    Pulse,
    SessionFeedPort,
    Untradable,
)

_RESUMED = timedelta(seconds=60)  # reliability row 45: no entry within 60 s of a resume


@dataclass(slots=True)
class HaltWatch:
    """Asks again and again which symbols are halted; what is not answered stays as it was."""

    source: HaltSource
    clock: ClockPort
    every_s: float = 30.0
    _last: Mapping[str, str] = field(default_factory=dict)
    _until: dict[str, datetime] = field(default_factory=dict)

    async def watch(self) -> None:
        """Look in real time until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(self.every_s)

    async def look(self) -> None:
        now = self.clock.now()
        told = await self.source.halts(now)
        if not isinstance(told, Known):
            return
        for symbol in self._last.keys() - told.value.keys():
            self._until[symbol] = now + _RESUMED
        self._last = told.value

    @property
    def halted(self) -> frozenset[str]:
        """The symbols that the exchange does not trade, or has traded again for a minute only."""
        now = self.clock.now()
        self._until = {symbol: until for symbol, until in self._until.items() if until > now}
        return frozenset(self._last) | frozenset(self._until)


class GuardedFeed(SessionFeedPort):
    """Another feed with what is halted and what fell silent at that moment."""

    def __init__(
        self,
        feed: SessionFeedPort,
        halted: Callable[[], frozenset[str]],
        stale: Callable[[], frozenset[str]],
    ) -> None:
        self._feed = feed
        self._halted = halted
        self._stale = stale

    async def follow(
        self, session: TradingSession, symbols: Sequence[str]
    ) -> AsyncGenerator[FeedItem, None]:
        asked = frozenset(symbols)
        async with aclosing(self._feed.follow(session, symbols)) as items:
            async for item in items:
                now = Untradable(self._halted() & asked, self._stale() & asked)
                if isinstance(item, MinuteBars):
                    yield item._replace(untradable=now)
                elif isinstance(item, Pulse):
                    yield Pulse(item.now, now)
                else:
                    yield item
