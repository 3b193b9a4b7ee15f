"""How a trade stream is followed, where it reaches out, and what it counts."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import monotonic

from fin_agent.adapters.http.socket import SocketRules, SocketTiming
from fin_agent.adapters.sources import MinuteSource
from fin_agent.adapters.ticks.lags import FeedLags
from fin_agent.adapters.ticks.watch import WatchRules
from fin_agent.domain.events import DomainEvent

Record = Callable[[str, str, str, bytes], None]
"""Takes source, kind, key and payload of something that was received."""

_SLOWEST_S = 20.0  # of the session, between two looks under a fast clock


@dataclass(frozen=True, slots=True)
class FeedRules:
    """``every_s``, ``grace_s``, ``patience_s`` and the like are seconds of the session's clock.

    A gap ends ``subscribed_s`` after a subscription was sent: until then it may not work yet, and
    not every vendor says when it does.

    A minute with a gap is asked for again ``again_s`` after its end, because a source is sure of it
    only then. ``at_speed`` makes all longer under a fast clock: a network's delay is minutes there.
    ``reference``: a symbol that always trades, so that silence means something. ``speed``: seconds
    of that clock in a real one.
    """

    every_s: float = 1.0
    grace_s: float = 1.0
    patience_s: float = 5.0
    future_s: float = 2.0
    subscribed_s: float = 0.5
    again_s: tuple[float, ...] = (12.0, 33.0)
    reference: str | None = "SPY"
    speed: float = 1.0
    watch: WatchRules = field(default_factory=WatchRules)
    socket: SocketRules = field(default_factory=SocketRules)

    def at_speed(self, speed: float) -> "FeedRules":
        """The same real seconds under a clock that runs ``speed`` times as fast."""
        return replace(
            self,
            every_s=min(self.every_s * speed, _SLOWEST_S),
            grace_s=self.grace_s * speed,
            patience_s=self.patience_s * speed,
            future_s=self.future_s * speed,
            subscribed_s=self.subscribed_s * speed,
            speed=self.speed * speed,
        )


@dataclass(frozen=True, slots=True)
class FeedSeams:
    """Where a feed reaches out: a source for gaps, a recorder, who is told, where lags count."""

    back_fill: MinuteSource | None = None
    record: Record | None = None
    tell: Callable[[DomainEvent], None] | None = None
    timing: SocketTiming | None = None
    real_s: Callable[[], float] = monotonic
    lags: FeedLags = field(default_factory=FeedLags)


@dataclass(slots=True)
class FeedStatistics:
    """Counts since the start; ``forced`` minutes were handed over without a later print.

    ``conflated`` prints were never looked at one by one: a newer one had come.
    """

    frames: int = 0
    conflated: int = 0
    resubscribed: int = 0
    reconnected: int = 0
    forced: int = 0
    repaired: int = 0
    unrepaired: int = 0
    remarks: int = 0
