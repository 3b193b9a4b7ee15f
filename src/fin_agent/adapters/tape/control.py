"""What the person said on a live day, on the tape and from it.

A word takes effect between two minutes, or while a minute or a scan is being decided; a replay
says it again at the same place and instant, because a decision holds its instant.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from fin_agent.adapters.tape.answers import CONTROL, text_of
from fin_agent.adapters.tape.line import AGENT
from fin_agent.adapters.tape.recorder import Payload
from fin_agent.domain.control import Act, ControlRequest, Latch, LatchKind
from fin_agent.ports import ControlPort

_REPEATED = frozenset({Act.HALT, Act.RESUME, Act.FLAT})
"""The acts that decide something in a replay: weights come with the scans, notes decide nothing."""


@dataclass(frozen=True, slots=True)
class Word:
    """One thing that was said: the ``at`` of the day when it was heard.

    ``is_amid``: a minute or a scan was being decided.
    """

    at: datetime
    is_amid: bool
    told: Mapping[str, Any]


@dataclass(slots=True)
class Deciding:
    """Whether the agent is deciding on something that the tape already holds."""

    is_on: bool = False


class RecordedControl(ControlPort):
    """A person's words, each recorded when it is heard first; ``at`` gives the day's instant."""

    def __init__(
        self,
        control: ControlPort,
        record: Callable[[str, str, str, Payload], None],
        day: date,
        at: Callable[[], datetime],
        deciding: Deciding,
    ) -> None:
        self._control = control
        self._record = record
        self._day = str(day)
        self._at = at
        self._deciding = deciding
        self._killed: str | None = None
        self._heard: set[str] = set()

    def begin(self, latches: Sequence[Latch]) -> None:
        """Record what holds from before, as a life of the agent finds it."""
        self._keep({"latches": [_latch_json(latch) for latch in latches]})

    def kill_reason(self) -> str | None:
        reason = self._control.kill_reason()
        if reason != self._killed:
            self._killed = reason
            self._keep({"killed": reason})
        return reason

    def requests(self) -> Sequence[ControlRequest]:
        found = self._control.requests()
        for request in found:
            if request.request_id not in self._heard:
                self._heard.add(request.request_id)
                self._keep({"request": _request_json(request)})
        return found

    def answer(self, request: ControlRequest, outcome: Mapping[str, object]) -> None:
        self._control.answer(request, outcome)

    def _keep(self, told: Mapping[str, object]) -> None:
        whole = {"at": self._at().isoformat(), "amid": self._deciding.is_on, **told}
        self._record(AGENT, CONTROL, self._day, text_of(whole))


@dataclass(slots=True)
class TapedControl(ControlPort):
    """Says what was said, when it is its turn."""

    killed: str | None = None
    waiting: dict[str, ControlRequest] = field(default_factory=dict)

    def say(self, word: Word) -> None:
        """Let it be heard from now on."""
        if "killed" in word.told:
            self.killed = word.told["killed"]
        elif "request" in word.told:
            request = _request_of(word.told["request"])
            if request.act in _REPEATED:
                self.waiting[request.request_id] = request

    def kill_reason(self) -> str | None:
        return self.killed

    def requests(self) -> Sequence[ControlRequest]:
        return [*self.waiting.values()]

    def answer(self, request: ControlRequest, outcome: Mapping[str, object]) -> None:
        del outcome
        self.waiting.pop(request.request_id, None)


def word_of(told: Mapping[str, Any]) -> Word:
    return Word(datetime.fromisoformat(told["at"]), bool(told["amid"]), told)


def latches_of(words: Sequence[Word]) -> Sequence[Latch]:
    """What held when the first life of the day began."""
    first = next((word.told["latches"] for word in words if "latches" in word.told), ())
    instant = datetime.fromisoformat
    return [
        Latch(
            LatchKind(told["kind"]),
            date.fromisoformat(told["day"]),
            told["reason"],
            instant(told["at"]),
        )
        for told in first
    ]


def _latch_json(latch: Latch) -> Mapping[str, str]:
    return {
        "kind": latch.kind.value,
        "day": str(latch.exchange_date),
        "reason": latch.reason,
        "at": latch.at.isoformat(),
    }


def _request_json(request: ControlRequest) -> Mapping[str, object]:
    return {
        "request_id": request.request_id,
        "act": request.act.value,
        "reason": request.reason,
        "at": request.at.isoformat(),
        "details": dict(request.details),
    }


def _request_of(told: Mapping[str, Any]) -> ControlRequest:
    at = datetime.fromisoformat(told["at"])
    return ControlRequest(told["request_id"], Act(told["act"]), told["reason"], at, told["details"])
