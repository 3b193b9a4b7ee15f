"""The payload of every event that was ever written, as it stands in the log.

A change that old readers cannot take is a new version: raise ``version`` on the domain event, put
the old fields here into an upcast, and run ``python -m tests.corpus.write``.
"""

from decimal import Decimal
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from fin_agent.adapters.persistence.event_types import EventType, EventTypes


class Payload(BaseModel):
    """Fields that we do not know are kept: a newer program may have added them."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)


class SessionOpened(Payload):
    open: AwareDatetime
    close: AwareDatetime
    equity: Decimal
    settings: dict[str, Any]
    inputs: str


class ScanRequested(Payload):
    job: str
    due: AwareDatetime
    at: AwareDatetime


class SessionLocked(Payload):
    minute: int
    day_pnl: Decimal
    cap: Decimal


class SessionClosed(Payload):
    equity: Decimal
    pnl: Decimal
    trades: int
    flat: bool
    kpi_hits: int


class UniverseJudged(Payload):
    at: AwareDatetime
    fx: float | None
    passed: list[str]
    universe: int
    rejected: dict[str, Any]


class CandidatesRanked(Payload):
    ranked: list[dict[str, Any]]
    thin: dict[str, float | None]
    weights: dict[str, float] | None = None


class SignalGenerated(Payload):
    plan_id: str
    symbol: str
    side: str
    entry: str
    reference: Decimal
    stop: Decimal
    target: Decimal
    stop_pct: float
    target_pct: float
    reward_r: float
    win_probability: float
    kelly: float


class Assessed(Payload):
    """What every answer of the risk gate holds."""

    plan_id: str
    symbol: str
    trigger: Decimal
    stop: Decimal
    target: Decimal
    quantity: Decimal
    bound_by: str | None
    allowed: dict[str, float]
    equity: Decimal
    exposure: Decimal
    day_loss: Decimal
    open_risk: Decimal
    state: str
    correlations: dict[str, float | None]


class PlanAdvised(Assessed):
    breaches: list[str]
    cumulative: list[str]


class PlanApproved(Assessed):
    kind: str
    minute: int


class PlanRejected(Assessed):
    kind: str
    minute: int
    breaches: list[str]


class PlanExpired(Payload):
    plan_id: str
    symbol: str
    minute: int
    reason: str


class OrderIntentCreated(Payload):
    client_order_id: str
    plan_id: str
    symbol: str
    side: str
    kind: str
    price: Decimal
    quantity: Decimal
    valid_until: AwareDatetime


class ExitOrdered(Payload):
    client_order_id: str
    symbol: str
    quantity: Decimal
    reason: str


class OrderMoved(Payload):
    client_order_id: str
    symbol: str
    state: str
    filled: Decimal
    reason: str


class FillRecorded(Payload):
    client_order_id: str
    symbol: str
    quantity: Decimal
    price: Decimal
    at: AwareDatetime
    reason: str
    fees: Decimal
    ambiguous: bool


class TradeRecorded(Payload):
    trade_id: str
    plan_id: str
    symbol: str
    side: str
    quantity: Decimal
    entry_price: Decimal
    exit_time: AwareDatetime
    exit_price: Decimal
    exit_reason: str
    fees: Decimal
    pnl: Decimal
    r_multiple: float
    mae_r: float
    mfe_r: float
    ambiguous: bool


class TradeNoted(Payload):
    note_id: str
    trade_id: str
    at: AwareDatetime
    text: str
    tag: str
    grade: str


class SignalExpired(Payload):
    consumer: str
    event_id: str
    type: str
    valid_until: AwareDatetime
    seen_at: AwareDatetime


class TradingHalted(Payload):
    reason: str
    by: str


class WeightsChanged(Payload):
    weights: dict[str, float]
    reason: str


class TradingResumed(Payload):
    reason: str


class QuotaWarning(Payload):
    provider: str
    group: str
    used: int
    limit: int
    period_s: int


class PositionReviewed(Payload):
    symbol: str
    client_order_id: str
    verdict: str
    measured: float | str | None
    price: float | None
    composite: float | None
    planned: float
    result_r: float | None
    stands: bool


class ProviderFellBack(Payload):
    what: str
    provider: str
    fallback: str
    symbols: int
    reason: str


class ProviderSuspended(Payload):
    provider: str
    seconds: int
    reason: str


class NoticesAcknowledged(Payload):
    by: str


class ErrorRaised(Payload):
    problem: str
    remedy: str
    critical: bool


_FIRST: tuple[type[Payload], ...] = (  # at their first version
    SessionOpened,
    ScanRequested,
    SessionLocked,
    SessionClosed,
    UniverseJudged,
    CandidatesRanked,
    SignalGenerated,
    PlanAdvised,
    PlanApproved,
    PlanRejected,
    PlanExpired,
    OrderIntentCreated,
    ExitOrdered,
    OrderMoved,
    FillRecorded,
    TradeRecorded,
    TradeNoted,
    PositionReviewed,
    SignalExpired,
    TradingHalted,
    TradingResumed,
    WeightsChanged,
    QuotaWarning,
    ProviderFellBack,
    ProviderSuspended,
    NoticesAcknowledged,
    ErrorRaised,
)


MODELS = {model.__name__: EventType(model) for model in _FIRST}


def event_types() -> EventTypes:
    """The types that this program writes and reads."""
    return EventTypes(MODELS)
