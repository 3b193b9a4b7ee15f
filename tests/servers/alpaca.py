"""A stand-in for Alpaca's market data.

Recorded or kept by the vendor in its SDK's tests: snapshots, bars, corporate actions and news.
Inferred: that ``feed=sip`` is refused with 403 for the last 15 minutes, that a page token is any
text, that symbols without bars are left out, and the 401 body for a wrong key.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.servers.faults import FaultyServer

KEY_ID, SECRET = "key-id", "canary-alpaca-secret"
Row = dict[str, Any]


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def a_bar(at: datetime, price: float = 106.0, volume: int = 1000, **fields: Any) -> Row:
    bar = {"t": stamp(at), "o": price, "h": price + 1, "l": price - 1, "c": price, "v": volume}
    return {**bar, "n": 3, "vw": price, **fields}


def a_trade(at: datetime, price: float = 106.0) -> Row:
    nanoseconds = stamp(at).removesuffix("Z") + ".448432206Z"
    return {"t": nanoseconds, "x": "V", "p": price, "s": 100, "c": ["@", "T"], "i": 39884, "z": "C"}


@dataclass
class AlpacaServer(FaultyServer):
    """Bars by (timeframe, symbol); ``page_size`` bars a page; ``now`` is when the tape ends."""

    snapshots: dict[str, Row | None] = field(default_factory=dict)
    bars: dict[tuple[str, str], list[Row]] = field(default_factory=dict)
    actions: Row = field(default_factory=dict)
    news: list[Row] = field(default_factory=list)
    now: datetime = datetime(2025, 11, 21, 13, 0, tzinfo=UTC)
    page_size: int = 10_000

    def __post_init__(self) -> None:
        self.routes |= {
            "/v2/stocks/snapshots": self._snapshots,
            "/v2/stocks/bars": self._bars,
            "/v1/corporate-actions": self._actions,
            "/v1beta1/news": self._news,
        }

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        known = (request.headers.get("APCA-API-KEY-ID"), request.headers.get("APCA-API-SECRET-KEY"))
        if known != (KEY_ID, SECRET):
            self.requests.append(request)
            return web.json_response({"message": "forbidden."}, status=401)
        return await super()._handle(request)

    async def _snapshots(self, request: web.Request) -> web.Response:
        asked = request.query["symbols"].split(",")
        return web.json_response({s: self.snapshots[s] for s in asked if s in self.snapshots})

    async def _bars(self, request: web.Request) -> web.Response:
        query = request.query
        start, end = (datetime.fromisoformat(query[key]) for key in ("start", "end"))
        if query["feed"] == "sip" and end > self.now - timedelta(minutes=15):
            message = "subscription does not permit querying recent SIP data"
            return web.json_response({"message": message}, status=403)
        rows = [
            (symbol, bar)
            for symbol in query["symbols"].split(",")
            for bar in self.bars.get((query["timeframe"], symbol), [])
            if start <= datetime.fromisoformat(bar["t"]) <= end
        ]
        first = int(query.get("page_token", "0"))
        page: dict[str, list[Row]] = {}
        for symbol, bar in rows[first : first + self.page_size]:
            page.setdefault(symbol, []).append(bar)
        after = first + self.page_size
        token = str(after) if after < len(rows) else None
        return web.json_response({"bars": page, "next_page_token": token})

    async def _actions(self, _request: web.Request) -> web.Response:
        return web.json_response({"corporate_actions": self.actions, "next_page_token": None})

    async def _news(self, request: web.Request) -> web.Response:
        asked = {*request.query["symbols"].split(",")}
        start, end = (datetime.fromisoformat(request.query[key]) for key in ("start", "end"))
        found = [
            item
            for item in self.news
            if asked & {*item["symbols"]}
            and start <= datetime.fromisoformat(item["created_at"]) <= end
        ]
        return web.json_response({"news": found, "next_page_token": None})
