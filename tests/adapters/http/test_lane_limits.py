"""A provider is never asked more at once, or more often, than it allows."""

import asyncio
from pathlib import Path

import pytest

from fin_agent.adapters.http.body import json_of
from fin_agent.adapters.http.lane import LaneRules
from fin_agent.adapters.http.questions import Question
from fin_agent.adapters.http.quota import Quota
from fin_agent.domain.errors import Unavailable
from tests.adapters.http.lanes import QUESTION, Vendor, World, asking
from tests.servers.networks import a_network


async def test_no_more_calls_at_once_than_the_bulkhead_holds(world: World) -> None:
    lane, vendor = world.lane(parallel=3), Vendor()

    await asyncio.gather(*(asking(lane, vendor, Question(f"quote {n}")) for n in range(20)))

    assert (vendor.calls, vendor.most_at_once) == (20, 3)


async def test_a_short_quota_is_waited_for_and_a_long_one_is_not(world: World) -> None:
    short = world.network.lane(LaneRules("short", {"*": (Quota(1, 5),)}))
    long = world.network.lane(LaneRules("long", {"*": (Quota(1, 60),)}))
    vendor = Vendor()

    for n in range(2):
        await asking(short, vendor, Question(f"quote {n}"))
    await asking(long, vendor)
    with pytest.raises(Unavailable, match=r"long has no call left for 61 s \(1 in 60 s\)"):
        await asking(long, vendor, Question("another"))

    assert (vendor.calls, [round(pause, 3) for pause in world.clock.pauses]) == (3, [5.0])


async def test_a_group_has_its_own_quota_beside_the_common_one(world: World) -> None:
    lane = world.lane(quotas={"*": (Quota(3, 60),), "news": (Quota(1, 60),)})
    vendor = Vendor()
    await asking(lane, vendor, Question("n1", group="news"))

    with pytest.raises(Unavailable, match="news: 1 in 60 s"):
        await asking(lane, vendor, Question("n2", group="news"))
    for n in range(2):  # what the group refused was not counted for all
        await asking(lane, vendor, Question(f"quote {n}"))

    assert vendor.calls == 3


async def test_a_plan_says_what_fits_and_never_overruns(world: World) -> None:
    lane, vendor = world.lane(quotas={"*": (Quota(10, 60, reserve=2),)}), Vendor()

    async with lane.plan(20) as allowance:
        assert allowance.granted == 8
        for n in range(5):
            await lane.ask(Question(f"quote {n}"), vendor, json_of, allowance)
    async with lane.plan(20) as rest:
        assert rest.granted == 3

    uses = {use.group: use.used for use in await world.network.quota_use()}
    assert (vendor.calls, uses) == (5, {"*": 5})


async def test_kept_answers_cost_nothing_of_a_plan(world: World) -> None:
    lane, vendor = world.lane(quotas={"*": (Quota(2, 60),)}), Vendor()
    await asking(lane, vendor)

    async with lane.plan(1) as allowance:
        await lane.ask(QUESTION, vendor, json_of, allowance)
        assert allowance.left == 1


async def test_closing_stops_what_is_on_its_way(tmp_path: Path) -> None:
    vendor = Vendor(gate=asyncio.Event())
    async with a_network(tmp_path) as network:
        job = asyncio.ensure_future(asking(network.lane(LaneRules("acme")), vendor))
        await asyncio.sleep(0.05)

    with pytest.raises(asyncio.CancelledError):
        await job
    assert vendor.now == 0
