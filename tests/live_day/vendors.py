"""Every vendor of a live day on ports of this machine, telling what the session's time allows."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from aiohttp import web

from fin_agent.domain.session import TradingSession
from tests.live_day.made_up import CLOSE, GAPS, LAST, Course, Slot, minute_rows, new_york
from tests.servers import faults
from tests.servers.edgar import CONTACT, EdgarServer, a_filing
from tests.servers.finnhub import KEY
from tests.servers.finnhub_stream import FinnhubStream
from tests.servers.nasdaq import NasdaqServer
from tests.servers.sockets import streaming
from tests.servers.yahoo import YahooServer, a_chart, a_quote

_EARLY, _LATER, _NOON = new_york("08:04"), new_york("09:19"), new_york("12:14")


@dataclass
class SessionTime:
    """The session's time as the agent's clock has it; it stands until the agent says it runs."""

    at: datetime
    speed: float = 1.0
    _begun: float | None = None
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    def now(self) -> datetime:
        if self._begun is None:
            return self.at
        return self.at + timedelta(seconds=(monotonic() - self._begun) * self.speed)

    def runs(self, at: datetime, speed: float) -> None:
        self.at, self.speed, self._begun = at, speed, monotonic()
        self._moved.set()

    def hold(self) -> None:
        """Stand still: nobody follows the session now."""
        self.at, self._begun = self.now(), None
        self._moved.clear()

    async def until(self, at: datetime) -> None:
        while True:
            await self._moved.wait()
            left = (at - self.now()).total_seconds() / self.speed
            if left <= 0:
                return
            await asyncio.sleep(left)


@dataclass
class Prints:
    """The trade stream: from now on, in order, as time passes; counts what was sent."""

    time: SessionTime
    slots: Sequence[Slot]
    sent: int = 0
    connections: int = 0

    async def __call__(self, socket: web.WebSocketResponse) -> None:
        self.connections += 1
        asked: set[str] = set()
        listening = asyncio.create_task(_listen(socket, asked))
        begun = self.time.now()
        try:
            for slot in self.slots:
                if slot.at < begun:
                    continue
                await self.time.until(slot.at)
                for symbol in sorted(asked):
                    await socket.send_str(slot.frames[symbol])
                self.sent += slot.prints * len(asked)
            await listening
        finally:
            listening.cancel()


async def _listen(socket: web.WebSocketResponse, asked: set[str]) -> None:
    """Keep what is subscribed, until the other side goes."""
    async for message in socket:
        told = message.json()
        if told["type"] == "subscribe":
            asked.add(told["symbol"])
        else:
            asked.discard(told["symbol"])


class TimedYahoo(YahooServer):
    """Quotes that change twice before the open and once after it."""

    def __init__(self, time: SessionTime, session: TradingSession, days: Mapping[str, Course]):
        super().__init__()
        self.now = time.now
        self._session = session
        self._days = days
        self.charts = {symbol: a_chart(symbol, [(LAST, CLOSE - 1)]) for symbol in days}
        self.minutes = {s: minute_rows(course, session) for s, course in days.items()}

    async def _quote(self, request: web.Request) -> web.Response:
        self.quotes = {symbol: self._row(symbol) for symbol in GAPS}
        return await super()._quote(request)

    def _row(self, symbol: str) -> dict[str, Any]:
        now, course = self.now(), self._days[symbol]
        if now >= self._session.open + timedelta(hours=2, minutes=30):
            price = course.bars[self._session.minute_of(_NOON)].close
            told = {"regularMarketPrice": price, "regularMarketTime": int(_NOON.timestamp())}
            return a_quote(symbol, **told)
        if now >= _LATER:
            price, at = course.bars[0].open, _LATER
        else:
            price, at = round(CLOSE * (1 + GAPS[symbol] / 90), 2), _EARLY
        return a_quote(symbol, preMarketPrice=price, preMarketTime=int(at.timestamp()))


@dataclass
class Vendors:
    """What is served, and the settings that lead the agent to it."""

    time: SessionTime
    prints: Prints
    yahoo: TimedYahoo
    settings: dict[str, Any]

    @property
    def keys(self) -> dict[str, str]:
        return {"FINNHUB_API_KEY": KEY}


@asynccontextmanager
async def vendors(
    session: TradingSession, days: Mapping[str, Course], told: Sequence[Slot], start: datetime
) -> AsyncIterator[Vendors]:
    """Yahoo, Nasdaq Trader, EDGAR and Finnhub's stream for one session."""
    time = SessionTime(start)
    prints = Prints(time, told)
    yahoo = TimedYahoo(time, session, days)
    filings = [
        ("2.02", "Results of Operations and Financial Condition"),
        ("8.01", "Raises outlook"),
    ]
    ciks = {symbol: number for number, symbol in enumerate(GAPS, start=1)}
    edgar = EdgarServer(
        ciks=ciks,
        filings=[
            a_filing(cik, new_york("07:00") + timedelta(minutes=cik), *filings, number=cik)
            for cik in ciks.values()
        ][::-1],
    )
    stream = FinnhubStream(scripts=[prints], expected=0)
    async with AsyncExitStack() as held:
        servers = {"yahoo": yahoo, "edgar": edgar, "nasdaq": NasdaqServer()}
        settings: dict[str, Any] = {}
        for name, server in servers.items():
            running = await held.enter_async_context(faults.served(server))
            settings[name] = {"base_url": running.base_url}
        await held.enter_async_context(streaming(stream))
        settings["finnhub"] = {"ws_url": stream.url}
        settings["edgar"]["contact"] = CONTACT
        settings |= {"market_data": ["yahoo"], "news": ["edgar"], "spare_news": []}
        yield Vendors(time, prints, yahoo, settings)
