"""What outlives a restart: latches, the person's requests, and the state of an unfinished day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from fin_agent.domain.events import DomainEvent, Event
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.order import Fill, OrderIntent
from fin_agent.domain.risk import PlanAdvised, TradingState


class LatchKind(StrEnum):
    """Why entries are off; a latch is set by the agent or a person, never by time."""

    DAILY_LOSS = "daily_loss"
    HALT = "halt"
    NOT_FLAT = "not_flat"
    FLAT = "flat"


@dataclass(frozen=True, slots=True)
class Latch:
    """Entries are off: by a daily loss on its exchange date, by the others until ``resume``."""

    kind: LatchKind
    exchange_date: date
    reason: str
    at: datetime

    def binds(self, day: date) -> bool:
        """Whether it keeps entries off on a session date."""
        return self.kind is not LatchKind.DAILY_LOSS or self.exchange_date == day


def state_under(latches: Sequence[Latch], day: date) -> TradingState:
    """The trading state that a session starts in."""
    kinds = {latch.kind for latch in latches if latch.binds(day)}
    if kinds - {LatchKind.DAILY_LOSS}:
        return TradingState.HALTED
    return TradingState.REDUCING if kinds else TradingState.ACTIVE


class Act(StrEnum):
    """What a person can ask of a running agent."""

    HALT = "halt"
    RESUME = "resume"
    FLAT = "flat"
    NOTE = "note"
    WEIGHTS = "weights"


@dataclass(frozen=True, slots=True)
class ControlRequest:
    """One wish of the person, with an id so that it is answered once.

    ``reason`` is the text of a note; what else belongs to the wish is in ``details``.
    """

    request_id: str
    act: Act
    reason: str
    at: datetime
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredDay:
    """What the database holds of one session date: events in order, and the state behind them.

    ``minute`` is the last regular minute that was decided, None before the first.
    """

    events: Sequence[Event] = ()
    advice: Sequence[PlanAdvised] = ()
    intents: Sequence[OrderIntent] = ()
    exits: Sequence[ExitIntent] = ()
    fills: Sequence[Fill] = ()
    minute: int | None = None


@dataclass(frozen=True, slots=True)
class TradingHalted(DomainEvent):
    """No entry until a person resumes: they wished so, or something is unexplained."""

    reason: str
    by: str

    is_decision: ClassVar[bool] = False

    def payload(self) -> dict[str, object]:
        return {"reason": self.reason, "by": self.by}


@dataclass(frozen=True, slots=True)
class TradingResumed(DomainEvent):
    """A person allows entries again, after a reconciliation without a difference."""

    reason: str

    is_decision: ClassVar[bool] = False

    def payload(self) -> dict[str, object]:
        return {"reason": self.reason}


@dataclass(frozen=True, slots=True)
class WeightsChanged(DomainEvent):
    """A person weighs the factors anew: for the next scan and those after it.

    It decides nothing itself; a scan that uses these weights says so in its own record.
    """

    weights: Mapping[str, float]
    reason: str

    is_decision: ClassVar[bool] = False

    def payload(self) -> dict[str, object]:
        return {"weights": dict(self.weights), "reason": self.reason}


@dataclass(frozen=True, slots=True)
class ErrorRaised(DomainEvent):
    """Something a person should know: journal, notifier and dashboard banner."""

    problem: str
    remedy: str
    critical: bool = False

    is_decision: ClassVar[bool] = False

    def payload(self) -> dict[str, object]:
        return {"problem": self.problem, "remedy": self.remedy, "critical": self.critical}
