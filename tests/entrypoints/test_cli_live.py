"""``run``, ``halt``, ``resume`` and ``flat``: whole days, deaths, signals and the person's word."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.command_line import (
    TIMEOUT_S,
    Word,
    document,
    environment,
    fin_agent,
    refusal,
)
from tests.acceptance.demo_days import FIRST, SECOND, DemoDays
from tests.entrypoints.live_days import (
    BOTH_DAYS,
    MID_DAY,
    ONE_DAY,
    agent_on,
    sound,
)
from tests.entrypoints.test_schemas import check


def hash_of_replay(days: DemoDays, day: str) -> Any:
    return document("replay", day, *days.place)["decision_hash"]


def events_of(folder: Path, kind: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(folder / "state.db")) as connection:
        sql = "SELECT seq, payload FROM event_log WHERE type = ? ORDER BY seq"
        rows = connection.execute(sql, (kind,)).fetchall()
    return [{"seq": seq, **json.loads(payload)} for seq, payload in rows]


def test_a_lived_day_decides_what_its_replay_decides(demo_days: DemoDays) -> None:
    told = document("run", "--clock", BOTH_DAYS, *demo_days.place)
    check("agent", told)

    first, second = told["sessions"]
    assert first["decision_hash"] == hash_of_replay(demo_days, FIRST)
    assert (first["trades"], first["flat"], first["state"]) == (4, True, "ACTIVE")
    assert second["equity"] == pytest.approx(first["equity"] + second["pnl"])
    assert second["state"] == "REDUCING"
    assert sound(demo_days.folder)


def test_a_day_that_is_over_is_told_again_and_nothing_is_decided(after_day: DemoDays) -> None:
    before = document("status", *after_day.place)

    again = document("run", "--clock", ONE_DAY, *after_day.place)["sessions"]

    assert again[0]["decision_hash"] == before["day"]["decision_hash"]
    assert again[0]["decision_hash"] == hash_of_replay(after_day, SECOND)
    after = document("status", *after_day.place)
    assert after["last_event"] == before["last_event"]
    as_on_a_terminal = {"FIN_AGENT__LOGGING__FORMAT": "human"}
    person = fin_agent("run", "--clock", ONE_DAY, *after_day.place, env=as_on_a_terminal).out
    assert "UMBRI  refused: correlation" in person  # what a restart must remember too


def test_killed_at_random_moments_a_day_ends_as_if_nothing_had_been(demo_days: DemoDays) -> None:
    seed, lives = 1, 6
    line: list[Word] = ["run", "--json", "--clock", f"{SECOND}T07:55:00-05:00@10000"]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.entrypoints.killed_runs", str(seed), str(lives)),
            *map(str, [*line, *demo_days.place]),
        ],
        env=environment(),
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=TIMEOUT_S,
    )

    (session,) = json.loads(done.stdout)["sessions"]
    assert session["decision_hash"] == hash_of_replay(demo_days, SECOND)
    assert sound(demo_days.folder)


async def test_a_second_agent_ends_at_once(demo_days: DemoDays) -> None:
    async with agent_on(demo_days, f"{SECOND}T07:55:00-05:00@60"):
        begun = time.monotonic()
        problems = await asyncio.to_thread(refusal, 75, "run", *demo_days.place)
        took = time.monotonic() - begun

    (problem,) = problems
    assert problem.startswith(f"{demo_days.folder} is in use by run (pid {os.getpid()}); wait for")
    assert took < 2  # two commands, however busy the machine


@pytest.mark.parametrize("clock", ["noon", f"{SECOND}T09:00@600", f"{SECOND}T09:00-05:00@0"])
def test_a_wrong_clock_is_usage_and_leaves_no_trace(demo_days: DemoDays, clock: str) -> None:
    (problem,) = refusal(2, "run", "--clock", clock, *demo_days.place)

    assert problem.startswith(f"--clock {clock}: ")
    assert not (demo_days.folder / "state.db").exists()


def test_without_stored_minutes_there_is_nothing_to_live_through(demo_days: DemoDays) -> None:
    (problem,) = refusal(65, "run", "--clock", "2026-03-05T07:55-05:00@600", *demo_days.place)

    assert problem.startswith(f"no minute bars for 2026-03-05 (stored are {FIRST} to {SECOND})")


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    there = ("--data-dir", tmp_path / "file" / "data")

    for words in (("run",), ("halt",)):
        (problem,) = refusal(73, *words, *there)
        assert problem.removeprefix("disk: ").startswith(f"{tmp_path}/file/data")


def test_a_halt_needs_no_settings_and_no_agent(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("no: [valid")
    home = tmp_path / "home"
    words = ("--config", tmp_path / "config.yaml", "--data-dir", home)

    told = document("halt", "--reason", "I saw\udcff something", *words)

    check("halt", told)
    assert (told["state"], told["agent"]) == ("HALTED", None)
    assert "the next one starts halted" in fin_agent("halt", *words).out
    assert document("status", "--data-dir", home)["state"] == "HALTED"


def test_a_flag_from_before_the_start_admits_no_entry_all_day(demo_days: DemoDays) -> None:
    document("halt", "--reason", "not today", *demo_days.place)

    (session,) = document("run", "--clock", ONE_DAY, *demo_days.place)["sessions"]

    assert (session["state"], session["trades"]) == ("HALTED", 0)
    assert document("orders", *demo_days.place)["count"] == 0
    assert events_of(demo_days.folder, "TradingHalted")[0]["reason"] == "not today"


def test_resume_without_an_agent_takes_flag_and_latches_away(after_day: DemoDays) -> None:
    document("halt", *after_day.place)
    (latched,) = document("run", "--clock", ONE_DAY, *after_day.place)["sessions"]
    assert latched["state"] in {"HALTED", "REDUCING"}

    told = document("resume", "--reason", "looked", *after_day.place)

    check("resume", told)
    assert (told["done"], told["state"]) == (True, "ACTIVE")
    left = document("status", *after_day.place)
    assert {latch["kind"] for latch in left["latches"]} <= {"daily_loss"}
    assert left["halt_reason"] is None


def test_without_a_database_resume_and_flat_have_nothing_to_do(tmp_path: Path) -> None:
    for word in ("resume", "flat"):
        told = document(word, "--data-dir", tmp_path)
        check(word, told)
        assert told["done"]
    assert not (tmp_path / "state.db").exists()


async def test_a_flag_in_the_middle_of_a_session_stops_every_entry(demo_days: DemoDays) -> None:
    async with agent_on(demo_days, MID_DAY) as living:
        await living.until(lambda now: now.day.intents)
        told = await asyncio.to_thread(document, "halt", "--reason", "stop", *demo_days.place)
        assert told["agent"] == f"run (pid {os.getpid()})"
        await living.until(lambda now: any(latch.reason == "stop" for latch in now.latches))
        halted = (await living.until(lambda now: (now.day.minute or 0) > 45)).day

    (event,) = events_of(demo_days.folder, "TradingHalted")
    assert (event["reason"], event["by"]) == ("stop", "person")
    later = [
        e for e in events_of(demo_days.folder, "OrderIntentCreated") if e["seq"] > event["seq"]
    ]
    assert later == []
    assert len(halted.intents) == 1
    assert "state" in {
        b for e in events_of(demo_days.folder, "PlanRejected") for b in e["breaches"]
    }


def test_a_running_agent_resumes_and_goes_flat_when_asked(demo_days: DemoDays) -> None:
    async def told() -> tuple[Any, Any, Any]:
        async with agent_on(demo_days, MID_DAY) as living:
            await living.until(lambda now: now.positions)
            words = ("flat", "--reason", "out"), ("resume",), ("status",)
            answers = [await asyncio.to_thread(document, *w, *demo_days.place) for w in words]
        return answers[0], answers[1], answers[2]

    flat, resumed, status = asyncio.run(told())

    check("flat", flat)
    check("resume", resumed)
    assert (flat["done"], flat["state"], flat["open"]) == (True, "HALTED", {})
    assert (resumed["done"], resumed["state"]) == (True, "ACTIVE")
    assert status["latches"] == []
    trades = document("journal", "list", *demo_days.place)["trades"]
    assert {trade["exit_reason"] for trade in trades} == {"manual"}


def test_without_an_agent_flat_is_done_by_the_next_start(demo_days: DemoDays) -> None:
    symbol, shares = asyncio.run(held_when_the_agent_died(demo_days))
    there = demo_days.place
    asked = fin_agent("flat", "--json", *there)
    check("flat", asked.document)
    assert (asked.code, asked.document["open"]) == (1, {symbol: f"{shares:g}"})
    assert "NOT flat, and no agent runs" in fin_agent("flat", *there).out
    (shown,) = document("positions", *there)["positions"]
    assert (shown["symbol"], shown["quantity"]) == (symbol, shares)

    (session,) = document("run", "--clock", ONE_DAY, *there)["sessions"]

    assert (session["flat"], session["state"]) == (True, "HALTED")
    (trade,) = document("journal", "list", *there)["trades"]
    assert (trade["symbol"], trade["exit_reason"]) == (symbol, "manual")
    assert document("flat", *there)["done"]


async def held_when_the_agent_died(days: DemoDays) -> tuple[str, float]:
    async with agent_on(days, MID_DAY) as living:
        (held,) = (await living.until(lambda now: now.positions)).positions
    return held.position.symbol, float(held.position.quantity)


async def test_an_agent_that_does_not_answer_is_named(demo_days: DemoDays) -> None:
    async with agent_on(demo_days, MID_DAY) as living:
        await living.until(lambda now: now.positions)
        living.work.cancel()
        problems = await asyncio.to_thread(refusal, 69, "flat", "--wait", "0.1", *demo_days.place)
    assert problems[0].startswith(f"run (pid {os.getpid()}) did not flat within 0.1 s")


def test_a_locked_database_stops_neither_halt_nor_status(after_day: DemoDays) -> None:
    with closing(sqlite3.connect(after_day.folder / "state.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")

        assert document("halt", "--reason", "locked", *after_day.place)["state"] == "HALTED"
        status = document("status", *after_day.place)

    assert (status["state"], status["halt_reason"]) == ("HALTED", "locked")
