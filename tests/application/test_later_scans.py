"""Later scans of a day: what was advised is judged anew, what is held is looked at, once each."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from fin_agent.adapters.brokers.paper import Paper
from fin_agent.application.limits import OrderLimits
from fin_agent.application.live import LiveDriver
from fin_agent.application.live_state import LiveState
from fin_agent.domain.events import GENESIS
from fin_agent.domain.matching import FillRules
from fin_agent.domain.session import SessionRules, TradingSession
from fin_agent.domain.snapshot import Snapshot
from fin_agent.ports import FeedItem, MinuteBars, ScanDue, SessionFeedPort
from fin_agent.testing.builders import OPEN, SCAN, YESTERDAY, a_session
from fin_agent.testing.fakes import FakeMarket
from tests.application.live_days import Crash, LiveWorld
from tests.application.worlds import World, course, gapping

REFRESH = OPEN - timedelta(minutes=5)
NOON = OPEN + timedelta(minutes=165)


@dataclass
class Scheduled(SessionFeedPort):
    """Another feed with one scan after the minutes before its instant."""

    feed: SessionFeedPort
    due: ScanDue
    follows: int = 0
    is_given: bool = False

    async def follow(
        self, session: TradingSession, symbols: Sequence[str]
    ) -> AsyncGenerator[FeedItem, None]:
        self.follows += 1
        async for item in self.feed.follow(session, symbols):
            yield item
            is_last = isinstance(item, MinuteBars) and item.minute + 1 == session.minute_of(
                self.due.at
            )
            if is_last and not self.is_given:
                self.is_given = True
                yield self.due


def paper() -> Paper:
    return Paper(FillRules(), SessionRules(), Decimal(1))


def seen(symbol: str, price: float = 10.8, rvol: float = 2.0, at: datetime = REFRESH) -> Snapshot:
    """A symbol whose last trade is of the later scan's own time."""
    return gapping(symbol, price, rvol, at=at)


def a_scan(at: datetime, job: str = "refresh") -> ScanDue:
    return ScanDue(job, at, at)


def now_gaps(driver: LiveDriver, *snapshots: Snapshot) -> None:
    """What the next scan will be told."""
    market = driver.day.desk.market
    assert isinstance(market, FakeMarket)
    market.snapshots = {driver.day.session.date: snapshots}


def told(live: LiveWorld, kind: str) -> list[dict[str, object]]:
    live.world.store = live.store
    return live.world.recorded(kind)


async def test_a_refresh_takes_the_place_of_what_was_armed() -> None:
    live = LiveWorld()
    driver = await live.started(paper())

    now_gaps(driver, seen("AAA", 10.9), seen("BBB", 10.1))
    await driver.look(a_scan(REFRESH))

    assert driver.day.fates == {"AAA": "armed", "BBB": "expired: superseded"}
    assert [watch.plan.candidate.price for watch in driver.day.watches] == [10.9]
    expired = [(row["symbol"], row["reason"], row["minute"]) for row in told(live, "PlanExpired")]
    assert expired == [("AAA", "superseded", -5), ("BBB", "superseded", -5)]
    (begun,) = told(live, "ScanRequested")
    assert begun["job"] == "refresh"


async def test_what_a_scan_cannot_see_stays_armed() -> None:
    live = LiveWorld()
    driver = await live.started(paper())

    now_gaps(driver, gapping("AAA", 10.9, at=SCAN - timedelta(hours=1)), seen("BBB", 10.1))
    await driver.look(a_scan(REFRESH))

    assert driver.day.fates == {"AAA": "armed", "BBB": "expired: superseded"}


async def test_a_restart_goes_on_with_the_newest_plans() -> None:
    live = LiveWorld()
    driver = await live.started(paper())
    now_gaps(driver, seen("AAA", 10.9), seen("BBB", 10.1))
    await driver.look(a_scan(REFRESH))

    again = await live.started(paper())
    await again.look(a_scan(REFRESH))

    assert [watch.plan.candidate.price for watch in again.day.watches] == [10.9]
    assert again.day.fates == driver.day.fates
    assert len(told(live, "UniverseJudged")) == 2


