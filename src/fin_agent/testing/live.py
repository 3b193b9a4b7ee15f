"""Time, minutes and the person, made up: what a live session needs besides a venue."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fin_agent.domain.control import ControlRequest
from fin_agent.domain.session import TradingSession
from fin_agent.ports import (
    ClockPort,
    ControlPort,
    FeedItem,
    MarketDataPort,
    Pulse,
    SessionFeedPort,
)

_MINUTE = timedelta(minutes=1)


@dataclass
class SteppedClock(ClockPort):
    """Time that moves only when told to."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def pass_(self, by: timedelta) -> datetime:
        """Let time pass."""
        self.at += by
        return self.at


@dataclass
class FakeFeed(SessionFeedPort):
    """A market's stored minutes under a stepped clock, with a pulse every ``every``."""

    market: MarketDataPort
    clock: SteppedClock
    every: timedelta = timedelta(seconds=10)

    async def follow(
        self, session: TradingSession, symbols: Sequence[str]
    ) -> AsyncGenerator[FeedItem, None]:
        yield Pulse(self.clock.now())
        async for minute in self.market.minutes(session, symbols):
            end = session.open + (minute.minute + 1) * _MINUTE
            while self.clock.now() < end:
                yield Pulse(self.clock.pass_(min(self.every, end - self.clock.now())))
            yield minute


@dataclass
class FakeControl(ControlPort):
    """What a person says, given by the test; ``answers`` by request id."""

    killed: str | None = None
    waiting: list[ControlRequest] = field(default_factory=list)
    answers: dict[str, Mapping[str, object]] = field(default_factory=dict)

    def kill_reason(self) -> str | None:
        return self.killed

    def requests(self) -> Sequence[ControlRequest]:
        waiting, self.waiting = self.waiting, []
        return waiting

    def answer(self, request: ControlRequest, outcome: Mapping[str, object]) -> None:
        self.answers[request.request_id] = outcome
