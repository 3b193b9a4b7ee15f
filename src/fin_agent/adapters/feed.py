"""A market's minutes at the pace of a clock: live days, and stored days under a fast clock."""

from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta

from fin_agent.domain.session import TradingSession
from fin_agent.ports import FeedItem, MarketDataPort, Pulse, SessionFeedPort, TimerPort

_MINUTE = timedelta(minutes=1)


class PacedFeed(SessionFeedPort):
    """Hands each minute over when it is complete by the clock, with a pulse every ``every_s``."""

    def __init__(self, market: MarketDataPort, timer: TimerPort, every_s: float) -> None:
        self._market = market
        self._timer = timer
        self._every_s = every_s

    async def follow(
        self, session: TradingSession, symbols: Sequence[str]
    ) -> AsyncGenerator[FeedItem, None]:
        timer = self._timer
        yield Pulse(timer.now())
        async for minute in self._market.minutes(session, symbols):
            end = session.open + (minute.minute + 1) * _MINUTE
            while (left := (end - timer.now()).total_seconds()) > 0:
                await timer.sleep(min(self._every_s, left))
                yield Pulse(timer.now())
            yield minute
