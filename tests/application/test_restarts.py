"""What a restart makes of a live session."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from fin_agent.domain.order import OrderState
from fin_agent.domain.session import TradingSession
from fin_agent.domain.venue import Part
from fin_agent.ports import FeedItem, Pulse, SessionFeedPort
from fin_agent.testing.live import FakeFeed
from fin_agent.testing.stores import MemoryStore
from tests.application.bench import Bench
from tests.application.live_days import (
    Crash,
    CrashingStore,
    LiveWorld,
    WatchedVenue,
    entries,
    paper,
)
from tests.application.worlds import World, course, gapping


class DiesBeforeTheTrade(CrashingStore):
    """Dies once with a way out stored and its trade not, as when the venue is asked in between."""

    has_died = False

    def take(self, work: MemoryStore) -> None:
        if work.records and not self.has_died:
            self.has_died = True
            trade = [event.type for event in work.logged].index("TradeRecorded")
            super().take(replace(work, logged=work.logged[:trade], records=[]))
            raise Crash
        super().take(work)


async def test_what_was_being_sent_is_unknown_and_found() -> None:
    live, deaths = LiveWorld(), [Crash()]

    def die_once() -> None:
        if deaths:
            raise deaths.pop()

    live.venue = WatchedVenue(live.clock.now, taken=die_once)
    with pytest.raises(Crash):
        await live.lived()
    assert {i.state for i in entries(live).values()} == {OrderState.SENDING, OrderState.PENDING}

    driver = await live.started()
    states = {i.symbol: i.state for i in driver.day.book.intents.values()}
    assert states["AAA"] in {OrderState.ACKED, OrderState.FILLED}
    await driver.run(live.feed())

    assert [o.symbol for o in live.broker.accepted if o.part is Part.ENTRY] == ["AAA", "BBB"]
    assert await live.broker.positions() == {}


async def test_a_closed_day_is_left_alone() -> None:
    live = LiveWorld()
    await live.lived()
    events = len(live.store.logged)

    driver = await live.lived()

    assert driver.was_closed
    assert len(live.store.logged) == events


async def test_a_second_start_scans_nothing_anew() -> None:
    live = LiveWorld()
    await live.started()
    kinds = [event.type for event in live.store.logged]

    driver = await live.started()

    assert (driver.was_opened, driver.was_scanned) == (True, True)
    assert [event.type for event in live.store.logged] == kinds
    assert [watch.plan.symbol for watch in driver.day.watches] == ["AAA", "BBB"]
    assert driver.day.fates == {"AAA": "armed", "BBB": "armed"}


async def test_the_limits_count_again_what_was_sent() -> None:
    bench = await Bench.ready()
    await bench.sent()

    again = await bench.again()

    now = bench.day.now
    assert again.live.limits.may_enter("AAA", "another", now) == "AAA had its entry today"


async def test_a_trade_measures_every_bar_although_the_process_died_in_it() -> None:
    """The stop took it out at 09:50; the process died between its fill and its trade."""
    bars = {"AAA": course((0, 10.8), (5, 11.4), (10, 10.6), (20, 10.3))}
    calm = LiveWorld(world=World([gapping("AAA")], bars))
    driver = await calm.lived(paper())
    (expected,) = driver.outcome().trades

    live = LiveWorld(world=World([gapping("AAA")], bars), store=DiesBeforeTheTrade())
    with pytest.raises(Crash):
        await live.lived(paper())
    assert live.store.records == []
    assert any(not fill.is_entry for fill in live.store.fills)
    await live.lived(paper())

    assert live.store.records == [expected]
    assert expected.mfe_r > 1


class SlowSource(FakeFeed):
    """Pulses come for a while before the minutes from before the start do."""

    async def follow(
        self, session: TradingSession, symbols: Sequence[str]
    ) -> AsyncGenerator[FeedItem, None]:
        for _ in range(3):
            yield Pulse(self.clock.now())
        async for item in super().follow(session, symbols):
            yield item


@dataclass
class Ends(SessionFeedPort):
    """Another feed, until the process dies at an instant."""

    feed: SessionFeedPort
    at: datetime

    async def follow(
        self, session: TradingSession, symbols: Sequence[str]
    ) -> AsyncGenerator[FeedItem, None]:
        async for item in self.feed.follow(session, symbols):
            if isinstance(item, Pulse) and item.now >= self.at:
                raise Crash
            yield item


async def test_a_closed_trade_keeps_its_measures_while_a_source_is_slow() -> None:
    bars = {"AAA": course((0, 10.8), (5, 11.4), (10, 10.6), (20, 10.3)), "BBB": course((0, 10.8))}
    live, calm = LiveWorld(world=World([gapping("AAA"), gapping("BBB")], bars)), LiveWorld()
    calm.world = World([gapping("AAA"), gapping("BBB")], bars)
    expected = (await calm.lived(paper())).outcome().trades
    stopped = live.world.session.time_of(60)

    driver = await live.started(paper())
    with pytest.raises(Crash):
        await driver.run(Ends(live.feed(), stopped))
    again = await live.started(paper())
    await again.run(SlowSource(live.world.market(), live.clock, live.every))

    assert again.day.trades == list(expected)
    assert {trade.symbol: trade.mfe_r > 1 for trade in expected}["AAA"]
