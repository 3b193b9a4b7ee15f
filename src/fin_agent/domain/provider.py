"""What providers of data do to us that a person must know: facts, never decisions."""

from dataclasses import dataclass
from typing import ClassVar

from fin_agent.domain.events import DomainEvent


@dataclass(frozen=True, slots=True)
class QuotaWarning(DomainEvent):
    """A provider's quota is used up to the warning mark; ``group`` names its endpoints."""

    is_decision: ClassVar[bool] = False

    provider: str
    group: str
    used: int
    limit: int
    period_s: int

    def payload(self) -> dict[str, object]:
        return {
            "provider": self.provider,
            "group": self.group,
            "used": self.used,
            "limit": self.limit,
            "period_s": self.period_s,
        }


@dataclass(frozen=True, slots=True)
class ProviderFellBack(DomainEvent):
    """What one provider did not know was asked of the next; ``symbols`` counts them."""

    is_decision: ClassVar[bool] = False

    what: str
    provider: str
    fallback: str
    symbols: int
    reason: str

    def payload(self) -> dict[str, object]:
        return {
            "what": self.what,
            "provider": self.provider,
            "fallback": self.fallback,
            "symbols": self.symbols,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class ProviderSuspended(DomainEvent):
    """A provider failed too often, or asked for a pause: it is left alone for some seconds."""

    is_decision: ClassVar[bool] = False

    provider: str
    seconds: int
    reason: str

    def payload(self) -> dict[str, object]:
        return {"provider": self.provider, "seconds": self.seconds, "reason": self.reason}
