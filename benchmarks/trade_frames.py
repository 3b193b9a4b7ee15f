"""Finnhub's trade frames, sent by a process of its own at a rate of trades a second.

    python benchmarks/trade_frames.py BEGAN RATE

Prints the port; ``BEGAN`` is the monotonic time at which the session of the prints opened.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import date, timedelta

from aiohttp import web

from fin_agent.domain.session import TradingSession
from fin_agent.testing.builders import OPEN

SPEED = 60.0
SYMBOLS = [f"S{number:02d}" for number in range(50)]
BATCH = 10
SESSION = TradingSession(date(2025, 11, 21), OPEN, OPEN + timedelta(minutes=390))
OPEN_MS = OPEN.timestamp() * 1000
NUMBERED = 10**16  # makes every monotonic time 17 digits long


def template(count: int) -> bytes:
    prints = b",".join(
        b'{"c":["1","12"],"p":%d.%02d,"s":"%s","t":%%d,"v":%d}'
        % (
            100 + place % 7,
            (count + place) % 100,
            SYMBOLS[(count * BATCH + place) % len(SYMBOLS)].encode(),
            1 + (count + place) % 300,
        )
        for place in range(BATCH)
    )
    return b'{"data":[%s],"type":"trade","n":%%d}' % prints


TEMPLATES = [template(count) for count in range(500)]


def frame_of(count: int, now_ms: int) -> bytes:
    """A frame of prints made now; ``n`` is when it was sent, always 17 digits."""
    times = (now_ms,) * BATCH
    return TEMPLATES[count % len(TEMPLATES)] % (*times, NUMBERED + time.monotonic_ns())


async def read(socket: web.WebSocketResponse) -> None:
    async for _ in socket:
        pass


async def serve(began: float, rate: int) -> None:
    """Frames at a rate of trades a second, or as fast as they are taken (0)."""

    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        reading = asyncio.create_task(read(socket))  # pings want an answer
        count, start = 0, time.monotonic()
        with suppress(ConnectionError):
            while not socket.closed:
                now_ms = int(OPEN_MS + (time.monotonic() - began) * SPEED * 1000)
                await socket.send_str(frame_of(count, now_ms).decode())
                count += 1
                if rate:
                    due = start + count * BATCH / rate
                    await asyncio.sleep(max(0.0, due - time.monotonic()))
                elif count % 50 == 0:
                    await asyncio.sleep(0)
        reading.cancel()
        return socket

    app = web.Application()
    app.router.add_get("/", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


@asynccontextmanager
async def server(began: float, rate: int) -> AsyncIterator[str]:
    command = [sys.executable, __file__, str(began), str(rate)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220 - once
    assert child.stdout is not None
    yield f"ws://127.0.0.1:{int(child.stdout.readline())}/"
    child.kill()
    child.wait()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]), int(sys.argv[2])))
