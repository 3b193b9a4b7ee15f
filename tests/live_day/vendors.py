"""Every vendor of a live day on ports of this machine, telling what the session's time allows."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from time import monotonic
from typing import Any, Protocol

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

_EARLY, _LATER, _NOON = "08:04", "09:19", "12:14"
_QUIET_NOON = timedelta(hours=2, minutes=30)


@dataclass
class SessionTime:
    """The session's time as the agent's clock has it; it stands until the agent says it runs."""

    at: datetime
    speed: float = 1.0
    _begun: float | None = None
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_running(self) -> bool:
        return self._begun is not None

    def now(self) -> datetime:
        if self._begun is None:
            return self.at
        return self.at + timedelta(seconds=(monotonic() - self._begun) * self.speed)

    def runs(self, at: datetime, speed: float, begun: float | None = None) -> None:
        """It was ``at`` at this moment, or at ``begun`` by the machine's monotonic clock."""
        self.at, self.speed = at, speed
        self._begun = monotonic() if begun is None else begun
        self._moved.set()

    def hold(self) -> None:
        """Stand still: nobody follows the session now."""
        self.at, self._begun = self.now(), None
        self._moved.clear()

    async def started(self) -> None:
        """Wait until it runs."""
        await self._moved.wait()

    async def until(self, at: datetime) -> None:
        """Wait for an instant, over every standstill."""
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


@dataclass(frozen=True)
class Told:
    """A session, and what every symbol does in it."""

    session: TradingSession
    courses: Mapping[str, Course]


class TimedYahoo(YahooServer):
    """Quotes that change twice before each open and once after it; bars of what is over.

    Every session before is told to have closed at ``CLOSE``: only the gap to it counts.
    """

    def __init__(self, time: SessionTime, days: Sequence[Told], last: date = LAST):
        super().__init__()
        self.now = time.now
        self._days = days
        self._last = last
        self.minutes = {
            symbol: [row for day in days for row in minute_rows(day.courses[symbol], day.session)]
            for symbol in days[0].courses
        }

    async def _quote(self, request: web.Request) -> web.Response:
        self.quotes = {symbol: self._row(symbol) for symbol in GAPS}
        return await super()._quote(request)

    async def _chart(self, request: web.Request) -> web.Response:
        today = self._today().session.date
        over = [self._last, *(d.session.date for d in self._days if d.session.date < today)]
        bars = [(day, CLOSE - 1) for day in over]
        self.charts = {symbol: a_chart(symbol, bars) for symbol in self.minutes}
        return await super()._chart(request)

    def _today(self) -> Told:
        """The session of now, or the one before while it is night."""
        begun = [day for day in self._days if day.session.pre_market_open <= self.now()]
        return begun[-1] if begun else self._days[0]

    def _row(self, symbol: str) -> dict[str, Any]:
        now, today = self.now(), self._today()
        session, course = today.session, today.courses[symbol]
        if now >= session.open + _QUIET_NOON:
            noon = new_york(_NOON, session.date)
            price = course.bars[session.minute_of(noon)].close
            return a_quote(
                symbol, regularMarketPrice=price, regularMarketTime=int(noon.timestamp())
            )
        later = new_york(_LATER, session.date)
        if now >= later:
            price, at = course.bars[0].open, later
        else:
            price = round(CLOSE * (1 + GAPS[symbol] / 90), 2)
            at = new_york(_EARLY, session.date)
        return a_quote(symbol, preMarketPrice=price, preMarketTime=int(at.timestamp()))


@dataclass
class TimedEdgar(EdgarServer):
    """Tells a filing from its own time on; ``filed`` are those of all days, oldest first."""

    filed: list[tuple[datetime, str]] = field(default_factory=list)
    now: Callable[[], datetime] = field(default=lambda: datetime.max.replace(tzinfo=UTC))

    async def _feed(self, request: web.Request) -> web.Response:
        now = self.now()
        self.filings = [entry for at, entry in self.filed if at <= now][::-1]
        return await super()._feed(request)


class Counted(Protocol):
    """A stream that says how many prints it sent."""

    @property
    def sent(self) -> int: ...


@dataclass
class Vendors:
    """What is served, and the settings that lead the agent to it."""

    time: SessionTime
    prints: Counted
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
    stream = FinnhubStream(scripts=[prints], expected=0)
    async with (
        streaming(stream),
        asked(time, [Told(session, days)]) as (yahoo, settings),
    ):
        yield Vendors(time, prints, yahoo, settings | {"finnhub": {"ws_url": stream.url}})


@asynccontextmanager
async def asked(
    time: SessionTime, days: Sequence[Told], last: date = LAST
) -> AsyncIterator[tuple[TimedYahoo, dict[str, Any]]]:
    """The vendors that are asked over HTTP, and the settings that lead the agent to them."""
    yahoo = TimedYahoo(time, days, last)
    ciks = {symbol: number for number, symbol in enumerate(GAPS, start=1)}
    filed = [_filing(day.session.date, cik) for day in days for cik in ciks.values()]
    edgar = TimedEdgar(ciks=ciks, filed=filed, now=time.now)
    async with AsyncExitStack() as held:
        settings: dict[str, Any] = {}
        for name, server in {"yahoo": yahoo, "edgar": edgar, "nasdaq": NasdaqServer()}.items():
            running = await held.enter_async_context(faults.served(server))
            settings[name] = {"base_url": running.base_url}
        settings["edgar"]["contact"] = CONTACT
        settings |= {"market_data": ["yahoo"], "news": ["edgar"], "spare_news": []}
        yield yahoo, settings


def _filing(day: date, cik: int) -> tuple[datetime, str]:
    at = new_york("07:00", day) + timedelta(minutes=cik)
    items = [
        ("2.02", "Results of Operations and Financial Condition"),
        ("8.01", "Raises outlook"),
    ]
    return at, a_filing(cik, at, *items, number=day.toordinal() % 1000 * 100 + cik)
