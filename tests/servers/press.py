"""Stand-ins for NewsAPI and GDELT; both bodies are recorded, and so is GDELT's throttle text.

Inferred: NewsAPI's error bodies, GDELT's ``{}`` when nothing is found.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.servers.faults import Fault, FaultyServer, text

KEY = "canary-newsapi-key"
THROTTLE = "Please limit requests to one every 5 seconds or contact us for larger queries."


def throttled(status: int = 200) -> Fault:
    told = text(THROTTLE)
    return Fault(status, told.body, told.kind)


@dataclass
class NewsapiServer(FaultyServer):
    """Articles by query."""

    articles: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.routes["/v2/everything"] = self._everything

    async def _everything(self, request: web.Request) -> web.Response:
        if request.headers.get("X-Api-Key") != KEY or "apiKey" in request.query:
            body = {"status": "error", "code": "apiKeyInvalid", "message": "..."}
            return web.json_response(body, status=401)
        found = self.articles.get(request.query["q"], [])
        return web.json_response({"status": "ok", "totalResults": len(found), "articles": found})


def an_article(title: str, at: datetime) -> dict[str, Any]:
    published = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    source = {"id": None, "name": "Wire"}
    return {"source": source, "author": None, "title": title, "publishedAt": published, "url": ""}


@dataclass
class GdeltServer(FaultyServer):
    """Articles by query; ``{}`` when there is none."""

    articles: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.routes["/api/v2/doc/doc"] = self._doc

    async def _doc(self, request: web.Request) -> web.Response:
        found = self.articles.get(request.query["query"])
        return web.json_response({"articles": found} if found else {})


def a_gdelt_article(title: str, at: datetime) -> dict[str, Any]:
    seen = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return {"url": "https://x", "title": title, "seendate": seen, "domain": "wire.com"}
