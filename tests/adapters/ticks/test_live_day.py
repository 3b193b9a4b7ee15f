"""A session lived on a stream decides what it decides on the same minutes from a store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from aiohttp import web

from fin_agent.adapters.clock import AcceleratedClock
from fin_agent.adapters.feed import PacedFeed
from fin_agent.adapters.streams.finnhub import Finnhub
from fin_agent.adapters.ticks.feed import StreamedFeed
from fin_agent.adapters.ticks.rules import FeedRules
from fin_agent.application.limits import LimitRules, OrderLimits
from fin_agent.application.live import LiveDriver
from fin_agent.application.live_state import LiveRules, LiveState
from fin_agent.domain.control import StoredDay
from fin_agent.domain.events import GENESIS
from fin_agent.domain.market import Bar
from fin_agent.domain.session import TradingSession
from fin_agent.ports import SessionFeedPort, TimerPort
from fin_agent.testing.builders import SCAN, YESTERDAY, a_session
from fin_agent.testing.live import FakeControl
from tests.application.worlds import World, course, gapping
from tests.servers.finnhub import KEY
from tests.servers.finnhub_stream import FinnhubStream, a_frame, a_print
from tests.servers.sockets import mute, streaming

SPEED = 2400.0  # an hour is one and a half seconds
MINUTES = 60


def a_world() -> World:
    full = a_session()
    session = TradingSession(full.date, full.open, full.open + timedelta(minutes=MINUTES))
    bars = {
        "AAA": course((0, 10.8), (20, 12.0), until=MINUTES),
        "BBB": course((0, 10.8), (12, 10.0), until=MINUTES),
    }
    return World([gapping("AAA"), gapping("BBB")], bars, session=session)


@dataclass
class Tape:
    """Sends four prints of every bar when the clock comes there, in order."""

    session: TradingSession
    bars: Mapping[str, Sequence[Bar]]
    clock: AcceleratedClock

    async def __call__(self, socket: web.WebSocketResponse) -> None:
        open_ms = int(self.session.open.timestamp() * 1000)
        for minute in range(MINUTES):
            start = self.session.open + timedelta(minutes=minute)
            await self.clock.sleep(max(0.0, (start - self.clock.now()).total_seconds()))
            for place in range(4):
                at_ms = open_ms + minute * 60_000 + place * 14_000
                found = [
                    a_print(symbol, bars[minute][1 + place], at_ms, bars[minute].volume / 4)
                    for symbol, bars in self.bars.items()
                ]
                await socket.send_str(a_frame(*found))
        await socket.send_str(a_frame(a_print("AAA", 12.0, open_ms + MINUTES * 60_000)))
        await mute(socket)


async def lived(world: World, timer: TimerPort, feed: SessionFeedPort) -> LiveDriver:
    desk = replace(world.desk(), venue=world.venue())
    previous = a_session(YESTERDAY).date
    driver = LiveDriver(desk, world.session, previous, world.equity, GENESIS)
    state = LiveState(
        LiveRules().at_speed(SPEED), OrderLimits(LimitRules()), FakeControl(), timer.now
    )
    await driver.recover(state, StoredDay(), ())
    await driver.open("inputs")
    await driver.scan(SCAN, at_open=False)
    await driver.run(feed)
    return driver


def a_clock(world: World) -> AcceleratedClock:
    """It starts a second before the open: time enough to connect."""
    return AcceleratedClock(world.session.open - timedelta(seconds=SPEED), SPEED)


async def test_streamed_and_stored_minutes_decide_the_same() -> None:
    world = a_world()
    server = FinnhubStream(expected=2)
    async with streaming(server):
        clock = a_clock(world)
        server.scripts = [Tape(world.session, world.bars, clock)]
        # complete by the next print alone: whatever this machine does, no minute is cut short
        rules = replace(FeedRules(reference=None).at_speed(SPEED), grace_s=1.0, patience_s=1e6)
        feed = StreamedFeed(Finnhub(KEY, server.url), clock, rules)
        streamed = await lived(world, clock, feed)
    again = a_world()
    clock = a_clock(again)
    stored = await lived(again, clock, PacedFeed(again.market(), clock, 20.0))

    assert not feed.ticks.doubts
    assert feed.ticks.late == feed.statistics.forced == feed.statistics.unrepaired == 0
    assert {trade.symbol for trade in streamed.day.trades} == {"AAA", "BBB"}
    assert streamed.day.trades == stored.day.trades
    assert streamed.day.log.head == stored.day.log.head
