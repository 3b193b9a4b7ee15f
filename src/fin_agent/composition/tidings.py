"""What providers and clocks have to tell, kept until the log can be written, and not too often."""

from collections import deque
from collections.abc import Callable
from time import monotonic

from fin_agent.domain.control import ErrorRaised
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.provider import ProviderFellBack, ProviderSuspended, QuotaWarning

_MOST = 500
_AGAIN_S = 600.0


class Tidings:
    """Events that come at any moment; the same thing is told once in ten minutes.

    ``left_out`` counts repetitions and what came while too much waited.
    """

    def __init__(self, seconds: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._waiting: deque[DomainEvent] = deque()
        self._told: dict[tuple[object, ...], float] = {}
        self.left_out = 0

    def add(self, event: DomainEvent) -> None:
        now, about = self._seconds(), _about(event)
        last = self._told.get(about)
        if (last is not None and now - last < _AGAIN_S) or len(self._waiting) >= _MOST:
            self.left_out += 1
            return
        self._told[about] = now
        self._waiting.append(event)

    def take(self) -> list[DomainEvent]:
        """Everything that waits, oldest first; it is the taker's now."""
        found = [*self._waiting]
        self._waiting.clear()
        return found


def _about(event: DomainEvent) -> tuple[object, ...]:
    """What makes two events the same: counts and seconds in them differ each time."""
    kind = type(event)
    match event:
        case QuotaWarning():
            return kind, event.provider, event.group, event.period_s
        case ProviderFellBack():
            return kind, event.what, event.provider, event.fallback
        case ProviderSuspended():
            return kind, event.provider, event.reason
        case ErrorRaised():
            return kind, event.problem
        case _:
            return kind, event
