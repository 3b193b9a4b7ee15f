"""What can be asked of a day; commands are imperative, and only ``subscriptions`` routes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from fin_agent.domain.candidate import TradeCandidate
from fin_agent.domain.entry import Expiry
from fin_agent.domain.evidence import Evidence
from fin_agent.domain.journal import TradeNote
from fin_agent.domain.snapshot import Snapshot
from fin_agent.domain.venue import OrderReport
from fin_agent.domain.verdict import CrossSection, Verdicts


@dataclass(frozen=True, slots=True)
class MarketSeen:
    """What every provider answered to a scan; ``passed`` are completed by news.

    ``fx`` is USD per account unit.
    """

    at: datetime
    fx: Evidence[float]
    section: CrossSection
    verdicts: Verdicts
    passed: Sequence[Snapshot]


@dataclass(frozen=True, slots=True)
class ScanMarket:
    """Score and rank the universe by what was seen of it at an instant."""

    seen: MarketSeen


@dataclass(frozen=True, slots=True)
class DrawPlans:
    """Make plans of the candidates that a scan selected."""

    at: datetime
    candidates: Sequence[TradeCandidate]


@dataclass(frozen=True, slots=True)
class ReviewPositions:
    """Say of every open position what the scan that was just made says of its symbol."""


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


@dataclass(frozen=True, slots=True)
class SendEntry:
    """Send an entry whose intent is durable, for the first time or again with the same id."""

    client_order_id: str


@dataclass(frozen=True, slots=True)
class WorkExits:
    """Bring every position that is to leave one step further."""


@dataclass(frozen=True, slots=True)
class OrderOut:
    """Order what is held of a symbol out: at market, or by a protective pair at the venue."""

    symbol: str
    reason: str
    protective: bool = False


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Take an exit back that arrived after a newer one was made."""

    client_order_id: str


@dataclass(frozen=True, slots=True)
class ResolveOrders:
    """Look up every order whose fate is unknown."""


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Compare orders, and positions too, with the venue."""

    positions: bool


@dataclass(frozen=True, slots=True)
class ComparePositions:
    """Compare the venue's signed shares by symbol with the book."""

    positions: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class CoverPositions:
    """See that every position has a stop at the venue."""


@dataclass(frozen=True, slots=True)
class HaltTrading:
    """No entry any more until a person resumes; ``by`` says who wants it."""

    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class ResumeTrading:
    """A person allows entries again."""

    reason: str


@dataclass(frozen=True, slots=True)
class ChangeWeights:
    """A person gives factors other weights, from the next scan on."""

    weights: Mapping[str, float]
    reason: str


@dataclass(frozen=True, slots=True)
class NoteTrade:
    """A person writes something about a closed trade."""

    note: TradeNote


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something a person should know that stops nothing by itself."""

    problem: str
    remedy: str = "it is tried again; look at the venue if it stays"
