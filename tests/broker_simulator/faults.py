"""What goes wrong, and when: scripted or seeded, request by request.

A rule fits a method and a path (a trailing ``*`` fits any ending). It strikes the matches named in
``nth`` (the first is 1), else each with probability ``share``, at most ``times`` times. The first
rule that strikes decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any


class Kind(StrEnum):
    LOST_REQUEST = "lost_request"  # never processed; the connection is cut
    HANG = "hang"  # never processed; nobody answers
    UNREACHABLE = "unreachable"  # no connection: in process only
    LOST_REPLY = "lost_reply"  # processed; the connection is cut
    SILENT = "silent"  # processed; nobody answers
    ACCEPTED_504 = "accepted_504"  # processed; the gateway says 504
    ERROR_500 = "error_500"  # not processed
    TOO_MANY = "too_many"  # 429, not processed
    REFUSE = "refuse"  # not processed; `status`, `code` and `message`
    SLOW = "slow"  # processed; answered `seconds` later
    LATE_ARRIVAL = "late_arrival"  # the reply is lost; processed `seconds` later
    INVISIBLE = "invisible"  # processed and answered; look-ups see it `seconds` later
    GARBAGE = "garbage"  # processed; 200 with bytes that are no JSON
    HTML = "html"  # processed; 200 with a page
    CUT_BODY = "cut_body"  # processed; 200 with the first half of the body


@dataclass(frozen=True)
class Rule:
    kind: Kind
    method: str = "*"
    path: str = "*"
    share: float = 1.0
    nth: tuple[int, ...] = ()
    times: int | None = None
    seconds: float = 0.0
    status: int = 403
    code: int = 40310000
    message: str = "insufficient buying power"

    def fits(self, method: str, path: str) -> bool:
        if self.method not in {"*", method}:
            return False
        if self.path.endswith("*"):
            return path.startswith(self.path[:-1])
        return path == self.path


@dataclass(frozen=True)
class StreamFaults:
    """Shares of trade updates that never come, come twice, or come up to ``delay_s`` late.

    ``garbage``: updates before which a frame comes that is none.
    """

    drop: float = 0.0
    garbage: float = 0.0
    duplicate: float = 0.0
    delay: float = 0.0
    delay_s: float = 5.0


@dataclass
class FaultPlan:
    """Rules with their counters; the same seed and requests give the same faults."""

    seed: int = 0
    rules: Sequence[Rule] = ()
    stream: StreamFaults = field(default_factory=StreamFaults)
    matched: dict[int, int] = field(default_factory=dict)
    struck: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, seed: int, document: Mapping[str, Any]) -> "FaultPlan":
        """A plan from its JSON: ``{"rules": [...], "stream": {...}}``; unknown keys are errors."""
        unknown = document.keys() - {"rules", "stream", "market"}
        if unknown:
            raise ValueError(f"unknown keys in the fault plan: {sorted(unknown)}")
        rules = [
            Rule(**{**rule, "kind": Kind(rule["kind"]), "nth": tuple(rule.get("nth", ()))})
            for rule in document.get("rules", ())
        ]
        return cls(seed, rules, StreamFaults(**document.get("stream", {})))

    def strike(self, method: str, path: str) -> Rule | None:
        for index, rule in enumerate(self.rules):
            if not rule.fits(method, path):
                continue
            count = self.matched[index] = self.matched.get(index, 0) + 1
            if self._strikes(index, rule, count):
                self.struck[index] = self.struck.get(index, 0) + 1
                return rule
        return None

    def _strikes(self, index: int, rule: Rule, count: int) -> bool:
        if rule.times is not None and self.struck.get(index, 0) >= rule.times:
            return False
        if rule.nth:
            return count in rule.nth
        return Random(f"{self.seed}|rule|{index}|{count}").random() < rule.share

    def has_garbage(self, number: int) -> bool:
        return Random(f"{self.seed}|garbage|{number}").random() < self.stream.garbage

    def arrivals(self, number: int) -> list[float]:
        """After how many seconds a trade update comes: none, once or twice."""
        dice = Random(f"{self.seed}|frame|{number}")
        faults = self.stream
        if dice.random() < faults.drop:
            return []
        count = 2 if dice.random() < faults.duplicate else 1
        late = [dice.random() < faults.delay for _ in range(count)]
        return [dice.uniform(0.0, faults.delay_s) if is_late else 0.0 for is_late in late]
