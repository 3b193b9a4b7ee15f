"""A session's minutes by asking for them: what there is without a trade stream."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta

from fin_agent.adapters.sources import MinuteSource
from fin_agent.adapters.ticks.gaps import Filled, asked, beats_while
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.market import Bar
from fin_agent.domain.provider import ProviderFellBack
from fin_agent.domain.session import TradingSession
from fin_agent.ports import FeedItem, MinuteBars, Pulse, SessionFeedPort, TimerPort, Untradable

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class PollRules:
    """Seconds of the session's clock.

    A minute is asked for ``first_s`` after its end, and for symbols without a bar again at
    ``again_s`` after it: a source is sure of a minute when a later trade came, or half a minute
    has passed.
    """

    every_s: float = 1.0
    first_s: float = 4.0
    again_s: tuple[float, ...] = (12.0, 33.0)

    def at_speed(self, speed: float) -> "PollRules":
        """Under a fast clock the network's seconds are minutes: asked at once, and once."""
        return PollRules(min(self.every_s * speed, 20.0), min(self.first_s * speed, 20.0), ())


class PolledFeed(SessionFeedPort):
    """Asks a source for each minute when it is over; symbols it does not know are stale."""

    def __init__(
        self,
        source: MinuteSource,
        timer: TimerPort,
        rules: PollRules | None = None,
        tell: Callable[[DomainEvent], None] | None = None,
    ) -> None:
        self._source = source
        self._timer = timer
        self._rules = rules or PollRules()
        self._tell = tell
        self._unknown: frozenset[str] = frozenset()

    @property
    def stale(self) -> frozenset[str]:
        """The symbols that the source did not answer for when it was asked last."""
        return self._unknown

    async def follow(
        self, session: TradingSession, symbols: Sequence[str]
    ) -> AsyncGenerator[FeedItem, None]:
        timer, rules = self._timer, self._rules
        yield Pulse(timer.now())
        number = 0
        while number < session.minutes:
            ready = session.open + (number + 1) * _MINUTE + timedelta(seconds=rules.first_s)
            while (left := (ready - timer.now()).total_seconds()) > 0:
                await timer.sleep(min(rules.every_s, left))
                yield Pulse(timer.now())
            late = timer.now() - timedelta(seconds=rules.first_s)
            last = max(number, min(session.minute_of(late), session.minutes) - 1)
            bars: dict[int, dict[str, Bar]] = {}
            if symbols:
                asking = asyncio.create_task(self._asked(session, symbols, number, last))
                async with aclosing(beats_while(asking, timer, rules.every_s)) as beats:
                    async for _ in beats:
                        yield Pulse(timer.now())
                bars = asking.result().bars
            for each in range(number, last + 1):
                yield MinuteBars(each, bars.get(each, {}), Untradable(stale=self._unknown))
            number = last + 1

    async def _asked(
        self, session: TradingSession, symbols: Sequence[str], first: int, last: int
    ) -> Filled:
        """The minutes as the source knows them, asked again where the newest has no bar yet."""
        again_s, timer = self._rules.again_s, self._timer
        told = await asked(self._source, session, symbols, (first, last), again_s, timer)
        fresh = frozenset(told.unknown) - self._unknown
        self._unknown = frozenset(told.unknown)
        if fresh and self._tell is not None:
            source = self._source.name
            self._tell(ProviderFellBack("minute bars", source, "nobody", len(fresh), told.why))
        return told
