"""A stand-in for Finnhub's REST interface, for the real finnhub-python.

Recorded: quotes (also the zeros for an unknown symbol), company news, the bodies for 403 and 429.
From the vendor's documentation: the earnings calendar. Inferred: profile and market status, and
that the answer's type is ``application/json``. finnhub-python asks for paths with ``//`` in them.
"""

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.servers.faults import FaultyServer

KEY = "canary-finnhub-key"
Row = dict[str, Any]
UNKNOWN = {"c": 0, "d": None, "dp": None, "h": 0, "l": 0, "o": 0, "pc": 0, "t": 0}


def a_quote(price: float, at: float, **fields: Any) -> Row:
    quote = {"c": price, "d": 0.1, "dp": 0.1, "h": price, "l": price, "o": price, "pc": price}
    return {**quote, "t": int(at), **fields}


@dataclass
class FinnhubServer(FaultyServer):
    """Answers by symbol; a request without the key in its header, or with one in its URL, fails."""

    quotes: dict[str, Row] = field(default_factory=dict)
    news: dict[str, list[Row]] = field(default_factory=dict)
    reports: list[Row] = field(default_factory=list)
    profiles: dict[str, Row] = field(default_factory=dict)
    status: Row = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.routes |= {
            "/api/v1//quote": self._quote,
            "/api/v1//company-news": self._news,
            "/api/v1//calendar/earnings": self._earnings,
            "/api/v1//stock/profile2": self._profile,
            "/api/v1//stock/market-status": self._status,
        }

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("X-Finnhub-Token") != KEY or "token" in request.query:
            self.requests.append(request)
            return web.json_response({"error": "Invalid API key"}, status=401)
        return await super()._handle(request)

    async def _quote(self, request: web.Request) -> web.Response:
        return web.json_response(self.quotes.get(request.query["symbol"], UNKNOWN))

    async def _news(self, request: web.Request) -> web.Response:
        return web.json_response(self.news.get(request.query["symbol"], []))

    async def _earnings(self, _request: web.Request) -> web.Response:
        return web.json_response({"earningsCalendar": self.reports})

    async def _profile(self, request: web.Request) -> web.Response:
        return web.json_response(self.profiles.get(request.query["symbol"], {}))

    async def _status(self, _request: web.Request) -> web.Response:
        return web.json_response(self.status)
