"""A channel: the newest message in a file of one line, for a status bar to show."""

from pathlib import Path
from typing import ClassVar

from fin_agent.domain.errors import Unavailable
from fin_agent.domain.notice import Message
from fin_agent.ports import NotifierPort


class OneLineFile(NotifierPort):
    """Writes ``<folder>/<file>``; nobody who is away sees it."""

    is_away: ClassVar[bool] = False

    def __init__(self, folder: Path, *, file: str = "newest.txt") -> None:
        self._path = folder / file

    async def send(self, message: Message) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(f"{message.title}: {message.text}", encoding="utf-8")
        except OSError as error:
            raise Unavailable(f"{self._path} cannot be written ({error.strerror})") from error
