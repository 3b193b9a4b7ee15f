"""The person's word to an agent that does not answer, ends, or never was."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fin_agent.adapters.instance_lock import exclusive
from fin_agent.composition.bootstrap import App, start
from fin_agent.composition.kill_switch import HOLDER, agent_in, halt, refuse_second
from fin_agent.composition.loading import Choices
from fin_agent.composition.person import desk_of, flat, resume
from fin_agent.domain.errors import AlreadyRunning, Unavailable
from tests.entrypoints.live_days import eventually

SOON_S = 0.1


@pytest.fixture
def app(tmp_path: Path) -> App:
    return start(Choices(None, None, ()), tmp_path, {})


@contextmanager
def held_by(app: App, holder: str) -> Iterator[None]:
    with exclusive(app.data_dir / "state.lock", holder):
        yield


def waiting(app: App) -> list[str]:
    return sorted(path.stem for path in (app.data_dir / "control" / "requests").glob("*.json"))


async def test_a_resume_that_nobody_answers_is_withdrawn(app: App) -> None:
    with held_by(app, HOLDER), pytest.raises(Unavailable, match=r"run \(pid \d+\) did not resume"):
        await resume(app, "looked", SOON_S)
    assert waiting(app) == []


async def test_a_flat_that_nobody_answers_stays(app: App) -> None:
    with held_by(app, HOLDER), pytest.raises(Unavailable, match="did not flat within"):
        await flat(app, "out", SOON_S)
    assert len(waiting(app)) == 1


async def test_a_resume_given_up_by_the_person_is_withdrawn(app: App) -> None:
    with held_by(app, HOLDER):
        asking = asyncio.create_task(resume(app, "looked", 60))
        await eventually(lambda: waiting(app))
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    assert waiting(app) == []


async def test_an_agent_that_ends_meanwhile_is_named(app: App) -> None:
    with held_by(app, HOLDER):
        asking = asyncio.create_task(resume(app, "looked", 60))
        await eventually(lambda: waiting(app))
    with pytest.raises(Unavailable, match="ended before it did resume"):
        await asking


async def test_another_program_on_the_database_is_no_agent(app: App) -> None:
    (app.data_dir / "state.db").touch()
    with held_by(app, "db restore"):
        assert agent_in(app.data_dir) is None
        with pytest.raises(AlreadyRunning, match="in use by db restore"):
            refuse_second(app.data_dir)
        with pytest.raises(AlreadyRunning, match="in use by db restore"):
            await resume(app, "looked", SOON_S)


async def test_resume_takes_the_flag_down(app: App) -> None:
    halt(app.data_dir, "stop")
    told = await resume(app, "go on", SOON_S)

    assert told == {"done": True, "state": "ACTIVE", "agent": None}
    assert not desk_of(app).lower()
