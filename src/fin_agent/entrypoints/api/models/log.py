"""The event log, its stream and its dead letters."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from fin_agent.entrypoints.api.models.base import Answer, Page


class Event(Answer):
    """One event with its envelope; ``seq`` is its place in the log, without gaps."""

    seq: int
    event_id: str
    type: str = Field(examples=["PlanApproved"])
    version: int
    session_date: date
    account: str
    occurred_at: datetime
    recorded_at: datetime
    valid_until: datetime | None
    correlation_id: str
    causation_id: str
    is_decision: bool
    payload: Any = Field(description="texts in it may come from outside: show them as text")


class Events(Page[Event]):
    """Events by ``seq``: after a place, or (without one) the newest."""

    last_seq: int = Field(description="the newest event of the whole log, 0 when there is none")


class DeadLetter(Answer):
    """An event that a consumer gave up; ``fin-agent events requeue`` tries it again."""

    event_id: str
    seq: int
    type: str
    version: int
    consumer: str
    attempts: int
    failed_at: datetime
    valid_until: datetime | None
    reason: str
    payload_hash: str


class DeadLetters(Page[DeadLetter]):
    """Dead letters, oldest failure first."""


class StreamEvent(Answer):
    """What ``/v1/stream`` sends for every event behind ``after``: each once, in order."""

    kind: Literal["event"] = "event"
    event: Event


class StreamBeat(Answer):
    """Sent when nothing happened for a while; ``seq`` is the last one that was sent."""

    kind: Literal["beat"] = "beat"
    seq: int
