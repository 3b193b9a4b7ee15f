"""Five sessions one after another in one process at high speed: does its memory grow?

The line is laid through what is resident after the first session, in which caches fill and modules
load. An hour of the session's time is what a live agent lives in an hour, with the same calls,
prints, scans and events; an hour of the wall would be a month of sessions here.
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from time import monotonic

from fin_agent.adapters.calendar import ExchangeCalendar
from tests.live_day.made_up import new_york
from tests.live_day.programme import Agent
from tests.live_day.vendors import Vendors, asked
from tests.load.figures import slope
from tests.load.sender import RemoteTime, sender, told_days

MONDAY, FRIDAY_BEFORE = date(2025, 11, 17), date(2025, 11, 14)
SESSIONS = 5
RATE = 2_000.0
GOAL_MB = 0.5
_LOOK_S = 0.5
_HOUR_S = 3600.0
_PATIENCE_S = 3600.0


@dataclass
class Week:
    """Resident memory by the session's and by the wall's time, from the second session on."""

    speed: float
    seconds: float = 0.0
    sessions: int = 0
    prints: int = 0
    points: list[tuple[datetime, float, float]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def settled(self) -> Sequence[tuple[datetime, float, float]]:
        """The points after the first session."""
        return [point for point in self.points if point[0].date() > MONDAY]

    @property
    def a_session_hour(self) -> float:
        """MB an hour of the session's time."""
        return slope((at.timestamp() / _HOUR_S, mb) for at, _, mb in self.settled)

    @property
    def a_wall_hour(self) -> float:
        """MB an hour of the wall's time."""
        return slope((wall / _HOUR_S, mb) for _, wall, mb in self.settled)

    @property
    def is_reached(self) -> bool:
        return not self.wrong and self.a_session_hour <= GOAL_MB


async def live_week(folder: Path, speed: float, sessions: int = SESSIONS) -> Week:
    """Live the sessions in one process."""
    calendar = ExchangeCalendar(cache=folder / "cache")
    week, days = Week(speed), told_days(calendar, MONDAY, sessions)
    start = new_york("07:55", MONDAY)
    time = RemoteTime(start)
    async with (
        sender(time, RATE, MONDAY, sessions) as sending,
        asked(time, days, FRIDAY_BEFORE) as (yahoo, settings),
    ):
        settings |= {"finnhub": {"ws_url": sending.url}}
        served = Vendors(time, sending, yahoo, settings)
        agent = Agent(folder / "home", served, speed, start=start, sessions=sessions)
        agent.lay_out(calendar, FRIDAY_BEFORE)
        await agent.command("data", "import", str(agent.folder / "daily.csv"))
        began = monotonic()
        async with agent.running("--no-api") as (process, ending):
            looking = asyncio.create_task(_look(process.pid, time, began, week))
            await asyncio.wait({ending}, timeout=_PATIENCE_S)
            looking.cancel()
        week.seconds, week.sessions = monotonic() - began, agent.lived.sessions
        week.prints = int(str((await sending.counts())["sent"]))
    if week.sessions != sessions:
        week.wrong.append(f"{week.sessions} of {sessions} sessions ended: {agent.lived.said[-5:]}")
    if not agent.lived.is_flat:
        week.wrong.append("a session did not end flat")
    return week


async def _look(pid: int, time: RemoteTime, began: float, week: Week) -> None:
    while True:
        await asyncio.sleep(_LOOK_S)
        if time.is_running:
            week.points.append((time.now(), monotonic() - began, resident_mb(pid)))


def resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
