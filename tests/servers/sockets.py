"""A local web socket server whose connections a test scripts: what streams do on bad days."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Script = Callable[[web.WebSocketResponse], Awaitable[None]]


async def mute(socket: web.WebSocketResponse) -> None:
    """Answers pings and says nothing, until the other side goes."""
    async for _ in socket:
        pass


def frames(*payloads: bytes | str) -> Script:
    """Sends frames, text or binary, and then is mute."""

    async def script(socket: web.WebSocketResponse) -> None:
        for payload in payloads:
            if isinstance(payload, str):
                await socket.send_str(payload)
            else:
                await socket.send_bytes(payload)
        await mute(socket)

    return script


async def hang_up(socket: web.WebSocketResponse) -> None:
    await socket.close()


async def half_a_frame(socket: web.WebSocketResponse) -> None:
    """Begins a frame of 100 bytes and cuts the line."""
    transport = socket._req.transport if socket._req is not None else None
    assert transport is not None
    transport.write(b"\x81\x64" + b'{"data":[{"p":1')
    await asyncio.sleep(0.01)
    transport.abort()


@dataclass
class StreamServer:
    """Greets as a vendor does, then runs a script: ``scripts`` one a connection, then the last.

    ``said`` holds every message that came in, by connection.
    """

    scripts: list[Script] = field(default_factory=lambda: [mute])
    said: list[list[dict[str, Any]]] = field(default_factory=list)
    url: str = ""
    path: str = "/"
    sockets: list[web.WebSocketResponse] = field(default_factory=list)

    async def greet(self, request: web.Request, socket: web.WebSocketResponse) -> bool:
        """Whether the other side may stay."""
        raise NotImplementedError

    async def refuse(self, request: web.Request) -> web.Response | None:
        """An answer instead of a web socket."""
        return None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        refused = await self.refuse(request)
        if refused is not None:
            return refused
        socket = web.WebSocketResponse(autoping=True)
        await socket.prepare(request)
        self.said.append([])
        self.sockets.append(socket)
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        try:
            if await self.greet(request, socket):
                await script(socket)
        except ConnectionError:
            pass  # the other side went first
        finally:
            self.sockets.remove(socket)
        return socket


@asynccontextmanager
async def streaming(server: StreamServer) -> AsyncIterator[StreamServer]:
    """The server on a port of this machine, for as long as the block lasts."""
    app = web.Application()
    app.router.add_get(server.path, server.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"ws://127.0.0.1:{runner.addresses[0][1]}{server.path}"
    try:
        yield server
    finally:
        await runner.cleanup()
