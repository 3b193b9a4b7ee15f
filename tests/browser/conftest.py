"""Chromium before a dashboard before an agent, as a trader has them."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_server
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.acceptance.command_line import Word
from tests.acceptance.demo_days import FIRST, laid_out
from tests.dashboard.fake_agent import served
from tests.dashboard.fake_wire import READ_TOKEN, FakeWire
from tests.programs import program

__all__ = ["laid_out"]

PATIENCE_S = 120.0


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, or what Ubuntu and a runner of GitHub have in its place.

    Playwright keeps an event loop running in this thread: other fixtures come first, and it ends
    with its module, or ``asyncio.run`` would refuse to work in the tests that follow.
    """
    path = program("chromium", "google-chrome", "chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go: into the folder of the run (``--basetemp``), never into the repo."""
    folder = tmp_path_factory.getbasetemp() / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@dataclass(frozen=True)
class Desk:
    """An agent (or a fake of one) with its dashboard."""

    url: str
    folder: Path
    wire: FakeWire | None = None

    @property
    def control_token(self) -> str:
        return (self.folder / "api" / "control.token").read_text(encoding="ascii").strip()


def free_port() -> int:
    with create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port


@contextmanager
def process(*words: Word, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process of ours that is ended by its pid, and whose last words are shown on a failure."""
    with log.open("ab") as file:
        command = [sys.executable, *(str(word) for word in words)]
        running = subprocess.Popen(command, stdout=file, stderr=file)
    try:
        yield running
    finally:
        running.send_signal(signal.SIGTERM)
        try:
            running.wait(30)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
        sys.stdout.write(log.read_text(encoding="utf-8", errors="replace")[-4000:])


def answers(url: str) -> None:
    """Wait until something serves there."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            with urlopen(url, timeout=5) as answer:  # noqa: S310 -- our own server
                answer.read()
                return
        except (URLError, OSError):
            assert time.monotonic() < deadline, f"{url} does not answer"
            time.sleep(0.1)  # noqa: TID251 -- a test waits for a process


@contextmanager
def trading(home: Path, speed: int, *changes: str) -> Iterator[Desk]:
    """An agent on the demo's first day from just before the open, with its dashboard beside it."""
    api, own = free_port(), free_port()
    given = (f"api.port={api}", f"dashboard.port={own}", "dashboard.enabled=true", *changes)
    words: tuple[Word, ...] = (
        *("-m", "fin_agent", "run", "--clock", f"{FIRST}T09:26:00-05:00@{speed}"),
        *("--config", home / "config.yaml", "--data-dir", home),
        *(word for one in given for word in ("--set", one)),
    )
    with process(*words, log=home / "run.log"):
        answers(f"http://127.0.0.1:{own}/_stcore/health")
        yield Desk(f"http://127.0.0.1:{own}", home)


@contextmanager
def dashboard(api: str, tokens: Path, log: Path) -> Iterator[str]:
    """A dashboard of its own; gives its address."""
    port = free_port()
    words = ("--api", api, "--read-token-file", tokens, "--port", port)
    with process("-m", "fin_agent.entrypoints.dashboard", *words, log=log):
        answers(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def fake_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A dashboard before an agent that answers from documents, hostile texts included."""
    folder = tmp_path_factory.mktemp("fake-desk")
    token = folder / "read.token"
    token.write_text(READ_TOKEN, encoding="ascii")
    wire = FakeWire()
    with served(wire) as api, dashboard(api, token, folder / "dashboard.log") as url:
        yield Desk(url, folder, wire)
