"""What an application is made of, where it keeps things, and how a run replaces the one before."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from fin_agent.composition.bootstrap import App, Scope, memory_store, start
from fin_agent.composition.kill_switch import data_directory
from fin_agent.composition.loading import Choices
from fin_agent.composition.rules import profile_minutes, recorded
from fin_agent.domain.errors import (
    AlreadyRunning,
    ConfigError,
    CorruptData,
    StateUnavailable,
    UsageError,
)
from fin_agent.domain.events import Event
from fin_agent.testing.builders import DAY, SCAN
from tests.acceptance.command_line import environment

SETTINGS = "universe: {file: universe.csv}\nfx: {fixed: 1.0}\n"


def an_app(folder: Path, *assignments: str) -> App:
    (folder / "config.yaml").write_text(SETTINGS, encoding="utf-8")
    (folder / "universe.csv").write_text("symbol,type\nAAA,stock\nBBB,etf\n", encoding="utf-8")
    choices = Choices(folder / "config.yaml", None, assignments)
    return start(choices, folder / "data", {})


def an_event(text: str) -> Event:
    return Event(f"id-{text}", "Thing", DAY, "paper", SCAN, f'"{text}"', is_decision=True)


async def run(app: App, name: str, text: str, *, error: Exception | None = None) -> None:
    async with app.run_store(name) as store:
        async with store.begin() as work:
            work.append([an_event(text)])
        if error is not None:
            raise error


async def stored(app: App, name: str) -> list[str]:
    return [event.payload for event in await app.stored_decisions(name, DAY)]


def test_the_data_directory_is_chosen_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    assert data_directory(None, {}) == tmp_path / ".local/share/fin-agent"
    assert data_directory(None, {"FIN_AGENT_DATA_DIR": ""}) == tmp_path / ".local/share/fin-agent"
    assert data_directory(None, {"FIN_AGENT_DATA_DIR": "~/there"}) == tmp_path / "there"
    assert data_directory(Path("here"), {"FIN_AGENT_DATA_DIR": "/x"}) == tmp_path / "here"


async def test_a_finished_run_can_be_read(tmp_path: Path) -> None:
    app = an_app(tmp_path)
    assert (app.runs(), app.newest_run()) == ([], None)

    await run(app, "one", "first")
    await run(app, "two", "second")

    assert (app.runs(), app.newest_run()) == (["one", "two"], "two")
    assert await stored(app, "one") == ['"first"']
    assert await stored(app, "none") == []


async def test_a_run_replaces_the_one_before(tmp_path: Path) -> None:
    app = an_app(tmp_path)

    await run(app, "one", "first")
    await run(app, "one", "again")

    assert await stored(app, "one") == ['"again"']


async def test_a_run_that_fails_leaves_the_one_before(tmp_path: Path) -> None:
    app = an_app(tmp_path)
    await run(app, "one", "first")

    with pytest.raises(RuntimeError, match="half way"):
        await run(app, "one", "again", error=RuntimeError("half way"))

    assert await stored(app, "one") == ['"first"']
    assert app.runs() == ["one"]
    assert not app.run_path("one").with_suffix(".new").exists()


_KILLED = """
import asyncio, os, sys
from pathlib import Path
from tests.composition.test_bootstrap import an_app, an_event

async def main():
    async with an_app(Path(sys.argv[1])).run_store("one") as store:
        async with store.begin() as work:
            work.append([an_event("again")])
        await store.flush()
        os._exit(9)

