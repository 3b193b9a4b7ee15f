"""The newest events of the log in memory: who reads on need not ask the database for them."""

from collections.abc import Sequence
from itertools import islice

from fin_agent.domain.events import Event

_KEPT = 4096  # events; who is further behind reads the log


class Newest:
    """Durable events by their place in the log; ``end`` is the log's last place, when known."""

    def __init__(self) -> None:
        self.end: int | None = None
        self._events: dict[int, Event] = {}

    def add(self, before: int | None, events: Sequence[Event]) -> None:
        """Events that were stored behind a place.

        Without a place it is not known whether they were: only the log can tell.
        """
        if before is None:
            self.end = None
            return
        self.end = before + len(events)
        first = max(0, len(events) - _KEPT)
        self._events |= dict(enumerate(events[first:], before + 1 + first))
        for place in [*islice(self._events, max(0, len(self._events) - _KEPT))]:
            del self._events[place]

    def behind(self, place: int, limit: int) -> list[Event] | None:
        """The events that follow a place, at most so many; None when only the log can tell."""
        found: list[Event] = []
        while len(found) < limit and (event := self._events.get(place + 1)) is not None:
            found.append(event)
            place += 1
        return found if found or place == self.end else None
