"""A whole live day of the real process: once undisturbed, and once killed -9 again and again.

    python -m tests.live_day.programme --kills 2 --speed 600 --rate 10000

The agent runs under a fast clock against the vendors of ``vendors``: scans before the open, trades
over the websocket at ``rate`` prints a second, a second look, flat by an early close. Both days
must end flat with the same decision hash, and both tapes must replay to it.
"""

import argparse
import asyncio
import json
import os
import re
import signal
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from time import perf_counter

import yaml

from fin_agent.adapters.calendar import ExchangeCalendar
from tests.acceptance.command_line import environment
from tests.live_day.made_up import GAPS, LAST, courses, daily_csv, new_york, session_of, slots
from tests.live_day.vendors import Vendors, vendors

START = new_york("08:04")
_AS_ON_A_TERMINAL = {"COLUMNS": "300", "FIN_AGENT__LOGGING__FORMAT": "human"}
_RUNS = re.compile(r"the clock runs: (\S+) x (\S+)")
_HASH = re.compile(r"(NOT FLAT|flat), result (\S+), equity \S+ hash (\w+)")
_PATIENCE_S = 300.0
_SCHEDULE = {"scanner_cron": "5 8 * * 1-5", "refresh_cron": "25 9 * * 1-5"}


@dataclass
class Lived:
    """How a day ended."""

    is_flat: bool = False
    pnl: str = ""
    decision_hash: str = ""
    sessions: int = 0
    lives: int = 0
    scans: list[str] = field(default_factory=list)
    seconds: float = 0.0
    prints: int = 0
    said: list[str] = field(default_factory=list)


@dataclass
class Agent:
    """The real process on one data directory."""

    folder: Path
    served: Vendors
    speed: float
    keyless: bool = False
    start: datetime = START
    sessions: int = 1
    env: Mapping[str, str] = field(default_factory=dict)
    lived: Lived = field(default_factory=Lived)

    @property
    def words(self) -> list[str]:
        return ["--config", str(self.folder / "config.yaml"), "--data-dir", str(self.folder)]

    def lay_out(
        self, calendar: ExchangeCalendar, last: date = LAST, **sections: Mapping[str, object]
    ) -> None:
        """Configuration, universe and the daily bars before the session ``last``."""
        self.folder.mkdir()
        settings = {
            "account": {"bankroll": 5000, "currency": "EUR"},
            "fx": {"fixed": 1.08},
            "universe": {"file": "universe.csv"},
            "risk": {"max_position": 800, "max_exposure": 4000, "daily_loss_cap": 300},
            "schedule": _SCHEDULE,
            "providers": self.served.settings,
            **sections,
        }
        (self.folder / "config.yaml").write_text(yaml.safe_dump(settings))
        (self.folder / "universe.csv").write_text("symbol\n" + "\n".join(GAPS) + "\n")
        (self.folder / "daily.csv").write_text(daily_csv(calendar, last))

    async def command(self, *words: str) -> Mapping[str, object]:
        """The document of another command."""
        process = await self._started(*words, "--json", stderr=asyncio.subprocess.PIPE)
        out, err = await process.communicate()
        told = (words, out.decode(), err.decode(), *self.lived.said)
        assert process.returncode == 0, "\n".join(map(str, told))
        found: Mapping[str, object] = json.loads(out)
        return found

    async def live(self, kills: Sequence[datetime]) -> Lived:
        """The day, killed at these instants of the session; stopped when it is over."""
        began, sent = perf_counter(), self.served.prints.sent
        for at in (*kills, None):
            self.lived.lives += 1
            async with asyncio.timeout(_PATIENCE_S):
                await self._life(at)
        self.lived.seconds = perf_counter() - began
        self.lived.prints = self.served.prints.sent - sent
        return self.lived

    async def _life(self, killed_at: datetime | None) -> None:
        async with self.running("--no-api") as (process, ending):
            waits = {ending}
            if killed_at is not None:
                waits.add(asyncio.create_task(self.served.time.until(killed_at)))
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for task in waits - {ending}:
                task.cancel()
            if killed_at is not None:
                await killed(process)

    @asynccontextmanager
    async def running(self, *words: str) -> AsyncIterator[tuple[Process, "asyncio.Task[None]"]]:
        """One process, and the end of its sessions; it is stopped at the end of the block."""
        self.served.time.hold()
        clock = f"{self.start.isoformat()}@{self.speed:g}"
        process = await self._started(
            "run", "--clock", clock, *words, stderr=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stderr is not None
        hearing = asyncio.create_task(self._hear(process.stderr))
        ending = asyncio.create_task(self._ended(process.stdout))
        try:
            yield process, ending
        finally:
            self.served.time.hold()
            with suppress(ProcessLookupError):  # it ended by itself: what it said tells why
                process.send_signal(signal.SIGTERM)
            ending.cancel()
            await process.wait()
            await asyncio.gather(hearing, ending, return_exceptions=True)

    async def _hear(self, err: asyncio.StreamReader) -> None:
        async for line in err:
            text = line.decode().rstrip()
            self.lived.said.append(text)
            if found := _RUNS.search(text):
                self.served.time.runs(datetime.fromisoformat(found[1]), float(found[2]))

    async def _ended(self, out: asyncio.StreamReader) -> None:
        async for line in out:
            self.lived.said.append(line.decode().rstrip())
            if found := _HASH.search(line.decode()):
                is_first = not self.lived.sessions
                self.lived.sessions += 1
                self.lived.is_flat = found[1] == "flat" and (is_first or self.lived.is_flat)
                self.lived.pnl, self.lived.decision_hash = found[2], found[3]
                if self.lived.sessions == self.sessions:
                    return

    async def _started(self, *words: str, stderr: int) -> Process:
        keys = {} if self.keyless else self.served.keys
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "fin_agent",
            *words,
            *self.words,
            env={**environment(), **keys, **_AS_ON_A_TERMINAL, **self.env},
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            limit=1 << 24,
        )


