"""Finnhub's trade stream as a process of its own: one print a message, so many messages a second.

    python -m tests.load.sender --rate 10000 --first 2025-11-28 --sessions 1

Its first line is its address. On stdin it hears where the session's time stands, a JSON document a
line (``Sender``); a line ``counts`` is answered with what was sent so far. A print carries the
session's time of the moment in which it is sent. Whatever the rate, the prints of a minute make
the same bar, so that a day at another rate decides the same.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from time import monotonic

from aiohttp import web

from fin_agent.adapters.calendar import ExchangeCalendar
from fin_agent.adapters.ticks.lags import Lags
from fin_agent.domain.market import Bar
from tests.live_day.made_up import courses, prices_of
from tests.live_day.vendors import SessionTime, Told
from tests.servers.finnhub_stream import FinnhubStream
from tests.servers.sockets import streaming

_REST_S = 0.002
_GREETING_S = 0.02  # one message a symbol, right after each other
_MINUTE_S = 60.0
_FEWEST = 4  # prints that make a bar: open, high, low, close
_CONDITIONS = 100  # a frame that comes twice, byte for byte, would be taken for one


def told_days(calendar: ExchangeCalendar, first: date, sessions: int) -> list[Told]:
    """So many sessions from a date on; each symbol walks another way each day."""
    found = calendar.sessions(first, date.fromordinal(first.toordinal() + 2 * sessions + 7))
    return [Told(session, courses(session, f"load {session.date}")) for session in found[:sessions]]


@dataclass
class Prints:
    """Sends every minute's prints spread over it; counts them, and how late each was sent."""

    time: SessionTime
    days: Sequence[Told]
    rate: float
    sent: int = 0
    connections: int = 0
    connected_s: float = 0.0
    late: Lags = field(default_factory=Lags)

    async def __call__(self, socket: web.WebSocketResponse) -> None:
        self.connections += 1
        asked: set[str] = set()
        greeted = asyncio.Event()
        listening = asyncio.create_task(_listen(socket, asked, greeted))
        try:
            await greeted.wait()
            await asyncio.sleep(_GREETING_S)
            for day in self.days:
                if day.session.close > self.time.now():
                    await self._session(socket, day, asked)
            await listening
        finally:
            listening.cancel()

    async def _session(self, socket: web.WebSocketResponse, day: Told, asked: set[str]) -> None:
        session = day.session
        is_late = self.time.now() > session.open
        await self.time.until(session.open)
        open_ms = session.open.timestamp() * 1000.0
        first = session.minute_of(self.time.now())
        for number in range(first, session.minutes):
            begun_ms = self._now_ms()
            bars = {s: day.courses[s].bars[number] for s in sorted(asked)}
            begin_ms = open_ms + number * _MINUTE_S * 1000.0
            try:
                await self._minute(socket, bars, begin_ms, is_joined=is_late and number == first)
            finally:  # a kill cuts a minute short: what was sent of it counts, so does its time
                # by the session's time: it stands still until a new process has followed it again
                self.connected_s += (self._now_ms() - begun_ms) / 1000.0 / self.time.speed
        close_ms = int(session.close.timestamp() * 1000.0)
        await self.time.until(session.close)
        for symbol in sorted(asked):
            price = day.courses[symbol].bars[-1].close
            await socket.send_str(f"{_opening(symbol, price)}{close_ms + 1}{_ending(1, 0)}")
            self.sent += 1

    async def _minute(
        self,
        socket: web.WebSocketResponse,
        bars: Mapping[str, Bar],
        begin_ms: float,
        *,
        is_joined: bool,
    ) -> None:
        """One minute to its end; one that is joined, from wherever it stands."""
        time, end_ms = self.time, begin_ms + _MINUTE_S * 1000.0
        frames = [*chain.from_iterable(zip(*self._frames(bars), strict=True))]
        a_print_ms = _MINUTE_S * 1000.0 / max(1, len(frames))
        place = max(0, int((self._now_ms() - begin_ms) / a_print_ms)) if is_joined else 0
        while not socket.closed:
            now_ms = self._now_ms()
            due = len(frames) if now_ms >= end_ms else int((now_ms - begin_ms) / a_print_ms) + 1
            while place < min(due, len(frames)):
                opening, ending = frames[place]
                planned_ms = begin_ms + place * a_print_ms
                sent_ms = self._now_ms()
                await socket.send_str(f"{opening}{int(min(sent_ms, end_ms - 1))}{ending}")
                self.late.note((sent_ms - planned_ms) / 1000.0 / time.speed)
                self.sent += 1
                place += 1
            if now_ms >= end_ms:
                return
            await asyncio.sleep(_REST_S)
            if not time.is_running:
                await asyncio.sleep(0.05)

    def _frames(self, bars: Mapping[str, Bar]) -> list[list[tuple[str, str]]]:
        """What stands before and after the time of each print, by symbol."""
        share = self.rate * _MINUTE_S / self.time.speed / max(1, len(bars))
        return [_prints(symbol, bar, max(_FEWEST, int(share))) for symbol, bar in bars.items()]

    def _now_ms(self) -> float:
        return self.time.now().timestamp() * 1000.0

    def counts(self) -> dict[str, object]:
        return {
            "sent": self.sent,
            "connections": self.connections,
            "connected_s": self.connected_s,
            "late": self.late.counts,
        }


