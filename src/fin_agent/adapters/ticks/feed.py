"""A session from a trade stream, in place of one that polls."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing

from fin_agent.adapters.ticks.book import TickStatistics
from fin_agent.adapters.ticks.following import Following
from fin_agent.adapters.ticks.rules import FeedRules, FeedSeams, FeedStatistics
from fin_agent.adapters.ticks.trades import TradeStream
from fin_agent.domain.session import TradingSession
from fin_agent.ports import FeedItem, Pulse, SessionFeedPort, TimerPort


class StreamedFeed(SessionFeedPort):
    """Follows one session at a time; ``references`` are last known prices in USD by symbol."""

    def __init__(
        self,
        stream: TradeStream,
        timer: TimerPort,
        rules: FeedRules | None = None,
        seams: FeedSeams | None = None,
        references: Mapping[str, float] | None = None,
    ) -> None:
        self._stream = stream
        self._timer = timer
        self._rules = rules or FeedRules()
        self._seams = seams or FeedSeams()
        self._references = references or {}
        self.following: Following | None = None

    @property
    def statistics(self) -> FeedStatistics:
        """What happened to the connection and its minutes in this session."""
        return FeedStatistics() if self.following is None else self.following.statistics

    @property
    def ticks(self) -> TickStatistics:
        """What became of this session's prints."""
        return TickStatistics() if self.following is None else self.following.book.statistics

    @property
    def stale(self) -> frozenset[str]:
        """The symbols that nothing was heard of for too long: no order on their prices."""
        return frozenset() if self.following is None else self.following.watch.stale

    def reconnect(self, reason: str) -> None:
        """Give the connection up and make a new one; what was lost is back-filled."""
        if self.following is not None:
            self.following.owner.reconnect(reason)

    def decided(self, number: int) -> None:
        """Everything that a minute triggers is decided."""
        if self.following is not None:
            self.following.decided(number)

    async def follow(
        self, session: TradingSession, symbols: Sequence[str]
    ) -> AsyncGenerator[FeedItem, None]:
        run = Following(self._stream, self._timer, session, symbols, self._rules, self._seams)
        run.book.refer(self._references)
        self.following = run
        yield Pulse(self._timer.now())
        run.start()
        try:
            first = max(0, min(session.minute_of(self._timer.now()), session.minutes))
            async with aclosing(run.earlier(first)) as items:
                async for item in items:
                    yield item
            for number in range(first, session.minutes):
                async with aclosing(run.minute(number)) as items:
                    async for item in items:
                        yield item
        finally:
            await run.close()
