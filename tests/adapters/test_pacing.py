"""A paced market is the same market, only slower."""

import asyncio

from fin_agent.adapters.pacing import PacedMarket
from fin_agent.ports import MinuteBars, ScanRequest
from fin_agent.testing.builders import DAY, SCAN, YESTERDAY, a_session
from tests.application.worlds import World, course, gapping

SESSION = a_session(closes="09:35")
WORLD = World([gapping("AAA")], {"AAA": course((-5, 10.8))}, history={"AAA": {"2025-03-11": 10.0}})


async def test_every_question_has_the_same_answer() -> None:
    market = WORLD.market()
    paced = PacedMarket(market, 1e9)
    request = ScanRequest(SESSION, YESTERDAY, SCAN, False, [WORLD.snapshots[0].instrument])

    sections = [await one.cross_section(request) for one in (market, paced)]

    assert sections[0].snapshot("AAA") == sections[1].snapshot("AAA")
    assert await paced.closes(["AAA"], DAY, 5) == await market.closes(["AAA"], DAY, 5)
    assert await paced.correlations(["A", "B"], DAY) == await market.correlations(["A", "B"], DAY)
    assert await paced.has_pre_market(SESSION, ["AAA"])
    assert await paced.fingerprint(SESSION, ["AAA"]) == await market.fingerprint(SESSION, ["AAA"])


async def test_minutes_take_their_share_of_real_time() -> None:
    loop = asyncio.get_running_loop()
    begun = loop.time()

    minutes: list[MinuteBars] = [
        minute async for minute in PacedMarket(WORLD.market(), 6000).minutes(SESSION, ["AAA"])
    ]

    assert [minute.minute for minute in minutes] == [0, 1, 2, 3, 4]
    assert loop.time() - begun >= 5 * 0.01
    assert minutes[0].bars["AAA"].close == 10.8
