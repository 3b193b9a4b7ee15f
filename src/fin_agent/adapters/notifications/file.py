"""A file that another program may read: one JSON document a line."""

import asyncio
import json
import os
from pathlib import Path
from typing import ClassVar

from fin_agent.adapters.message_document import message_document
from fin_agent.domain.errors import Unavailable
from fin_agent.domain.notice import Message
from fin_agent.ports import NotifierPort


class File(NotifierPort):
    """``<folder>/notices.jsonl``; above ``max_mb`` it starts anew and keeps one older file."""

    is_away: ClassVar[bool] = False

    def __init__(self, folder: Path, *, max_mb: float = 5.0) -> None:
        self._path = folder / "notices.jsonl"
        self._max_bytes = max_mb * 2**20

    async def send(self, message: Message) -> None:
        line = json.dumps(message_document(message)) + "\n"
        try:
            await asyncio.to_thread(self._append, line.encode())
        except OSError as error:
            raise Unavailable(f"{self._path} cannot be written ({error.strerror})") from error

    def _append(self, line: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._path.is_file() and self._path.stat().st_size + len(line) > self._max_bytes:
            self._path.replace(self._path.with_suffix(".jsonl.1"))
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        handle = os.open(self._path, flags, 0o600)
        try:
            os.write(handle, line)
        finally:
            os.close(handle)
