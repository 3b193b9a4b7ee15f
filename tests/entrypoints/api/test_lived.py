"""The API beside an agent that lives the demo day: what it says, and what it makes the agent do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fin_agent.composition.agent import Agent, agent
from tests.acceptance.command_line import Word, in_own_process
from tests.acceptance.demo_days import FIRST, DemoDays
from tests.entrypoints.api.wire import PATIENCE_S, Reply, Site, site_on
from tests.entrypoints.live_days import app_of

BEFORE_SCAN = f"{FIRST}T07:59:00-05:00@"


@asynccontextmanager
async def living(days: DemoDays, clock: str) -> AsyncIterator[tuple[Site, Agent]]:
    """An agent under a clock with its API; it lives until the block ends."""
    app = app_of(days, "api.port=0")
    async with agent(app, clock, lambda _: None) as running:

        async def live() -> None:
            async for _ in running.days():
                return

        async with site_on(days.folder, agent=running, app=app) as site:
            life = asyncio.create_task(live())
            try:
                yield site, running
            finally:
                life.cancel()
                await asyncio.gather(life, return_exceptions=True)


async def until(site: Site, path: str, holds: Any) -> Any:
    """Ask until the answer is as it should be."""
    async with asyncio.timeout(2 * PATIENCE_S):
        while True:
            found: Reply = await site.get(path)
            if found.status == 200 and holds(found.document):
                return found.document
            await asyncio.sleep(0.05)


async def told_by(*words: Word) -> Any:
    """A command has a loop and signals of its own, so it runs in a process of its own."""
    return (await asyncio.to_thread(in_own_process, *words, "--json")).document


async def test_weights_of_a_person_are_used_recorded_and_replayed(demo_days: DemoDays) -> None:
    plain = await told_by("replay", FIRST, *demo_days.place)
    wished = {"volatility": 0.05, "sentiment": 0.9}
    async with living(demo_days, f"{BEFORE_SCAN}1") as (site, _):
        await until(site, "/readyz", lambda ready: ready["ready"])
        told = await site.post("/v1/weights", {"weights": wished, "reason": "news count"})
        settings = (await site.get("/v1/settings")).document
    lived = await told_by("run", "--clock", f"{BEFORE_SCAN}50000", *demo_days.place)
    again = await told_by("replay", FIRST, *demo_days.place)
    async with site_on(demo_days.folder, app=app_of(demo_days, "api.port=0")) as site:
        scans = (await site.get("/v1/scans")).document["items"]

    assert told.document["done"]
    assert dict_of(settings, "next_scan") == {**dict_of(settings, "configured"), **wished}
    assert [s["weights"] for s in scans if s["session_date"] == FIRST] == [told.document["weights"]]
    (session,) = [s for s in lived["sessions"] if s["session_date"] == FIRST]
    assert session["decision_hash"] == again["decision_hash"]
    assert again["decision_hash"] != plain["decision_hash"]


def dict_of(settings: Any, key: str) -> dict[str, float]:
    return {one["factor"]: one[key] for one in settings["weights"]}


async def test_everything_that_a_page_shows_can_be_asked_for(after_day: DemoDays) -> None:
    async with site_on(after_day.folder, app=app_of(after_day, "api.port=0")) as site:
        verdicts = (await site.get("/v1/verdicts?limit=500&nearest=true")).document
        candidates = (await site.get("/v1/candidates")).document
        journal = (await site.get("/v1/journal")).document
        performance = (await site.get("/v1/performance")).document
        bars = (await site.get(f"/v1/bars?symbol={journal['items'][0]['symbol']}")).document
        fills = (await site.get("/v1/fills?limit=1")).document
        more = (await site.get(f"/v1/fills?limit=1&cursor={fills['next_cursor']}")).document
        story = await site.get(f"/v1/journal/{journal['items'][0]['trade_id']}")

    funnel = verdicts["funnel"]
    assert verdicts["scan"]["universe"] == len(verdicts["items"])
    assert funnel[-1]["left"] == verdicts["scan"]["selected"]
    for one in candidates["items"]:
        points = sum(factor["points"] for factor in one["contributions"])
        assert abs(points - one["composite"]) < 1e-4
    assert performance["figures"]["trades"] == journal["count"]
    assert sum(bucket["trades"] for bucket in performance["r_distribution"]) == journal["count"]
    assert performance["random_pick"]["sessions"] == 1
    assert len(bars["bars"]) > 300
    assert bars["opening_range"]["is_complete"]
    assert {level["name"] for level in bars["levels"]} >= {"entry", "stop", "target", "filled"}
    assert fills["items"][0] != more["items"][0]
    assert story.document["decisions"]


async def test_a_halt_and_a_resume_reach_the_agent(demo_days: DemoDays) -> None:
    async with living(demo_days, f"{BEFORE_SCAN}1") as (site, _):
        await until(site, "/readyz", lambda ready: ready["ready"])
        await site.post("/v1/halt", {"reason": "look first"}, key="a")
        halted = await until(site, "/v1/status", lambda status: status["latches"])
        resumed = await site.post("/v1/resume", {"reason": "looked"}, key="b")
        status = (await site.get("/v1/status")).document

    assert (halted["state"], halted["halt_reason"]) == ("HALTED", "look first (API, control token)")
    assert resumed.document["done"]
    assert (status["state"], status["halt_reason"]) == ("ACTIVE", None)
