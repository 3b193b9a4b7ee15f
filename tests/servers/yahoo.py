"""A stand-in for Yahoo Finance, for the real yfinance.

Recorded: ``/v7/finance/quote`` rows, ``/v8/finance/chart`` and ``/v1/finance/search`` bodies.
Inferred: the cookie and crumb answers (from what yfinance asks for), chart rows that are generated
here (in the recorded form), that unknown symbols are left out of a quote's answer, and of minute
charts the last trade as a row of its own and the words of the 422 (from yfinance's issues).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from aiohttp import web

from fin_agent.domain.session import NEW_YORK
from tests.servers.faults import FaultyServer

Row = dict[str, Any]


def a_quote(symbol: str = "A", **fields: Any) -> Row:
    """A quote's row with the fields that are read and some that are not."""
    return {
        "language": "en-US",
        "quoteType": "EQUITY",
        "currency": "USD",
        "marketState": "PRE",
        "quoteSourceName": "Nasdaq Real Time Price",
        "exchangeDataDelayedBy": 0,
        "sourceInterval": 15,
        "exchange": "NMS",
        "symbol": symbol,
        **fields,
    }


def a_chart(symbol: str, bars: Sequence[tuple[date, float]], **events: Any) -> Row:
    """A daily chart in the recorded form; each bar opens at a price and closes 1 above."""
    stamps = [int(datetime.combine(day, time(9, 30), NEW_YORK).timestamp()) for day, _ in bars]
    opens = [price for _, price in bars]
    quote = {
        "open": opens,
        "high": [price + 2 for price in opens],
        "low": [price - 1 for price in opens],
        "close": [price + 1 for price in opens],
        "volume": [1_000_000] * len(opens),
    }
    meta = {
        "currency": "USD",
        "symbol": symbol,
        "exchangeName": "NMS",
        "instrumentType": "EQUITY",
        "regularMarketTime": stamps[-1] if stamps else 0,
        "regularMarketPrice": opens[-1] if opens else 0,
        "gmtoffset": -18000,
        "timezone": "EST",
        "exchangeTimezoneName": "America/New_York",
        "dataGranularity": "1d",
        "validRanges": ["1d", "5d", "1mo"],
    }
    found: Row = {"meta": meta, "timestamp": stamps, "indicators": {"quote": [quote]}}
    found["indicators"]["adjclose"] = [{"adjclose": quote["close"]}]
    if events:
        found["events"] = events
    return {"chart": {"result": [found], "error": None}}


MinuteRow = tuple[int, float | None, float | None, float | None, float | None, float | None]
"""The epoch at which a minute starts, open, high, low, close and volume."""


def a_minute_chart(symbol: str, rows: Sequence[MinuteRow], /, **meta: Any) -> Row:
    """One-minute bars in the recorded form; without rows there is no ``timestamp`` at all."""
    chart = a_chart(symbol, [])["chart"]["result"][0]
    known = [row[0] for row in rows]
    chart["meta"] |= {
        "regularMarketTime": max(known, default=0),
        "hasPrePostMarketData": True,
        "dataGranularity": "1m",
        "range": "",
        **meta,
    }
    del chart["timestamp"]
    chart["indicators"] = {"quote": [{}]}
    if rows:
        names = ("open", "high", "low", "close", "volume")
        columns = zip(names, [*zip(*rows, strict=True)][1:], strict=True)
        chart["timestamp"] = known
        chart["indicators"] = {"quote": [{name: list(values) for name, values in columns}]}
    return {"chart": {"result": [chart], "error": None}}


def minute_rows(day: date, first: str, prices: Sequence[float]) -> list[MinuteRow]:
    """A row a minute from a New York time on; each opens at a price and closes 0.5 above."""
    start = epoch(day, first)
    return [(start + 60 * n, p, p + 1, p - 1, p + 0.5, 1000.0) for n, p in enumerate(prices)]


NO_DATA: Row = {
    "chart": {
        "result": None,
        "error": {"code": "Not Found", "description": "No data found, symbol may be delisted"},
    }
}


TOO_LONG: Row = {
    "chart": {
        "result": None,
        "error": {
            "code": "Unprocessable Entity",
            "description": "Only 8 days worth of 1m granularity data are allowed per request.",
        },
    }
}


@dataclass
class YahooServer(FaultyServer):
    """Quotes, charts and news by Yahoo's symbol.

    ``minutes`` are rows of one-minute charts; of a day that runs by ``now`` only what has begun is
    told, and the last trade as a row of its own. ``charts`` may hold whole 1m answers as well.
    """

    quotes: dict[str, Row] = field(default_factory=dict)
    charts: dict[str, Row] = field(default_factory=dict)
    minutes: dict[str, Sequence[MinuteRow]] = field(default_factory=dict)
    now: Callable[[], datetime] = field(default=lambda: datetime.max.replace(tzinfo=UTC))
    news: dict[str, Row] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.routes |= {
            "/": self._cookie,
            "/v1/test/getcrumb": self._crumb,
            "/v7/finance/quote": self._quote,
            "/v1/finance/search": self._search,
        }

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.path.startswith("/v8/finance/chart/"):
            self.routes.setdefault(request.path, self._chart)
        return await super()._handle(request)

    async def _cookie(self, _request: web.Request) -> web.Response:
        return web.Response(status=404, headers={"Set-Cookie": "A3=d=x; Domain=.yahoo.com"})

    async def _crumb(self, _request: web.Request) -> web.Response:
        return web.Response(text="Zq1.crumb")

    async def _quote(self, request: web.Request) -> web.Response:
        asked = request.query["symbols"].split(",")
        rows = [self.quotes[symbol] for symbol in asked if symbol in self.quotes]
        return web.json_response({"quoteResponse": {"result": rows, "error": None}})

    async def _chart(self, request: web.Request) -> web.Response:
        symbol = request.path.rpartition("/")[2]
        if request.query.get("interval") == "1m" and symbol in self.minutes:
            return self._minute_chart(symbol, request)
        chart = self.charts.get(symbol)
        return web.json_response(chart or NO_DATA, status=200 if chart else 404)

    def _minute_chart(self, symbol: str, request: web.Request) -> web.Response:
        start, end = int(request.query["period1"]), int(request.query["period2"])
        if end - start > _EIGHT_DAYS_S:
            return web.json_response(TOO_LONG, status=422)
        now = self.now().timestamp()
        begun = [row for row in self.minutes[symbol] if start <= row[0] < end and row[0] <= now]
        if request.query["includePrePost"] == "false":
            begun = [row for row in begun if _is_regular(row[0])]
        if begun and now < begun[-1][0] + 60:
            price = begun[-1][4]
            begun.append((int(now), price, price, price, price, 0.0))
        return web.json_response(a_minute_chart(symbol, begun))

    async def _search(self, request: web.Request) -> web.Response:
        return web.json_response(self.news.get(request.query["q"], {"quotes": [], "news": []}))


_EIGHT_DAYS_S = 8 * 86400


def _is_regular(stamp: int) -> bool:
    return time(9, 30) <= datetime.fromtimestamp(stamp, NEW_YORK).time() < time(16)


def epoch(day: date, clock: str) -> int:
    """A New York time as Yahoo writes it."""
    return int(datetime.combine(day, time.fromisoformat(clock), NEW_YORK).timestamp())


def days_before(day: date, count: int) -> list[date]:
    """That many weekdays before a day, oldest first."""
    found: list[date] = []
    while len(found) < count:
        day -= timedelta(days=1)
        if day.weekday() < 5:
            found.append(day)
    return found[::-1]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
