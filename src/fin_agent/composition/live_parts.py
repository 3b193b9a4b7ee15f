"""The parts of a live market that are watched: its calls to providers and its stream."""

from dataclasses import dataclass, field

from fin_agent.adapters.http.network import Network
from fin_agent.adapters.ticks.feed import StreamedFeed
from fin_agent.adapters.ticks.lags import FeedLags


@dataclass(frozen=True, slots=True)
class LiveParts:
    """``streamed`` is None before the session's stream and where prices are polled."""

    network: Network
    streamed: StreamedFeed | None = None
    lags: FeedLags = field(default_factory=FeedLags)
