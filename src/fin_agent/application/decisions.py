"""The day's decisions as canonical records, chained into the ``decision_hash``."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from fin_agent.domain.events import GENESIS, DomainEvent, Event, chained, hashed_id, line_of


class DecisionLog:
    """Turns domain events into envelopes, in order, and chains the decisions among them."""

    def __init__(self, account: str, session_date: date, head: str = GENESIS) -> None:
        self.head = head
        self._account = account
        self._session_date = session_date
        self._named = f"{account}|{session_date}"
        self._ordinal = 0
        self._causes: dict[str, str] = {}
        self._at: datetime | None = None
        self._at_text = ""

    def restore(self, events: Sequence[Event]) -> None:
        """Go on after the recorded events of this session date, in their order."""
        for event in events:
            if event.is_decision:
                self.head = chained(self.head, event.line)
            if event.correlation_id:
                self._causes[event.correlation_id] = event.event_id
        self._ordinal = len(events)

    def record(
        self,
        event: DomainEvent,
        at: datetime,
        *,
        about: str = "",
        valid_until: datetime | None = None,
    ) -> Event:
        """Make the envelope of an event; ``about`` (a plan or order) correlates a chain of them."""
        kind, payload, is_decision = type(event).__name__, event.text(), event.is_decision
        event_id = hashed_id(f"{self._named}|{kind}|{self._ordinal}|{about}")
        if is_decision:
            if at is not self._at:
                self._at, self._at_text = at, at.isoformat()
            line = line_of(self._at_text, payload, kind, event.version)
            self.head = chained(self.head, line)
        cause = ""
        if about:
            cause = self._causes.get(about, "")
            self._causes[about] = event_id
        self._ordinal += 1
        return Event(  # by place: names would take twice as long
            event_id,
            kind,
            self._session_date,
            self._account,
            at,
            payload,
            event.version,
            is_decision,
            valid_until,
            about,
            cause,
        )


def first_difference(
    stored: Sequence[Event], again: Sequence[Event]
) -> tuple[Event | None, Event | None] | None:
    """The first decision that differs between two runs of a day; None when all agree."""
    for index in range(max(len(stored), len(again))):
        left = stored[index] if index < len(stored) else None
        right = again[index] if index < len(again) else None
        if left is None or right is None or left.line != right.line:
            return left, right
    return None


def changed_keys(left: Mapping[str, object], right: Mapping[str, object]) -> list[str]:
    """The payload keys whose values differ, sorted."""
    return sorted(k for k in left.keys() | right.keys() if left.get(k) != right.get(k))
