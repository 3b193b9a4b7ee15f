"""How a plan gets into the market; one file in ``entries/`` is one entry.

To add one: a file whose class is the module's name in CamelCase, deriving from ``Entry``. Its
watch sees regular bars only, each one at its end; what it decides is live from the next bar on.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from fin_agent.domain.candidate import TradeCandidate
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.market import Bar
from fin_agent.domain.plan import TradePlan
from fin_agent.domain.session import SessionRules


class OrderKind(StrEnum):
    """What kind of order an entry sends."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"


class Expiry(StrEnum):
    """Why a plan ended without an order."""

    WINDOW = "window"
    CHASE = "chase"
    REFUSED = "refused"
    LOCKED = "locked"
    SUPERSEDED = "superseded"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Trigger:
    """An entry's decision: the order kind and the price stop, target and size come from."""

    kind: OrderKind
    price: Decimal


Decision = Trigger | Expiry | None


class EntryWatch:
    """Waits for one plan's trigger; every method answers at the moment it is called."""

    def __init__(self, plan: TradePlan, rules: SessionRules) -> None:
        self.plan = plan
        self.rules = rules

    def at_open(self) -> Decision:
        """Decide at the opening instant, before any regular bar."""
        return None

    def after_bar(self, bar: Bar) -> Decision:  # noqa: ARG002 - part of the interface
        """Decide at the end of a regular bar that traded."""
        return None

    def at_minute(self, minute: int) -> Decision:  # noqa: ARG002 - part of the interface
        """Decide at a moment of the session, whether or not the symbol traded."""
        return None


class Entry(ABC):
    """One way into a position."""

    @abstractmethod
    def applies(self, candidate: TradeCandidate) -> bool:
        """Whether this entry fits; the first configured one that does is taken."""

    @abstractmethod
    def reference(self, candidate: TradeCandidate) -> Decimal:
        """The price in USD the plan is computed from."""

    @abstractmethod
    def watch(self, plan: TradePlan, rules: SessionRules) -> EntryWatch:
        """Start waiting for the trigger of an armed plan."""


@dataclass(frozen=True, slots=True)
class PlanTriggered:
    """An armed plan wants its order now; the binding risk decision records it."""

    plan: TradePlan
    trigger: Trigger
    minute: int


@dataclass(frozen=True, slots=True)
class PlanExpired(DomainEvent):
    """An armed plan ended without an order."""

    plan: TradePlan
    reason: Expiry
    minute: int

    def payload(self) -> dict[str, object]:
        return {
            "plan_id": self.plan.plan_id,
            "symbol": self.plan.symbol,
            "minute": self.minute,
            "reason": self.reason.value,
        }