asyncio.run(main())
"""


async def test_a_run_that_is_killed_leaves_the_one_before(tmp_path: Path) -> None:
    app = an_app(tmp_path)
    await run(app, "one", "first")

    killed = subprocess.run(  # noqa: ASYNC221 - nothing else waits here
        [sys.executable, "-c", _KILLED, str(tmp_path)],
        cwd=Path(__file__).parents[2],
        env=environment(),
        check=False,
    )

    assert killed.returncode == 9
    assert await stored(app, "one") == ['"first"']
    await run(app, "one", "third")
    assert await stored(app, "one") == ['"third"']
    assert not app.run_path("one").with_suffix(".new").exists()


async def test_a_run_is_written_by_one_at_a_time(tmp_path: Path) -> None:
    app = an_app(tmp_path)
    async with app.run_store("one"):
        with pytest.raises(AlreadyRunning, match=r"in use by run one \(pid \d+\)"):
            await run(app, "one", "other")
        await run(app, "two", "beside")

    assert app.runs() == ["one", "two"]


async def test_a_run_needs_a_folder(tmp_path: Path) -> None:
    app = an_app(tmp_path)
    (tmp_path / "data").write_text("in the way")

    with pytest.raises(StateUnavailable, match=r"one.lock: cannot be created \(Not a directory\)"):
        await run(app, "one", "first")


async def test_a_run_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    app = an_app(tmp_path)

    with pytest.raises(CorruptData, match=r"no run 'x' in .*; there are: none yet"):
        await app.open_run("x")
    await run(app, "one", "first")
    with pytest.raises(CorruptData, match="there are: one"):
        await app.open_run("x")


async def test_the_universe_says_what_an_instrument_is(tmp_path: Path) -> None:
    app = an_app(tmp_path)

    everything = await app.instruments()
    one = await app.instruments(["BBB"])

    assert [instrument.symbol for instrument in everything] == ["AAA", "BBB"]
    assert [(i.symbol, i.type and i.type.value) for i in one] == [("BBB", "etf")]
    with pytest.raises(UsageError, match=r"CCC: neither in the universe \(2 symbols\) nor in the"):
        await app.instruments(["AAA", "CCC"])


async def test_the_whole_store_needs_something_stored(tmp_path: Path) -> None:
    app = an_app(tmp_path, "universe.file=all")

    with pytest.raises(CorruptData, match=r"no bars are stored in .*; import some: fin-agent data"):
        await app.instruments()


async def test_the_second_look_is_read_from_its_cron_expression(tmp_path: Path) -> None:
    session = an_app(tmp_path).calendar.session(date(2025, 11, 6))
    half = an_app(tmp_path).calendar.session(date(2025, 11, 28))
    assert session is not None
    assert half is not None

    assert an_app(tmp_path).second_look(session) == "12:15"
    berlin = ("schedule.timezone=Europe/Berlin", 'schedule.second_look_cron="0 17 * * *"')
    assert an_app(tmp_path, *berlin).second_look(session) == "11:00"
    assert an_app(tmp_path).second_look(half) == "12:15"
    with pytest.raises(ConfigError, match="second_look_cron: 'soon' is no cron expression"):
        an_app(tmp_path, "schedule.second_look_cron=soon").second_look(session)


def test_the_volume_profile_is_in_minutes_of_the_day(tmp_path: Path) -> None:
    profile = profile_minutes(an_app(tmp_path).settings)

    assert profile[0] == (240, 0.0)
    assert profile[-1] == (960, 1.0)
    assert list(profile) == sorted(profile)


async def test_what_decides_is_recorded_and_what_does_not_is_not(tmp_path: Path) -> None:
    app = an_app(tmp_path)
    instruments = await app.instruments()
    before = recorded(app.settings, instruments, daily=False)

    other_day = an_app(tmp_path, "schedule.timezone=UTC").settings
    other_risk = an_app(tmp_path, "risk.max_entries=4").settings

    assert recorded(other_day, instruments, daily=False) == before
    assert recorded(other_risk, instruments, daily=False) != before
    assert recorded(app.settings, instruments[:1], daily=False) != before
    assert recorded(app.settings, instruments, daily=True) != before


async def test_what_is_only_asked_leaves_nothing(tmp_path: Path) -> None:
    app = an_app(tmp_path)
    store = memory_store()
    replayer = await app.replayer(Scope(at="open"), store)
    async with store.begin() as work:
        work.append([an_event("first")])

    assert [event.payload for event in await store.events(DAY)] == ['"first"']
    assert replayer.rules.account == "paper"
    assert not (tmp_path / "data" / "runs").exists()
