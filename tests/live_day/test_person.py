"""A person halts, resumes and flattens a live day; its tape replays to the same hash."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

from fin_agent.adapters.calendar import ExchangeCalendar
from fin_agent.adapters.clock import SystemClock
from fin_agent.adapters.control import FolderDesk
from fin_agent.domain.control import Act
from tests.live_day.made_up import DAY, courses, new_york, session_of, slots
from tests.live_day.programme import Agent
from tests.live_day.vendors import vendors

SPEED = 1200.0
_PATIENCE_S = 120.0
PRINTS_A_MINUTE = 30


async def test_a_day_with_a_halt_and_a_flat_replays_to_its_hash(tmp_path: Path) -> None:
    calendar = ExchangeCalendar(cache=tmp_path / "cache")
    session = session_of(calendar)
    days, start = courses(session), new_york("09:24")
    told = [*slots(session, days, PRINTS_A_MINUTE)]
    async with vendors(session, days, told, start) as served:
        agent = Agent(tmp_path / "home", served, SPEED, start=start)
        agent.lay_out(calendar)
        await agent.command("data", "import", str(agent.folder / "daily.csv"))
        desk, now = FolderDesk(agent.folder / "control"), SystemClock().now
        async with agent.running("--no-api") as (_, ending):
            await happened(agent, "FillRecorded", 1)
            desk.halt("look at the news")
            await happened(agent, "TradingHalted", 1)
            desk.lower()
            desk.ask(Act.RESUME, "seen it", now())
            await happened(agent, "TradingResumed", 1)
            desk.ask(Act.FLAT, "enough", now())
            await ending
        verified = await agent.command("replay", str(DAY), "--verify")

    assert agent.lived.is_flat, agent.lived.said
    assert verified["same"], (verified, agent.lived.said)
    assert verified["decision_hash"] == agent.lived.decision_hash
    assert counts(agent)["TradingHalted"] == 2
    assert "manual" in reasons(agent), agent.lived.said


async def happened(agent: Agent, kind: str, times: int) -> None:
    """Wait until the log says so."""
    async with asyncio.timeout(_PATIENCE_S):
        while True:
            if counts(agent).get(kind, 0) >= times:
                return
            await asyncio.sleep(0.02)


def counts(agent: Agent) -> dict[str, int]:
    """The events of the log by type; none while there is no log."""
    try:
        with closing(sqlite3.connect(_reading(agent), uri=True)) as database:
            return dict(database.execute("SELECT type, count(*) FROM event_log GROUP BY type"))
    except sqlite3.OperationalError:
        return {}


def reasons(agent: Agent) -> set[str]:
    with closing(sqlite3.connect(_reading(agent), uri=True)) as database:
        trades = database.execute("SELECT document FROM trade").fetchall()
    return {json.loads(text)["exit_reason"] for (text,) in trades}


def _reading(agent: Agent) -> str:
    return f"file:{agent.folder / 'state.db'}?mode=ro"
