"""A pop-up on the desktop of this machine, by the freedesktop command ``notify-send``."""

import asyncio
from html import escape
from shutil import which
from typing import ClassVar

from fin_agent.domain.errors import ConfigError, Unavailable
from fin_agent.domain.notice import Message, Severity
from fin_agent.ports import NotifierPort

_URGENCY = {Severity.INFO: "low", Severity.WARNING: "normal", Severity.CRITICAL: "critical"}


class Desktop(NotifierPort):
    """``command`` is started once a message, never through a shell."""

    is_away: ClassVar[bool] = False

    def __init__(self, *, command: str = "notify-send", timeout_s: float = 5.0) -> None:
        found = which(command)
        if found is None:
            raise ConfigError([f"{command} is not installed (Debian: apt install libnotify-bin)"])
        self._command = found
        self._timeout_s = timeout_s

    async def send(self, message: Message) -> None:
        urgency = "low" if message.silent else _URGENCY[message.severity]
        body = escape(message.text, quote=False)  # a desktop reads the body as markup
        arguments = ("--app-name=fin-agent", f"--urgency={urgency}", "--", message.title, body)
        try:
            child = await asyncio.create_subprocess_exec(
                self._command,
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError as error:
            raise Unavailable(f"{self._command} cannot be started ({error.strerror})") from error
        try:
            async with asyncio.timeout(self._timeout_s):
                code = await child.wait()
        except TimeoutError as error:
            raise Unavailable(f"{self._command} does not end") from error
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if code:
            raise Unavailable(f"{self._command} ended with {code}: is there a desktop session?")
