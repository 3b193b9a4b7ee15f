"""What providers' clocks say about ours, over the answers of the last minutes."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

from fin_agent.adapters.scheduling.skew import ClockSkew, SkewLevel, judge_skew

_SECOND = timedelta(seconds=1)  # what an HTTP date cuts off
_REMEMBERED = 16
_LONGEST_S = 600.0


class SkewWatch:
    """Told of every answer with a date in it; says whether entries may be sent by our clock.

    One provider's wrong clock stops nothing while another one agrees with ours.
    """

    def __init__(self, seconds: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._found: deque[tuple[float, ClockSkew]] = deque(maxlen=_REMEMBERED)

    def heard(self, sent: datetime, received: datetime, theirs: datetime) -> None:
        """Our times before and after a request, and the time that its answer told."""
        found = judge_skew(sent, received, theirs, _SECOND)
        if found.level is not SkewLevel.UNKNOWN:
            self._found.append((self._seconds(), found))

    @property
    def doubt(self) -> str | None:
        """Why no entry may be sent; None while any recent answer agrees, or none is known."""
        fresh = [skew for at, skew in self._found if self._seconds() - at < _LONGEST_S]
        if not fresh or any(skew.level is not SkewLevel.NO_ENTRIES for skew in fresh):
            return None
        return f"{fresh[-1]}; set the machine's clock"

    @property
    def warning(self) -> str | None:
        """The last answer's difference when it is worth a word."""
        if not self._found or self._found[-1][1].level is SkewLevel.FINE:
            return None
        return str(self._found[-1][1])