async def test_a_scan_that_was_cut_off_is_known_to_be_unfinished() -> None:
    live = LiveWorld()
    await live.started(paper())
    commits = live.store.steps
    live.store.dies_at = commits + 3  # the request is stored, the scan is not

    driver = await live.started(paper())
    with pytest.raises(Crash):
        await driver.look(a_scan(REFRESH))
    live.store.dies_at = None

    again = await live.started(paper())

    assert again.unfinished_scans == (a_scan(REFRESH),)
    await again.look(again.unfinished_scans[0])
    assert len(told(live, "ScanRequested")) == 1
    assert len(told(live, "UniverseJudged")) == 2


async def test_a_second_look_says_what_it_thinks_of_positions_and_moves_nothing() -> None:
    live, calm = LiveWorld(), LiveWorld()
    driver = await live.started(paper())
    now_gaps(driver, seen("AAA", 11.34, at=NOON), seen("BBB", 13.0, at=NOON))

    await driver.run(Scheduled(live.feed(), a_scan(NOON, "second_look")))
    undisturbed = await calm.lived(paper())

    reviews = {str(row["symbol"]): row for row in told(live, "PositionReviewed")}
    assert reviews["AAA"]["stands"] is True
    assert reviews["AAA"]["result_r"] == 1.670625
    assert (reviews["BBB"]["verdict"], reviews["BBB"]["stands"]) == ("gap_max", False)
    assert driver.day.trades == undisturbed.day.trades
    assert driver.day.fates == {"AAA": "filled", "BBB": "filled"}


async def test_plans_of_a_scan_inside_the_window_see_the_session_so_far() -> None:
    """The opening range of a symbol that nobody followed before goes back to the open."""
    bars = {
        "AAA": course((0, 10.8)),
        "RANGE": [*course((0, 10.8), (5, 10.95), (6, 10.8), (60, 11.0))],
    }
    live = LiveWorld(World([gapping("AAA"), gapping("RANGE", 10.0)], bars))
    driver = await live.started(paper())
    later = OPEN + timedelta(minutes=45)
    now_gaps(driver, seen("AAA", at=later), seen("RANGE", rvol=2.8, at=later))
    feed = Scheduled(live.feed(), a_scan(later))

    await driver.run(feed)

    assert feed.follows == 2
    created = {
        row["symbol"]: (row["price"], row["time"]) for row in told(live, "OrderIntentCreated")
    }
    assert created == {"AAA": ("10.8", "09:31"), "RANGE": ("10.96", "10:16")}
    trades = {trade.symbol: trade for trade in driver.day.trades}
    assert trades["AAA"].entry_time.strftime("%H:%M") == "09:31"
    assert trades["RANGE"].entry_price == Decimal("11.0055")


async def test_the_first_scan_may_come_inside_the_session() -> None:
    live = LiveWorld()
    world = live.world
    desk = replace(world.desk(), venue=paper(), store=live.store)
    driver = LiveDriver(desk, world.session, a_session(YESTERDAY).date, world.equity, GENESIS)
    live.clock.at = OPEN + timedelta(minutes=10)
    state = LiveState(live.rules, OrderLimits(live.limits), live.control, live.clock.now)
    await driver.recover(state, await live.store.day(world.session.date), ())
    await driver.open("inputs")

    late = OPEN + timedelta(minutes=30)
    now_gaps(driver, seen("AAA", at=late), seen("BBB", at=late))

    await driver.run(Scheduled(live.feed(), a_scan(late)))

    assert driver.day.fates == {"AAA": "filled", "BBB": "filled"}
    assert {row["time"] for row in told(live, "OrderIntentCreated")} == {"10:01"}
    assert SCAN not in driver.scanned
