"""Days that the agent lives: the demo's data under a fast clock, made once a test run."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fin_agent.composition.agent import Agent, agent
from fin_agent.composition.bootstrap import App, start
from fin_agent.composition.day_end import DayEnd
from fin_agent.composition.loading import Choices
from fin_agent.composition.standing import Standing, standing
from tests.acceptance.command_line import Word, document
from tests.acceptance.demo_days import FIRST, SECOND, DemoDays
from tests.acceptance.folders import copied, made_once

SPEED = 50_000
PATIENCE_S = 60.0
START = f"{FIRST}T07:55:00-05:00"
ONE_DAY = f"{SECOND}T07:55:00-05:00@{SPEED}"
BOTH_DAYS = f"{START}@{SPEED}"
MID_DAY = f"{SECOND}T09:29:00-05:00@3000"  # the first order goes out a minute later


def place(folder: Path) -> tuple[Word, ...]:
    return ("--config", folder / "config.yaml", "--data-dir", folder)


@pytest.fixture(scope="session")
def lived(laid_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory after the agent's second demo day; not to be changed."""

    def live(folder: Path) -> None:
        home = copied(laid_out, folder / "home")
        document("run", "--clock", ONE_DAY, *place(home))
        (home / "reserve").unlink()

    return made_once(tmp_path_factory, "lived-day", live) / "home"


@pytest.fixture
def after_day(lived: Path, tmp_path: Path) -> DemoDays:
    """The same, for one test to change."""
    return DemoDays(copied(lived, tmp_path / "after-day"))


async def eventually(holds: Callable[[], object]) -> None:
    """Wait for something that another task or thread does."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if holds():
                return
            await asyncio.sleep(0.005)


def app_of(days: DemoDays, *changes: str) -> App:
    """The application on a data directory of the demo."""
    return start(Choices(days.folder / "config.yaml", None, changes), days.folder, {})


@dataclass
class Living:
    """An agent at work in this process."""

    app: App
    agent: Agent
    work: "asyncio.Task[None]"
    ended: list[DayEnd] = field(default_factory=list)

    async def until(self, holds: Callable[[Standing], object]) -> Standing:
        """Wait for something in the state database."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds(found := await standing(self.app)):
                assert not self.work.done(), self.work
                await asyncio.sleep(0.005)
        return found


@asynccontextmanager
async def agent_on(days: DemoDays, clock: str) -> AsyncIterator[Living]:
    """An agent on a data directory; it is stopped in the middle of what it does."""
    app, ended = app_of(days), list[DayEnd]()
    async with agent(app, clock, lambda _: None) as running:
        work = asyncio.create_task(_lived(running, ended))
        try:
            yield Living(app, running, work, ended)
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)


async def _lived(running: Agent, ended: list[DayEnd]) -> None:
    ended += [end async for end in running.days()]


def sound(folder: Path) -> bool:
    return bool(document("db", "verify", *place(folder))["ok"])
