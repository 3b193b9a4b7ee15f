"""A session from a stream: every minute once, whole or repaired, whatever the connection does."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from aiohttp import web

from fin_agent.adapters.clock import AcceleratedClock
from fin_agent.adapters.http.socket import SocketRules
from fin_agent.adapters.sources import MinuteSource
from fin_agent.adapters.streams.finnhub import Finnhub
from fin_agent.adapters.ticks.feed import StreamedFeed
from fin_agent.adapters.ticks.lags import FeedLags
from fin_agent.adapters.ticks.rules import FeedRules, FeedSeams
from fin_agent.adapters.ticks.trades import Doubt
from fin_agent.adapters.ticks.watch import WatchRules
from fin_agent.domain.errors import Unavailable
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.market import Bar
from fin_agent.domain.provider import ProviderFellBack, ProviderSuspended
from fin_agent.domain.session import TradingSession
from fin_agent.ports import MinuteBars, Pulse
from fin_agent.testing.builders import OPEN
from tests.servers.finnhub import KEY
from tests.servers.finnhub_stream import FinnhubStream, a_frame, a_print
from tests.servers.sockets import mute, streaming

SPEED = 120.0  # a minute is half a second
MINUTES = 4
SESSION = TradingSession(date(2025, 11, 21), OPEN, OPEN + timedelta(minutes=MINUTES))
OPEN_MS = OPEN.timestamp() * 1000
REPAIRED = 999.0
RULES = FeedRules(
    every_s=0.02,
    grace_s=0.02,
    patience_s=1.0,
    future_s=0.5,
    socket=SocketRules(
        shortest_s=0.01, longest_s=0.02, between_s=0.0, goodbye_s=0.05, heartbeat_s=5.0
    ),
)
WATCHFUL = WatchRules(quiet_s=0.1, resubscribe_s=0.12, reconnect_s=0.25, lively_s=0.05)


@dataclass
class Other(MinuteSource):
    """Knows every minute of A, or nothing."""

    name = "other"
    knows: bool = True
    asked: list[tuple[int, int]] = field(default_factory=list)
    broken: Exception | None = None

    async def minute_bars(
        self, symbols: Sequence[str], session: TradingSession, first: int, last: int
    ) -> Mapping[str, Evidence[tuple[Bar, ...]]]:
        self.asked.append((first, last))
        await asyncio.sleep(0.05)
        if self.broken:
            raise self.broken
        if not self.knows:
            return dict.fromkeys(symbols, Missing("too young"))
        bars = tuple(Bar(m, 10.0, 10.0, 10.0, 10.0, REPAIRED) for m in range(first, last + 1))
        return dict.fromkeys(symbols, Known(bars, "other"))


@dataclass
class Market:
    """Prints of A and SPY every few ms by the clock; what was sent is kept."""

    clock: AcceleratedClock
    sent: list[dict[str, Any]] = field(default_factory=list)
    silent: set[str] = field(default_factory=set)
    until_ms: float = float("inf")

    async def __call__(self, socket: web.WebSocketResponse) -> None:
        count = 0
        while True:
            now = int(self.clock.now().timestamp() * 1000)
            if now > self.until_ms:
                return
            count += 1
            found = [
                a_print(symbol, 10.0 + count % 50 / 100, now, 1 + count % 3)
                for symbol in ("A", "SPY")
                if symbol not in self.silent
            ]
            if found:
                await socket.send_str(a_frame(*found))
                self.sent += found
            await asyncio.sleep(0.004)

    def bar(self, minute: int) -> Bar:
        """Of everything that was sent of A."""
        start = OPEN_MS + minute * 60_000
        mine = [p for p in self.sent if p["s"] == "A" and start <= p["t"] < start + 60_000]
        prices = [p["p"] for p in mine]
        volume = sum(p["v"] for p in mine)
        return Bar(minute, prices[0], max(prices), min(prices), prices[-1], volume)


@dataclass
class World:
    server: FinnhubStream
    clock: AcceleratedClock
    market: Market
    other: Other
    told: list[DomainEvent]
    feed: StreamedFeed
    recorded: list[bytes] = field(default_factory=list)
    lags: FeedLags = field(default_factory=FeedLags)

    async def lived(self) -> tuple[list[MinuteBars], int]:
        """The minutes, and how many pulses came."""
        minutes, pulses = [], 0
        async with asyncio.timeout(20):
            async for item in self.feed.follow(SESSION, ["A"]):
                if isinstance(item, Pulse):
                    pulses += 1
                elif isinstance(item, MinuteBars):
                    minutes.append(item)
                    self.feed.decided(item.minute)
        return minutes, pulses

    def bars(self, minutes: list[MinuteBars]) -> list[Bar | None]:
        return [minute.bars.get("A") for minute in minutes]


@asynccontextmanager
async def a_world(
    start_s: float = -60.0, watch: WatchRules | None = None, subscribed_s: float = 0.0
) -> AsyncIterator[World]:
    """A clock that starts so many seconds after the open; patience as in life, unless told."""
    server = FinnhubStream(expected=2)
    async with streaming(server):
        clock = AcceleratedClock(OPEN + timedelta(seconds=start_s), SPEED)
        market, other = Market(clock), Other()
        told: list[DomainEvent] = []
        recorded: list[bytes] = []
        server.scripts = [market]
        lags = FeedLags()
        seams = FeedSeams(other, lambda *line: recorded.append(line[3]), told.append, lags=lags)
        rules = replace(RULES, subscribed_s=subscribed_s).at_speed(SPEED)
        rules = replace(rules, watch=watch or WatchRules())
        feed = StreamedFeed(Finnhub(KEY, server.url), clock, rules, seams)
        yield World(server, clock, market, other, told, feed, recorded, lags)


async def test_a_whole_session_equals_the_prints_computed_at_once() -> None:
    async with a_world() as world:
        minutes, pulses = await world.lived()

    assert [minute.minute for minute in minutes] == list(range(MINUTES))
    for minute in range(MINUTES - 1):
        assert minutes[minute].bars == {"A": world.market.bar(minute)}
    assert pulses > MINUTES
    assert not world.other.asked
    assert not world.told
    assert world.feed.ticks.late == 0
    assert len(world.recorded) == world.feed.statistics.frames > 100
    assert world.feed.statistics.conflated > 0


async def test_lags_are_real_seconds_whatever_the_clock() -> None:
    async with a_world(start_s=90.0) as world:
        await world.lived()

    lags = world.lags
    assert sum(lags.prints.counts) == world.feed.statistics.frames > 100
    assert lags.prints.total_s / sum(lags.prints.counts) < 0.25  # 30 s of the session's
    assert sum(lags.repaired.counts) == 1  # minute 1, in which it connected
    assert sum(lags.streamed.counts) == 2
    assert lags.streamed.total_s < 1.0


async def test_a_late_start_takes_what_is_over_from_another_source() -> None:
    async with a_world(start_s=90.0) as world:
        minutes, _ = await world.lived()

    bars = world.bars(minutes)
    assert [minute.minute for minute in minutes] == list(range(MINUTES))
    assert [bar is not None and bar.volume == REPAIRED for bar in bars[:3]] == [True, True, False]
    assert bars[2] == world.market.bar(2)
    assert world.other.asked == [(0, 0), (1, 1)]
    assert world.feed.statistics.repaired == 1
    assert {type(event) for event in world.told} == {ProviderFellBack}


async def test_nobody_to_ask_is_told_and_the_rest_goes_on() -> None:
    async with a_world(start_s=90.0) as world:
        world.other.broken = Unavailable("other cannot be reached")
        minutes, _ = await world.lived()

    assert minutes[0].bars == {}
    assert world.feed.statistics.unrepaired == 1
    reasons = [event.reason for event in world.told if isinstance(event, ProviderFellBack)]
    assert reasons == [
        "1 minutes before the start: 0 symbols repaired, 1 not (other cannot be reached)",
        "minute 1: 0 symbols repaired, 1 not (other cannot be reached)",
    ]


async def test_a_cut_connection_is_made_again_and_its_minute_repaired() -> None:
    async with a_world() as world:
        first = Market(world.clock, world.market.sent, until_ms=OPEN_MS + 80_000)
        world.server.scripts = [first, world.market]
        minutes, _ = await world.lived()

    bars = world.bars(minutes)
    assert bars[0] == world.market.bar(0)
    assert bars[1] == Bar(1, 10.0, 10.0, 10.0, 10.0, REPAIRED)
    # a slow machine may not be back before the next minute begins
    assert bars[2] in {world.market.bar(2), Bar(2, 10.0, 10.0, 10.0, 10.0, REPAIRED)}
    assert any(isinstance(event, ProviderSuspended) for event in world.told)


async def test_a_connection_that_only_answers_pings_is_given_up() -> None:
    async with a_world(watch=WATCHFUL) as world:
        first = Market(world.clock, world.market.sent, until_ms=OPEN_MS + 30_000)

        async def then_mute(socket: web.WebSocketResponse) -> None:
            await first(socket)
            await mute(socket)

        world.server.scripts = [then_mute, world.market]
        minutes, _ = await world.lived()

    bars = world.bars(minutes)
    assert bars[0] == Bar(0, 10.0, 10.0, 10.0, 10.0, REPAIRED)
    assert bars[2] == world.market.bar(2)
    assert world.feed.statistics.resubscribed >= 1
    assert world.feed.statistics.reconnected >= 1


async def test_one_mute_symbol_is_stale_and_its_minutes_repaired() -> None:
    async with a_world(watch=WATCHFUL) as world:
        stale: list[frozenset[str]] = []
        bars: list[Bar | None] = []
        async for item in world.feed.follow(SESSION, ["A"]):
            if isinstance(item, MinuteBars):
                bars.append(item.bars.get("A"))
                if item.minute == 0:
                    world.market.silent = {"A"}
            elif world.market.silent:
                stale.append(world.feed.stale)

    assert {"A"} in stale
    assert bars[2] == Bar(2, 10.0, 10.0, 10.0, 10.0, REPAIRED)
    assert world.feed.statistics.resubscribed >= 1


async def test_garbage_and_bad_prints_do_not_reach_the_bars() -> None:
    async with a_world() as world:
        original = world.market

        async def rubbish(socket: web.WebSocketResponse) -> None:
            now = world.clock.now().timestamp() * 1000
            for price in (0, -1, float("nan"), 1e308, "10.0", 1000):
                await socket.send_str(a_frame(a_print("A", price, now)))
            await socket.send_str(a_frame(a_print("B", 10.0, now)))
            await socket.send_str(a_frame(a_print("A", 10.0, now + 3_600_000)))
            await socket.send_bytes(b"\xff garbage")
            with suppress(ConnectionError):
                await mute(socket)

        world.server.scripts = [rubbish, original]
        minutes, _ = await world.lived()

    assert world.bars(minutes)[1] == world.market.bar(1)
    doubts = dict(world.feed.ticks.doubts)
    doubts.pop(Doubt.JUMP, None)  # the last far print may still wait
    assert doubts == {Doubt.PRICE: 4, Doubt.SHAPE: 1, Doubt.SYMBOL: 1, Doubt.FUTURE: 1}


async def test_without_a_plan_there_is_nothing_to_listen_to() -> None:
    async with a_world() as world:
        minutes = [
            item async for item in world.feed.follow(SESSION, []) if isinstance(item, MinuteBars)
        ]

    assert minutes == [MinuteBars(number, {}) for number in range(MINUTES)]
    assert not world.server.said


async def test_leaving_early_closes_the_connection() -> None:
    async with a_world() as world:
        feed = world.feed.follow(SESSION, ["A"])
        async for item in feed:
            if isinstance(item, MinuteBars):
                break
        await feed.aclose()
        await asyncio.sleep(0.1)

        assert not world.server.sockets
