"""The newest events of the log in memory: who reads on need not ask the database for them."""

from collections import deque
from collections.abc import Sequence

from fin_agent.domain.events import Event

_KEPT = 4096  # events; who is further behind reads the log


class Newest:
    """Durable events by their place in the log; ``end`` is the log's last place, when known."""

    def __init__(self) -> None:
        self.end: int | None = None
        self._last = 0  # the place of the newest one here
        self._events: deque[Event] = deque(maxlen=_KEPT)

    def add(self, before: int | None, events: Sequence[Event]) -> None:
        """Events that were stored behind a place.

        Without a place it is not known whether they were: only the log can tell.
        """
        if before is None:
            self.end = None
            return
        if before < self._last:
            return  # told late: the log has it, and what is here follows it
        if before > self._last:
            self._events.clear()
        self._events.extend(events)
        self.end = self._last = before + len(events)

    def behind(self, place: int, limit: int) -> list[Event] | None:
        """The events that follow a place, at most so many; None when only the log can tell."""
        kept, left = self._events, self._last - place
        if 0 < left <= len(kept):
            return [kept[at] for at in range(-left, min(limit - left, 0))]
        return [] if place == self.end else None
