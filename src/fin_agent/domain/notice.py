"""What a person is told, and that they have heard it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from fin_agent.domain.events import DomainEvent


class Severity(StrEnum):
    """How much a person has to do about it; a critical notice is repeated until acknowledged."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for what is only nice to know."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell; ``made_at`` is when it was written down, by the machine's clock.

    ``kind`` is the name by which settings speak of it; ``silent`` asks for no sound.
    """

    notice_id: str
    kind: str
    severity: Severity
    title: str
    text: str
    made_at: datetime
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """What goes over a channel: one notice, or several in one; plain text without any markup."""

    title: str
    text: str
    severity: Severity
    silent: bool = False


@dataclass(frozen=True, slots=True)
class NoticesAcknowledged(DomainEvent):
    """A person has heard every critical notice so far: none of them is repeated any more."""

    by: str

    is_decision: ClassVar[bool] = False

    def payload(self) -> dict[str, object]:
        return {"by": self.by}
