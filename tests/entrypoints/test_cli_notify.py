"""``notify`` and ``ack``: channels tried by hand, and a critical notice that is heard."""

import asyncio
import json
from pathlib import Path

from fin_agent.composition.acknowledging import acknowledged
from fin_agent.composition.agent import agent
from fin_agent.composition.alarms import envelope
from fin_agent.composition.bootstrap import App, start
from fin_agent.composition.loading import Choices
from fin_agent.domain.control import ErrorRaised
from tests.acceptance.command_line import document, fin_agent
from tests.acceptance.demo_days import DemoDays
from tests.entrypoints.live_days import MID_DAY, ONE_DAY, eventually
from tests.entrypoints.test_schemas import check

FILE = "notifications=[{use: file}]"
CANARY = "canary-5d4c3b2a"


def app_on(days: DemoDays) -> App:
    return start(Choices(days.folder / "config.yaml", None, (FILE,)), days.folder, {})


def told(folder: Path) -> list[dict[str, str]]:
    path = folder / "notices" / "notices.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


def test_channels_are_tried_and_listed(demo_days: DemoDays) -> None:
    found = document("notify", "test", *demo_days.place, "--set", FILE)
    listed = document("notify", "list", *demo_days.place, "--set", FILE)

    check("notify-test", found)
    check("notify-list", listed)
    assert found == {"channels": [{"channel": "file", "works": True, "problem": None}]}
    assert listed["channels"] == [{"name": "file", "use": "file", "least": "info"}]
    assert told(demo_days.folder)[0]["title"] == "fin-agent test"


def test_a_day_is_told_and_its_secrets_are_nowhere(demo_days: DemoDays) -> None:
    channels = "notifications=[{use: file},{use: webhook, name: ops}]"
    env = {"CHANNEL_OPS": f"http://127.0.0.1:9/{CANARY}"}
    ran = fin_agent("run", "--clock", ONE_DAY, *demo_days.place, "--set", channels, env=env)

    assert CANARY not in ran.out + ran.err
    titles = " ".join(notice["title"] + notice["text"] for notice in told(demo_days.folder))
    for words in ("Scan: 6", "Entry filled: SOLVI", "Stop hit: SOLVI", "Daily loss cap", "flat"):
        assert words in titles
    for path in demo_days.folder.rglob("*"):
        assert not path.is_file() or CANARY.encode() not in path.read_bytes(), path


async def test_a_running_agent_hears_the_acknowledgement(demo_days: DemoDays) -> None:
    app, notes = app_on(demo_days), list[str]()
    async with agent(app, MID_DAY, notes.append) as running:
        raised = ErrorRaised("two positions differ", "look", critical=True)
        now = app.clock.now()
        async with running.store.begin() as work:
            work.append([envelope(raised, "test", "paper", (now.date(), now))])
        await eventually(lambda: told(demo_days.folder))

        (heard,) = await acknowledged(app)
        again = await acknowledged(app)

    assert heard.title == "Act now"
    assert again == []
    assert told(demo_days.folder)[0]["severity"] == "critical"


async def test_without_an_agent_it_is_acknowledged_in_the_log(demo_days: DemoDays) -> None:
    app, notes = app_on(demo_days), list[str]()
    async with agent(app, MID_DAY, notes.append) as running:
        raised = ErrorRaised("two positions differ", "look", critical=True)
        now = app.clock.now()
        async with running.store.begin() as work:
            work.append([envelope(raised, "test", "paper", (now.date(), now))])
        await eventually(lambda: told(demo_days.folder))

    first = await asyncio.to_thread(document, "ack", *demo_days.place)
    second = await asyncio.to_thread(document, "ack", *demo_days.place)

    check("ack", first)
    assert [notice["title"] for notice in first["acknowledged"]] == ["Act now"]
    assert second == {"acknowledged": []}
