"""Each channel with the far end that it sends to, which can be read and broken."""

import json
import stat
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

from fin_agent.adapters.notifications.apprise import Apprise
from fin_agent.adapters.notifications.desktop import Desktop
from fin_agent.adapters.notifications.file import File
from fin_agent.adapters.notifications.mail import Mail
from fin_agent.adapters.notifications.terminal import Terminal
from fin_agent.adapters.notifications.webhook import Webhook
from fin_agent.domain.errors import Unavailable
from fin_agent.ports import NotifierPort
from fin_agent.testing.notices import FakeNotifier
from tests.servers.faults import FaultyServer, down, served
from tests.servers.smtp import mail_server

CANARY = "canary-9f8e7d6c5b4a"
Far = tuple[str, str]  # title and text as they arrived


class World(ABC):
    """A channel and its far end."""

    port: NotifierPort

    @abstractmethod
    def arrived(self) -> Sequence[Far]: ...

    @abstractmethod
    def break_(self) -> None: ...

    @abstractmethod
    def mend(self) -> None: ...


class FakeWorld(World):
    def __init__(self) -> None:
        self.port = self._fake = FakeNotifier()

    def arrived(self) -> Sequence[Far]:
        return [(m.title, m.text) for m in self._fake.sent]

    def break_(self) -> None:
        self._fake.problem = Unavailable("broken")

    def mend(self) -> None:
        self._fake.problem = None


class HttpWorld(World):
    """``text`` is what the service calls the text."""

    def __init__(self, server: FaultyServer, port: NotifierPort, text: str) -> None:
        self.server, self.port, self._text = server, port, text
        self.documents: list[dict[str, str]] = []

        async def take(request: web.Request) -> web.Response:
            self.documents.append(await request.json())
            return web.Response()

        server.routes[f"/{CANARY}"] = server.routes[f"/{CANARY}/"] = take

    def arrived(self) -> Sequence[Far]:
        return [(d["title"], d[self._text]) for d in self.documents]

    def break_(self) -> None:
        self.server.faults.extend([down()] * 50)

    def mend(self) -> None:
        self.server.faults.clear()


class FileWorld(World):
    def __init__(self, folder: Path) -> None:
        self._folder = folder / "notices"
        self.port = File(self._folder)

    def arrived(self) -> Sequence[Far]:
        path = self._folder / "notices.jsonl"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        told = [json.loads(line) for line in path.read_text().splitlines()]
        return [(d["title"], d["text"]) for d in told]

    def break_(self) -> None:
        self._folder.write_text("in the way")

    def mend(self) -> None:
        self._folder.unlink()


class DesktopWorld(World):
    """A ``notify-send`` that writes its arguments down, one a line of JSON."""

    def __init__(self, folder: Path) -> None:
        self._kept, self._flag = folder / "kept", folder / "broken"
        self._script = folder / "notify-send"
        self._script.write_text(
            "#!/usr/bin/env python3\nimport json, pathlib, sys\n"
            f"if pathlib.Path({str(self._flag)!r}).exists(): sys.exit(1)\n"
            f"with open({str(self._kept)!r}, 'a') as f: f.write(json.dumps(sys.argv[1:]) + '\\n')\n"
        )
        self._script.chmod(0o755)
        self.port = Desktop(command=str(self._script), timeout_s=30)

    def arrived(self) -> Sequence[Far]:
        told = [json.loads(line) for line in self._kept.read_text().splitlines()]
        return [(arguments[-2], arguments[-1]) for arguments in told]

    def break_(self) -> None:
        self._flag.touch()

    def mend(self) -> None:
        self._flag.unlink()


@asynccontextmanager
async def fake(_: pytest.FixtureRequest, _folder: Path) -> AsyncIterator[World]:
    yield FakeWorld()


@asynccontextmanager
async def webhook(_: pytest.FixtureRequest, _folder: Path) -> AsyncIterator[World]:
    async with served(FaultyServer()) as server:
        yield HttpWorld(server, Webhook(SecretStr(f"{server.base_url}/{CANARY}")), "text")


@asynccontextmanager
async def apprise(_: pytest.FixtureRequest, _folder: Path) -> AsyncIterator[World]:
    async with served(FaultyServer()) as server:
        url = server.base_url.replace("http://", "json://")
        yield HttpWorld(server, Apprise(SecretStr(f"{url}/{CANARY}")), "message")


@asynccontextmanager
async def file(_: pytest.FixtureRequest, folder: Path) -> AsyncIterator[World]:
    yield FileWorld(folder)


@asynccontextmanager
async def desktop(_: pytest.FixtureRequest, folder: Path) -> AsyncIterator[World]:
    yield DesktopWorld(folder)


@asynccontextmanager
async def mail(_: pytest.FixtureRequest, _folder: Path) -> AsyncIterator[World]:
    async with mail_server() as server:

        class MailWorld(World):
            port = Mail(
                server=f"127.0.0.1:{server.port}",
                sender="agent@example.com",
                to="me@example.com",
                security="insecure",
                secret=SecretStr(CANARY),
            )

            def arrived(self) -> Sequence[Far]:
                assert all(m.get_content_type() == "text/plain" for m in server.received)
                return [(str(m["Subject"]), m.get_content().strip()) for m in server.received]

            def break_(self) -> None:
                server.deaf = True

            def mend(self) -> None:
                server.deaf = False

        yield MailWorld()


@asynccontextmanager
async def terminal(request: pytest.FixtureRequest, _folder: Path) -> AsyncIterator[World]:
    captured: pytest.CaptureFixture[str] = request.getfixturevalue("capsys")
    patch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")

    class Full:
        def write(self, _: str) -> int:
            raise OSError(28, "No space left on device")

    class TerminalWorld(World):
        port = Terminal(bell=False)

        def arrived(self) -> Sequence[Far]:
            blocks = captured.readouterr().err.replace("\n  ", "\0").splitlines()
            return [(b.split("\0")[0], "\n".join(b.split("\0")[1:])) for b in blocks]

        def break_(self) -> None:
            patch.setattr("sys.stderr", Full())

        def mend(self) -> None:
            patch.undo()

    yield TerminalWorld()


WORLDS = {
    "fake": fake,
    "apprise": apprise,
    "desktop": desktop,
    "file": file,
    "mail": mail,
    "terminal": terminal,
    "webhook": webhook,
}
