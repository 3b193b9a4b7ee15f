"""The end-to-end acceptance under load: ten times the live rate, a kill -9 every half minute.

    python -m tests.load.programme --minutes 10 --rate 10000 --kill-every 30
    python -m tests.load.programme --week --write docs/reliability.md

The real ``fin-agent run`` lives a session under a clock so fast that its regular hours take
``--minutes``, against servers on this machine that speak the vendors' formats; the trades come from
a process of their own, one a message. The lags are the agent's own metrics. Afterwards nothing may
be lost or doubled (``audit``). ``--week`` lives five sessions in one process and looks at its
memory. ``--write`` puts the figures between the two marks of a page.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from time import monotonic

import aiohttp

from fin_agent.adapters.calendar import ExchangeCalendar
from tests.live_day.made_up import DAY, new_york
from tests.live_day.programme import Agent, killed
from tests.live_day.vendors import Told, Vendors, asked
from tests.load.audit import Books, bars_that_differ, differences, followed
from tests.load.figures import READ_TOKEN, Shown, spread_of
from tests.load.outcome import Load
from tests.load.page import report, write
from tests.load.ports import a_free_port
from tests.load.sender import RemoteTime, Sender, sender, told_days
from tests.load.week import Week, live_week

START = new_york("09:24")
_CALM_SPEED, _CALM_RATE = 600.0, 2_000.0
_LOOK_S = 1.0
_SPARE = 1.03  # a minute that is joined after a kill has no prints of its beginning


async def under_load(folder: Path, load: Load, calm_speed: float = _CALM_SPEED) -> None:
    """Live the day undisturbed, then under load and kills, and compare."""
    calendar = ExchangeCalendar(cache=folder / "cache")
    (day,) = told_days(calendar, DAY, 1)
    regular_s = (day.session.close - day.session.open).total_seconds()
    hashes = []
    for name, speed, pace in (
        ("calm", calm_speed, min(load.rate, _CALM_RATE)),
        ("killed", regular_s / (load.minutes * 60), load.rate * _SPARE),
    ):
        time = RemoteTime(START)
        async with sender(time, pace, DAY, 1) as sending, asked(time, [day]) as (yahoo, settings):
            settings |= {"finnhub": {"ws_url": sending.url}}
            agent = Agent(
                folder / name, Vendors(time, sending, yahoo, settings), speed, start=START
            )
            port = a_free_port()
            agent.lay_out(calendar, api={"port": port})
            await agent.command("data", "import", str(agent.folder / "daily.csv"))
            if name == "calm":
                hashes.append((await agent.live([])).decision_hash)
            else:
                await _disturbed(agent, sending, load, Shown(port))
                hashes.append(agent.lived.decision_hash)
            if not agent.lived.is_flat:
                load.wrong.append(f"{name}: not flat: {agent.lived.said[-5:]}")
            verified = await agent.command("replay", str(DAY), "--verify")
            if not verified["same"]:
                load.wrong.append(f"{name}: the tape replays otherwise: {verified}")
    if hashes[0] != hashes[1]:
        load.wrong.append(f"the killed day decided otherwise: {hashes}")
    _compare(folder, day, load)


async def _disturbed(agent: Agent, sending: Sender, load: Load, shown: Shown) -> None:
    """Lives with a kill after each, until the day is over; a kill may hit a recovery."""
    began = monotonic()
    patience = began + load.minutes * 60 * 3 + 300
    agent.env = {"FIN_AGENT_API_READ_TOKEN": READ_TOKEN, "FIN_AGENT__API__ENABLED": "true"}
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
        while not agent.lived.sessions:
            assert monotonic() < patience, agent.lived.said[-20:]
            begun = monotonic()
            async with agent.running() as (process, ending):
                watching = asyncio.create_task(_watch(shown, session))
                starting = asyncio.create_task(_started(agent, load))
                if not load.kills:
                    await _opened(agent, ending)
                may_kill = load.most_kills is None or load.kills < load.most_kills
                left_s = load.kill_every if may_kill else patience - monotonic()
                await asyncio.wait({ending}, timeout=left_s)
                watching.cancel()
                starting.cancel()
                await shown.look(session)
                assert process.returncode is None, agent.lived.said[-20:]  # it must not end itself
                if not ending.done():
                    await killed(process)
                    load.kills += 1
            shown.end_life()
            load.lives.append(monotonic() - begun)
    load.seconds, load.said = monotonic() - began, agent.lived.said
    _take(load, shown, await sending.counts())


async def _opened(agent: Agent, ending: "asyncio.Task[None]") -> None:
    """Kills begin with the prints: a day that is not open yet begins where it was, for ever."""
    opening = asyncio.create_task(agent.served.time.until(new_york("09:30")))
    await asyncio.wait({opening, ending}, return_when=asyncio.FIRST_COMPLETED)
    opening.cancel()


async def _started(agent: Agent, load: Load) -> None:
    """Note how long it takes until the agent follows the session again."""
    began = monotonic()
    await agent.served.time.started()
    load.starts.append(monotonic() - began)


async def _watch(shown: Shown, session: aiohttp.ClientSession) -> None:
    while True:
        await asyncio.sleep(_LOOK_S)
        await shown.look(session)


def _take(load: Load, shown: Shown, told: Mapping[str, object]) -> None:
    sent, connected, late = told["sent"], told["connected_s"], told["late"]
    assert isinstance(sent, int)
    assert isinstance(connected, float)
    assert isinstance(late, list)
    load.sent, load.connected_s, load.sender_late = sent, connected, spread_of(late)
    load.prints = shown.spread("print_lag_seconds")
    load.streamed = shown.spread("decision_lag_seconds", minute="streamed")
    load.repaired = shown.spread("decision_lag_seconds", minute="repaired")
    load.ticks, load.stream = shown.by("ticks_total", "fate"), shown.by("stream_total", "what")
    load.worst_loop_s = shown.worst_loop_s


def _compare(folder: Path, day: Told, load: Load) -> None:
    calm, ours = Books.of(folder / "calm"), Books.of(folder / "killed")
    load.wrong += differences(calm, ours)
    load.orders, load.executions = (len(ours.rows[name]) for name in ("orders", "executions"))
    load.events, load.sent_again = ours.events, ours.sent_again
    symbols = followed(folder / "killed", DAY)
    load.bars = len(symbols) * day.session.minutes
    load.wrong += bars_that_differ(folder / "killed", DAY, day, symbols)
    for what, count in load.ticks.items():
        if what.startswith("doubt_") and count:
            load.wrong.append(f"{count:.0f} prints were doubted: {what}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.load.programme")
    parser.add_argument("--minutes", type=float, default=1.0, help="of regular hours")
    parser.add_argument("--rate", type=float, default=10_000.0, help="messages a second")
    parser.add_argument("--kill-every", type=float, default=30.0, metavar="S")
    parser.add_argument("--week", action="store_true", help="five sessions, for the memory")
    parser.add_argument("--week-only", action="store_true")
    parser.add_argument("--week-speed", type=float, default=900.0)
    parser.add_argument("--write", type=Path, metavar="PAGE")
    given = parser.parse_args()
    load: Load | None = None
    week: Week | None = None
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "week").mkdir()
        if not given.week_only:
            load = Load(given.minutes, given.rate, given.kill_every)
            asyncio.run(under_load(Path(folder), load))
        if given.week or given.week_only:
            week = asyncio.run(live_week(Path(folder) / "week", given.week_speed))
    if load is not None and os.environ.get("SHOW"):
        sys.stderr.write("\n".join(load.said) + "\n")
    lines = report(load, week, sys.argv[1:])
    sys.stdout.write("\n".join(lines) + "\n")
    if given.write is not None:
        write(given.write, lines)
    for found in [*(load.wrong if load else ()), *(week.wrong if week else ())][:20]:
        sys.stdout.write(f"wrong: {found}\n")
    return 0 if all(found.is_reached for found in (load, week) if found is not None) else 1


if __name__ == "__main__":
    sys.exit(main())
