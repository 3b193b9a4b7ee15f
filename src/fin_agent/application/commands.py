"""What can be asked of a day; commands are imperative, and only ``subscriptions`` routes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fin_agent.domain.candidate import TradeCandidate
from fin_agent.domain.entry import Expiry
from fin_agent.domain.venue import OrderReport


@dataclass(frozen=True, slots=True)
class ScanMarket:
    """Judge and rank the universe at an instant; ``at_open`` means the opening instant."""

    at: datetime
    at_open: bool


@dataclass(frozen=True, slots=True)
class DrawPlans:
    """Make plans of the candidates that a scan selected."""

    at: datetime
    candidates: Sequence[TradeCandidate]


@dataclass(frozen=True, slots=True)
class CancelEntries:
    """Take every working entry order back and expire every armed plan."""

    minute: int
    reason: Expiry


@dataclass(frozen=True, slots=True)
class FlattenPositions:
    """Cancel legs and take every position out at market from the next open on."""

    minute: int
    reason: str


@dataclass(frozen=True, slots=True)
class LockSession:
    """The daily loss cap is reached: cancel entries, exit everything, admit nothing more."""

    minute: int


@dataclass(frozen=True, slots=True)
class RecordReport:
    """The venue said something about one of our orders."""

    report: OrderReport


@dataclass(frozen=True, slots=True)
class CloseSession:
    """The session is over: verify flat, write the day's result."""