async def killed(process: Process) -> None:
    """End it at once, unless it ended by itself."""
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()


@dataclass
class Outcome:
    """Both days and what their tapes say."""

    calm: Lived
    killed: Lived
    verified: list[Mapping[str, object]]


async def both_days(
    folder: Path, speed: float, rate: float, kills: int, *, keyless: bool = False
) -> Outcome:
    """Live the day twice and replay both; without keys minutes are asked for."""
    calendar = ExchangeCalendar(cache=folder / "cache")
    session = session_of(calendar)
    days = courses(session)
    a_minute = max(6, round(rate * 60 / speed / 6))  # about six symbols are followed
    told = [*slots(session, days, a_minute)]
    async with vendors(session, days, told, START) as served:
        agents = [Agent(folder / name, served, speed, keyless) for name in ("calm", "killed")]
        for agent in agents:
            agent.lay_out(calendar)
            await agent.command("data", "import", str(agent.folder / "daily.csv"))
        span = (session.close - session.open) / (kills + 1)
        instants = [session.open + span * n - timedelta(seconds=23) for n in range(1, kills + 1)]
        calm = await agents[0].live([])
        killed = await agents[1].live(instants)
        day = str(session.date)
        verified = [await agent.command("replay", day, "--verify") for agent in agents]
    return Outcome(calm, killed, verified)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.live_day.programme")
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--speed", type=float, default=600.0)
    parser.add_argument("--rate", type=float, default=10_000.0, help="prints a second")
    parser.add_argument("--keyless", action="store_true", help="minutes are asked for")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        days = both_days(Path(folder), given.speed, given.rate, given.kills, keyless=given.keyless)
        found = asyncio.run(days)
    for name, lived in (("calm", found.calm), ("killed", found.killed)):
        rate = lived.prints / max(lived.seconds, 0.001)
        sys.stdout.write(
            f"{name}: flat {lived.is_flat}, result {lived.pnl}, {lived.lives} lives,"
            f" {lived.prints:,} prints in {lived.seconds:.1f} s ({rate:,.0f}/s),"
            f" hash {lived.decision_hash}\n"
        )
        if os.environ.get("SHOW"):
            sys.stdout.write("".join(f"    {line}\n" for line in lived.said))
    same = found.calm.decision_hash == found.killed.decision_hash
    sys.stdout.write(f"same hash: {same}; replays: {found.verified}\n")
    is_fine = same and found.calm.is_flat and found.killed.is_flat
    sys.exit(0 if is_fine and all(v["same"] for v in found.verified) else 1)


if __name__ == "__main__":
    main()
