"""A local server whose answers a test scripts: what vendors do on bad days.

``FaultyServer`` runs aiohttp's own server on loopback. A vendor's server (the files beside this
one) registers its routes; ``faults`` are served first, one for each request that matches.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PAGE = "<!DOCTYPE html><html><body>Please enable JavaScript</body></html>"


@dataclass(frozen=True)
class Fault:
    """One bad answer. ``cut`` closes the connection half-way, ``after_s`` is how long it takes."""

    status: int = 200
    body: bytes = b""
    kind: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    after_s: float = 0.0
    cut: bool = False

    async def answer(self, request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(self.after_s)
        if not self.cut:
            headers = {**dict(self.headers), "Content-Type": self.kind}
            return web.Response(status=self.status, body=self.body, headers=headers)
        response = web.StreamResponse(status=self.status, headers={"Content-Type": self.kind})
        response.content_length = len(self.body) + 1000
        await response.prepare(request)
        await response.write(self.body)
        if request.transport is not None:
            request.transport.close()
        return response


def too_often(retry_after: str | None = None) -> Fault:
    headers = () if retry_after is None else (("Retry-After", retry_after),)
    return Fault(429, b'{"error":"API limit reached."}', headers=headers)


def down(status: int = 503) -> Fault:
    return Fault(status, b"upstream connect error", "text/plain")


def page(status: int = 200) -> Fault:
    return Fault(status, PAGE.encode(), "text/html")


def empty() -> Fault:
    return Fault()


def truncated(body: bytes = b'{"c": 1') -> Fault:
    return Fault(body=body, cut=True)


def text(body: str) -> Fault:
    return Fault(body=body.encode(), kind="text/plain")


def json_text(body: str) -> Fault:
    return Fault(body=body.encode())


def slow(seconds: float, body: bytes = b"{}") -> Fault:
    return Fault(body=body, after_s=seconds)


@dataclass
class FaultyServer:
    """Routes by path; every request is kept, so that a test can look at what was sent."""

    routes: dict[str, Handler] = field(default_factory=dict)
    faults: deque[Fault] = field(default_factory=deque)
    requests: list[web.Request] = field(default_factory=list)
    base_url: str = ""
    faulty: str = ""  # only requests to paths that begin so meet a fault
    most_at_once: int = 0
    _now: int = 0

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            if self.faults and request.path.startswith(self.faulty):
                return await self.faults.popleft().answer(request)
            handler = self.routes.get(request.path)
            if handler is None:
                return web.Response(status=404, text="no such path")
            return await handler(request)
        finally:
            self._now -= 1


@asynccontextmanager
async def served(server: FaultyServer) -> AsyncIterator[FaultyServer]:
    """The server on a port of this machine, for as long as the block lasts."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server._handle)
    running = TestServer(app)
    await running.start_server(access_log=None)  # it would show keys
    server.base_url = str(running.make_url("")).rstrip("/")
    try:
        yield server
    finally:
        await running.close()
