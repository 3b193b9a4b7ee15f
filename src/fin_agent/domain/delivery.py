"""How events reach their consumers: how often they are tried, and what is left of a failure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import ClassVar

from fin_agent.domain.events import DomainEvent, Event, derived_id


@dataclass(frozen=True, slots=True)
class DeliveryRules:
    """When a delivery is tried again, for how long it may run, and how many wait for it.

    ``retries`` come after the first attempt. ``timeout`` bounds one attempt. ``lease`` is how long
    a consumer that does not move keeps its place. ``parallel`` keys are handled at a time.
    ``window`` bounds what a consumer holds in memory, ``backlog`` what a publisher may be ahead.
    """

    retries: int = 5
    first_delay: timedelta = timedelta(milliseconds=100)
    longest_delay: timedelta = timedelta(seconds=30)
    timeout: timedelta = timedelta(seconds=10)
    lease: timedelta = timedelta(seconds=10)
    parallel: int = 64
    window: int = 20_000
    backlog: int = 20_000

    def delay(self, attempts: int, draw: float) -> timedelta:
        """The wait after so many failed attempts: doubled each time, between half and all of it.

        ``draw`` is a random number in 0..1, so that consumers that failed together part.
        """
        doubled: timedelta = self.first_delay * 2.0 ** (min(attempts, 32) - 1)
        return min(doubled, self.longest_delay) * (0.5 + draw / 2)

    def is_spent(self, attempts: int) -> bool:
        """Whether so many failed attempts were all there are."""
        return attempts > self.retries


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A delivery that was given up.

    ``trace`` is the traceback's text, ``seq`` the event's place in the log. ``is_unreadable`` means
    that no handler saw it: unknown type or version, or a bad payload.
    """

    consumer: str
    seq: int
    event: Event
    attempts: int
    failed_at: datetime
    reason: str
    trace: str
    is_unreadable: bool = False

    @property
    def payload_hash(self) -> str:
        """SHA-256 of the payload: what exactly could not be handled."""
        return sha256(self.event.payload.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class SignalExpired(DomainEvent):
    """An event came to a consumer after its ``valid_until``: it was not handled. A fact."""

    consumer: str
    event: Event
    seen_at: datetime

    is_decision: ClassVar[bool] = False

    def payload(self) -> dict[str, object]:
        return {
            "consumer": self.consumer,
            "event_id": self.event.event_id,
            "type": self.event.type,
            "valid_until": self.event.valid_until,
            "seen_at": self.seen_at,
        }

    def recorded(self) -> Event:
        """Its envelope: the same for every time this consumer meets this event too late."""
        event = self.event
        return Event(
            event_id=derived_id("expired", self.consumer, event.event_id),
            type=type(self).__name__,
            session_date=event.session_date,
            account=event.account,
            occurred_at=self.seen_at,
            payload=self.text(),
            version=self.version,
            correlation_id=event.correlation_id,
            causation_id=event.event_id,
        )


def ordering_key(event: Event) -> str:
    """Events with the same key reach a consumer one after the other, in the order of the log."""
    return event.correlation_id or event.event_id


def has_expired(event: Event, now: datetime) -> bool:
    """Whether an event may no longer be acted on."""
    return event.valid_until is not None and now > event.valid_until
