"""The terminal that the agent was started in: one block of lines on stderr, a bell if critical."""

import sys
from typing import ClassVar, TextIO

from fin_agent.domain.errors import Unavailable
from fin_agent.domain.notice import Message, Severity
from fin_agent.ports import NotifierPort


class Terminal(NotifierPort):
    """Only printable characters get through: nothing can move the cursor or set a colour."""

    is_away: ClassVar[bool] = False

    def __init__(self, *, bell: bool = True) -> None:
        self._bell = bell

    async def send(self, message: Message) -> None:
        lines = [message.title, *(f"  {line}" for line in message.text.split("\n"))]
        text = "\n".join("".join(c for c in line if c.isprintable()) for line in lines)
        ring = "\a" if self._bell and message.severity is Severity.CRITICAL else ""
        stream: TextIO = sys.stderr
        try:
            stream.write(f"{ring}{text}\n")
            stream.flush()
        except (OSError, ValueError) as error:
            raise Unavailable(f"stderr cannot be written ({error})") from error