def _prints(symbol: str, bar: Bar, count: int) -> list[tuple[str, str]]:
    """The prints that make a bar, with whole numbers of shares that add up to its volume."""
    assert count <= bar.volume, f"{count} prints of {bar.volume} shares: a higher speed is needed"
    size, rest = divmod(int(bar.volume), count)
    prices = prices_of(bar, count)
    openings = {price: _opening(symbol, price) for price in prices}
    return [(openings[price], _ending(size + (n < rest), n)) for n, price in enumerate(prices)]


def _opening(symbol: str, price: float) -> str:
    return f'{{"data":[{{"s":"{symbol}","p":{price},"t":'


def _ending(size: int, number: int) -> str:
    return f',"v":{size},"c":["1","{number % _CONDITIONS}"]}}],"type":"trade"}}'


async def _listen(socket: web.WebSocketResponse, asked: set[str], greeted: asyncio.Event) -> None:
    """Keep what is subscribed, until the other side goes."""
    async for message in socket:
        greeted.set()
        told = message.json()
        if told["type"] == "subscribe":
            asked.add(told["symbol"])
        else:
            asked.discard(told["symbol"])
    greeted.set()


class RemoteTime(SessionTime):
    """The session's time, told to the sender as well."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at)
        self.to: asyncio.StreamWriter | None = None

    def runs(self, at: datetime, speed: float, begun: float | None = None) -> None:
        begun = monotonic() if begun is None else begun
        super().runs(at, speed, begun)
        self._tell({"at": at.isoformat(), "speed": speed, "begun": begun})

    def hold(self) -> None:
        super().hold()
        self._tell({})

    def _tell(self, document: Mapping[str, object]) -> None:
        if self.to is not None:
            self.to.write(json.dumps(document).encode() + b"\n")


@dataclass
class Sender:
    """The other process, as the programme sees it."""

    process: asyncio.subprocess.Process
    url: str
    told: dict[str, object] = field(default_factory=dict)

    @property
    def sent(self) -> int:
        """As of the last ``counts``."""
        sent = self.told.get("sent", 0)
        assert isinstance(sent, int)
        return sent

    async def counts(self) -> dict[str, object]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(b"counts\n")
        self.told = json.loads(await self.process.stdout.readline())
        return self.told


@asynccontextmanager
async def sender(
    time: RemoteTime, rate: float, first: date, sessions: int
) -> AsyncIterator[Sender]:
    """A sender that follows ``time``; it ends with the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.load.sender", "--rate", str(rate)),
        *("--first", str(first), "--sessions", str(sessions), "--at", time.at.isoformat()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        url = (await process.stdout.readline()).decode().strip()
        time.to = process.stdin
        yield Sender(process, url)
    finally:
        time.to = None
        process.kill()
        await process.wait()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def _follow(time: SessionTime, prints: Prints) -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for line in reader:
        if line == b"counts\n":
            _say(json.dumps(prints.counts()))
        elif told := json.loads(line):
            time.runs(datetime.fromisoformat(told["at"]), told["speed"], told["begun"])
        else:
            time.hold()


async def serve(rate: float, first: date, sessions: int, at: datetime) -> None:
    """Serve until stdin ends."""
    time = SessionTime(at)
    with tempfile.TemporaryDirectory() as folder:
        days = told_days(ExchangeCalendar(cache=Path(folder)), first, sessions)
    prints = Prints(time, days, rate)
    stream = FinnhubStream(scripts=[prints], expected=0)
    async with streaming(stream):
        _say(stream.url)
        await _follow(time, prints)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--first", type=date.fromisoformat, required=True)
    parser.add_argument("--sessions", type=int, default=1)
    parser.add_argument("--at", type=datetime.fromisoformat, required=True)
    given = parser.parse_args()
    asyncio.run(serve(given.rate, given.first, given.sessions, given.at))
