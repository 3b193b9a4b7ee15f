"""The running agent from inside: one clock over all sessions, notes, and answers on a full disk."""

import asyncio
import json
import shutil

from fin_agent.composition.agent import agent
from fin_agent.composition.journal import notes_on, trades_of, write_note
from fin_agent.composition.standing import standing
from fin_agent.domain.events import derived_id
from fin_agent.domain.journal import TradeNote
from tests.acceptance.demo_days import FIRST, SECOND, DemoDays, demo_days, laid_out
from tests.entrypoints.live_days import BOTH_DAYS, SPEED, agent_on, app_of, eventually

__all__ = ["demo_days", "laid_out"]


async def test_the_clock_goes_on_from_session_to_session(demo_days: DemoDays) -> None:
    told: list[str] = []
    async with agent(app_of(demo_days), BOTH_DAYS, told.append) as running:
        async with asyncio.timeout(60):
            days = [end async for end in running.days()]

    assert [str(end.session.date) for end in days] == [FIRST, SECOND]
    assert days[1].equity == days[0].equity + days[1].pnl
    assert told == [
        f"{FIRST}: scanned at 08:00, 5 plans",
        f"{SECOND}: scanned at 08:00, 5 plans",
        "no minute bars are stored for 2026-03-05: the agent ends here",
    ]


async def test_a_scan_that_is_late_is_dated_when_it_is_made(demo_days: DemoDays) -> None:
    told: list[str] = []
    start = f"{SECOND}T09:10:00-05:00@{SPEED}"
    async with agent(app_of(demo_days), start, told.append) as running:
        async with asyncio.timeout(60):
            async for _ in running.days():
                break

    assert told[0].startswith(f"{SECOND}: scanned at 09:10")


async def test_a_running_agent_takes_notes(demo_days: DemoDays) -> None:
    app = app_of(demo_days)
    async with agent_on(demo_days, f"{FIRST}T07:55:00-05:00@6000") as living:
        await living.until(lambda now: any(e.type == "TradeRecorded" for e in now.day.events))
        name, (trade, *_) = await trades_of(app, None, None, None)
        note = TradeNote(str(trade["trade_id"]), app.clock.now(), "too early", "nerves", "C")

        told = await write_note(app, note)

        kept = await notes_on(app, name, note.trade_id)

    assert told["done"]
    assert [(n["text"], n["tag"], n["grade"]) for n in kept] == [("too early", "nerves", "C")]
    note_id = derived_id(note.trade_id, kept[0]["at"], "too early")
    assert told["note_id"] == note_id


async def test_what_was_asked_is_done_though_the_answer_cannot_be_written(
    demo_days: DemoDays,
) -> None:
    """The disk may be full when the person says flat: everything goes out all the same."""
    app = app_of(demo_days)
    answers = demo_days.folder / "control" / "answers"
    async with agent_on(demo_days, f"{SECOND}T09:29:00-05:00@3000") as living:
        await living.until(lambda now: now.positions)
        shutil.rmtree(answers, ignore_errors=True)
        answers.parent.mkdir(exist_ok=True)
        answers.write_text("in the way")
        requests = answers.with_name("requests")
        requests.mkdir(exist_ok=True)
        for act in ("flat", "note"):
            told = {"act": act, "reason": "out", "at": "2026-03-04T15:00:00+00:00"}
            wish = json.dumps({**told, "details": {"trade_id": "fa-x"}})
            (requests / f"{act}.json").write_text(wish)

        await living.until(lambda now: not now.positions)

        assert not living.work.done()
        answers.unlink()
        await eventually((answers / "flat.json").is_file)
        await eventually((answers / "note.json").is_file)

    kinds = [event.type for event in (await standing(app)).day.events]
    assert kinds.count("TradingHalted") == kinds.count("TradeNoted") == 1
    assert not list(requests.glob("*.json"))
