"""A channel to nobody: it keeps what it was given, and breaks when a test wants it to."""

import asyncio
from dataclasses import dataclass, field
from typing import ClassVar

from fin_agent.domain.notice import Message
from fin_agent.ports import NotifierPort


@dataclass
class FakeNotifier(NotifierPort):
    """``problem`` is raised instead of sending, ``hangs`` never ends."""

    sent: list[Message] = field(default_factory=list)
    problem: Exception | None = None
    hangs: bool = False

    async def send(self, message: Message) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if self.problem is not None:
            raise self.problem
        self.sent.append(message)


@dataclass
class FakeScreen(FakeNotifier):
    """The same on this machine: who is away does not see it."""

    is_away: ClassVar[bool] = False
