"""Headlines about one symbol, as the agent received them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline; only ``received_at`` decides whether a scan may know it.

    ``sentiment`` is the compound score in -1..1 of the scorer named in ``scored_by``; None when it
    was not scored.
    """

    symbol: str
    text: str
    source: str
    published_at: datetime
    received_at: datetime
    sentiment: float | None = None
    scored_by: str | None = None


def known_at(headlines: tuple[Headline, ...], at: datetime) -> tuple[Headline, ...]:
    """The headlines of the 24 hours before ``at`` that had been received by then."""
    return tuple(h for h in headlines if h.received_at < at and at - WINDOW <= h.published_at < at)


def mean_sentiment(headlines: tuple[Headline, ...]) -> float | None:
    """The mean compound sentiment of the scored headlines; None when there are none."""
    scores = [h.sentiment for h in headlines if h.sentiment is not None]
    return sum(scores) / len(scores) if scores else None
