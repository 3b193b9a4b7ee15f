"""A session on Alpaca's stream: numbered prints, twice, out of order and taken back."""

import asyncio
import json
from datetime import date, timedelta

from aiohttp import web

from fin_agent.adapters.clock import AcceleratedClock
from fin_agent.adapters.http.socket import SocketRules
from fin_agent.adapters.streams.alpaca import Alpaca
from fin_agent.adapters.ticks.feed import StreamedFeed
from fin_agent.adapters.ticks.rules import FeedRules
from fin_agent.adapters.ticks.trades import Doubt
from fin_agent.domain.market import Bar
from fin_agent.domain.session import TradingSession
from fin_agent.ports import MinuteBars
from fin_agent.testing.builders import OPEN
from tests.servers.alpaca import KEY_ID, SECRET
from tests.servers.alpaca_stream import AlpacaStream, a_cancel, a_correction, a_trade
from tests.servers.sockets import mute, streaming

SPEED = 120.0
SESSION = TradingSession(date(2025, 11, 21), OPEN, OPEN + timedelta(minutes=2))
OPEN_MS = OPEN.timestamp() * 1000


async def test_bars_are_what_is_left_of_the_prints() -> None:
    clock = AcceleratedClock(OPEN - timedelta(seconds=60), SPEED)

    async def script(socket: web.WebSocketResponse) -> None:
        await clock.sleep(80)
        first = [a_trade(n, OPEN_MS + n * 1000, 10 + n / 100) for n in (3, 1, 2, 4)]
        odd = a_trade(5, OPEN_MS + 6000, 9.0, 7, c=["@", "I"])
        official = a_trade(6, OPEN_MS + 7000, 8.0, c=["@", "Q"])
        changes = [a_cancel(4, OPEN_MS + 9000), a_correction(2, OPEN_MS + 9000, 10.5, 50)]
        await socket.send_str(json.dumps([*first, odd, official]))
        await socket.send_str(json.dumps([*first]))  # once more
        await socket.send_str(json.dumps(changes))
        await clock.sleep(60)
        await socket.send_str(json.dumps([a_trade(7, OPEN_MS + 70_000, 11.0)]))
        await clock.sleep(60)
        await socket.send_str(json.dumps([a_trade(8, OPEN_MS + 125_000, 11.0)]))
        await mute(socket)

    found: list[dict[str, Bar]] = []
    async with streaming(AlpacaStream([script])) as server, asyncio.timeout(20):
        rules = FeedRules(
            every_s=0.02, grace_s=0.05, reference=None, socket=SocketRules(goodbye_s=0.05)
        )
        stream = Alpaca(KEY_ID, SECRET, server.url)
        feed = StreamedFeed(stream, clock, rules.at_speed(SPEED), references={"A": 10.0})
        found = [
            dict(item.bars)
            async for item in feed.follow(SESSION, ["A"])
            if isinstance(item, MinuteBars)
        ]

    assert found == [
        {"A": Bar(0, 10.01, 10.5, 10.01, 10.03, 257.0)},
        {"A": Bar(1, 11.0, 11.0, 11.0, 11.0, 100.0)},
    ]
    assert feed.ticks.doubts == {Doubt.DUPLICATE: 4}
    assert (feed.ticks.taken_back, feed.ticks.excluded, feed.ticks.after_close) == (2, 1, 1)
    assert feed.statistics.forced == 0
