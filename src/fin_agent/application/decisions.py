"""The day's decisions as canonical records, chained into the ``decision_hash``."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from fin_agent.domain.events import GENESIS, DomainEvent, Event, chained, derived_id


class DecisionLog:
    """Turns domain events into envelopes, in order, and chains the decisions among them."""

    def __init__(self, account: str, session_date: date, head: str = GENESIS) -> None:
        self.head = head
        self._account = account
        self._session_date = session_date
        self._ordinal = 0
        self._causes: dict[str, str] = {}

    def record(
        self,
        event: DomainEvent,
        at: datetime,
        *,
        about: str = "",
        valid_until: datetime | None = None,
    ) -> Event:
        """Make the envelope of an event; ``about`` (a plan or order) correlates a chain of them."""
        kind = type(event).__name__
        day, ordinal = self._session_date, self._ordinal
        envelope = Event(
            event_id=derived_id(self._account, day, kind, ordinal, about),
            type=kind,
            session_date=day,
            account=self._account,
            occurred_at=at,
            payload=event.text(),
            version=event.version,
            is_decision=event.is_decision,
            valid_until=valid_until,
            correlation_id=about,
            causation_id=self._causes.get(about, ""),
        )
        self._ordinal += 1
        if about:
            self._causes[about] = envelope.event_id
        if event.is_decision:
            self.head = chained(self.head, envelope.line)
        return envelope


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
