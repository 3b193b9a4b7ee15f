"""A person halts, resumes and flattens a live day; its tape replays to the same hash."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from fin_agent.adapters.calendar import ExchangeCalendar
from fin_agent.adapters.clock import SystemClock
from fin_agent.adapters.control import FolderDesk
from fin_agent.domain.control import Act
from tests.live_day.made_up import DAY, courses, new_york, session_of, slots
from tests.live_day.programme import Agent
from tests.live_day.vendors import vendors

SPEED = 1200.0
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
        desk = FolderDesk(agent.folder / "control")
        acts: list[tuple[int, Callable[[], object]]] = [
            (10, lambda: desk.halt("look at the news")),
            (40, desk.lower),
            (41, lambda: desk.ask(Act.RESUME, "seen it", SystemClock().now())),
            (90, lambda: desk.ask(Act.FLAT, "enough", SystemClock().now())),
        ]
        async with agent.running("--no-api") as (_, ending):
            for minute, act in acts:
                await served.time.until(session.open + timedelta(minutes=minute))
                act()
            await ending
        verified = await agent.command("replay", str(DAY), "--verify")

    assert agent.lived.is_flat, agent.lived.said
    assert verified["same"], (verified, agent.lived.said)
    assert verified["decision_hash"] == agent.lived.decision_hash
    with closing(sqlite3.connect(agent.folder / "state.db")) as database:
        said = dict(database.execute("SELECT type, count(*) FROM event_log GROUP BY type"))
        exits = database.execute("SELECT document FROM trade").fetchall()
    assert (said["TradingHalted"], said["TradingResumed"]) == (2, 1)
    assert "manual" in {json.loads(text)["exit_reason"] for (text,) in exits}
