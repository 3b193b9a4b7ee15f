"""How many requests a minute may still be made, with a part that entries cannot use up."""

from collections import deque
from datetime import datetime, timedelta

from fin_agent.domain.errors import Unavailable
from fin_agent.ports import ClockPort

_WINDOW = timedelta(seconds=60)
_PAUSE = timedelta(seconds=1)
_ENTRY_SHARE = 0.75
"""The rest is kept for cancels, exits and look-ups."""


class RequestBudget:
    """Requests of the last 60 seconds against a limit; a request that is too many is never sent."""

    def __init__(self, per_minute: int, clock: ClockPort) -> None:
        self._limit = per_minute
        self._entry_limit = int(per_minute * _ENTRY_SHARE)
        self._clock = clock
        self._made: deque[datetime] = deque()
        self._paused_until: datetime | None = None

    def take(self, *, is_entry: bool = False) -> None:
        """Count one request.

        Raises:
            Unavailable: the minute's requests are used up, or Alpaca asked for a pause.
        """
        now = self._clock.now()
        if self._paused_until is not None and now < self._paused_until <= now + _WINDOW:
            raise Unavailable(f"Alpaca asked for no request before {self._paused_until:%H:%M:%S}")
        while self._made and not now - _WINDOW < self._made[0] <= now:
            self._made.popleft()  # a clock that was set back also ends here
        limit = self._entry_limit if is_entry else self._limit
        if len(self._made) >= limit:
            raise Unavailable(f"{len(self._made)} requests in the last minute of {limit} allowed")
        self._made.append(now)

    def pause(self, reset_at: float | None) -> None:
        """Alpaca said 429: ask nothing before its window ends, at most one window from now."""
        now = self._clock.now()
        end = now + _PAUSE
        if reset_at is not None:
            end = now + min(max(timedelta(seconds=reset_at - now.timestamp()), _PAUSE), _WINDOW)
        self._paused_until = end
