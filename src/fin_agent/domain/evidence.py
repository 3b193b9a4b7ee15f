"""Every input is evidence: a value with source, time and delay, or a named absence.

Absence is never scored as 0 and never turned into a number.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from fin_agent.domain.construction import quickly_made

T_co = TypeVar("T_co", covariant=True)


@quickly_made
@dataclass(frozen=True, slots=True)
class Known(Generic[T_co]):
    """A value that somebody reported.

    ``as_of`` is when the value was true (aware), ``delay_s`` by how many seconds the source lags
    the market, ``degraded`` names what is wrong with it (a fallback, a repair), if anything.
    """

    value: T_co
    source: str
    as_of: datetime | None = None
    delay_s: float = 0.0
    degraded: str | None = None

    def age_s(self, at: datetime) -> float | None:
        """Seconds between the value's time and ``at``; None when the value has no time."""
        return None if self.as_of is None else (at - self.as_of).total_seconds()


@dataclass(frozen=True, slots=True)
class Missing:
    """Nothing is known, and this is why."""

    reason: str


Evidence = Known[T_co] | Missing


def value_of(evidence: Known[T_co] | Missing) -> T_co | None:
    """The value, or None where it is missing."""
    return evidence.value if isinstance(evidence, Known) else None
