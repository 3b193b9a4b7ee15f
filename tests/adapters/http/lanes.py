"""A vendor that answers as it is told, and a lane to it."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field

from fin_agent.adapters.http.answers import Kind
from fin_agent.adapters.http.body import json_of
from fin_agent.adapters.http.failure import Failure
from fin_agent.adapters.http.lane import Lane, LaneRules
from fin_agent.adapters.http.network import Network
from fin_agent.adapters.http.questions import Question, Told
from fin_agent.domain.events import DomainEvent
from tests.servers.networks import HandClock

BUSY = Failure("is in trouble", is_transient=True)
NO = Failure("does not allow this", is_refusal=True)
QUESTION = Question("quote A", Kind.QUOTE)


@dataclass
class Vendor:
    """Answers with what it was given, in order, then with ``{}``."""

    answers: list[bytes | Failure] = field(default_factory=list)
    calls: int = 0
    most_at_once: int = 0
    now: int = 0
    gate: asyncio.Event | None = None

    async def __call__(self) -> bytes:
        self.calls += 1
        self.now += 1
        self.most_at_once = max(self.most_at_once, self.now)
        try:
            await (self.gate.wait() if self.gate else asyncio.sleep(0))
        finally:
            self.now -= 1
        answer = self.answers.pop(0) if self.answers else b"{}"
        if isinstance(answer, Failure):
            raise answer
        return answer


@dataclass
class World:
    network: Network
    clock: HandClock
    told: list[DomainEvent]

    def lane(self, **rules: object) -> Lane:
        return self.network.lane(LaneRules("acme", **rules))  # type: ignore[arg-type]  # any rule


def asking(lane: Lane, vendor: Vendor, question: Question = QUESTION) -> Awaitable[Told[object]]:
    return lane.ask(question, vendor, json_of)
