"""What is asked of a provider, what it costs, and what comes back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from fin_agent.adapters.http.answers import Kind

EVERY_CALL = "*"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask; ``key`` names it without secrets: equal keys are the same question.

    ``cost`` is how many of the provider's calls it takes, ``urgent`` may use the reserve.
    """

    key: str
    kind: Kind = Kind.ONCE
    group: str = EVERY_CALL
    cost: int = 1
    is_idempotent: bool = True
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Told(Generic[T]):
    """A decoded answer, and when it came: earlier than now when it was kept."""

    value: T
    at: datetime


@dataclass(slots=True)
class Allowance:
    """Calls set aside by ``Lane.plan``: what is asked with it needs no further permission."""

    granted: int
    left: int

    def spend(self, calls: int) -> bool:
        """Use calls of this allowance; False when it does not hold so many any more."""
        if calls > self.left:
            return False
        self.left -= calls
        return True


@dataclass(frozen=True, slots=True)
class Asking:
    """How a question is asked: what it is about, what it counts against."""

    kind: Kind
    group: str = EVERY_CALL
    allowance: Allowance | None = None
    urgent: bool = False
