"""A channel: one word in a file, for a lamp on the desk or a status bar."""

from pathlib import Path
from typing import ClassVar

from fin_agent.domain.errors import Unavailable
from fin_agent.domain.notice import Message, Severity
from fin_agent.ports import NotifierPort

_COLOURS = {Severity.CRITICAL: "red", Severity.WARNING: "amber"}


class Lamp(NotifierPort):
    """Writes ``<folder>/<file>``; it stays as it was until the next message."""

    is_away: ClassVar[bool] = False

    def __init__(self, folder: Path, *, file: str = "lamp.txt") -> None:
        self._path = folder / file

    async def send(self, message: Message) -> None:
        fresh = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh.write_text(_COLOURS.get(message.severity, "green") + "\n", encoding="utf-8")
            fresh.replace(self._path)
        except OSError as error:
            raise Unavailable(f"{self._path} cannot be written ({error.strerror})") from error
