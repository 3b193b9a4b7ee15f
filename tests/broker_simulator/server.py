"""The engine behind real sockets: Alpaca's REST routes and its trade update stream."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import WSMsgType, web

from tests.broker_simulator.journal import Remembering
from tests.broker_simulator.replies import Drop

_TICK_S = 0.01
_HANG_S = 60.0

Now = Callable[[], float]


class ScaledTime:
    """Seconds since the epoch that pass ``scale`` times as fast as the machine's."""

    def __init__(self, now: Now, scale: float, start: float) -> None:
        self._now = now
        self._began = now()
        self._start = start
        self.scale = scale

    def __call__(self) -> float:
        return self._start + (self._now() - self._began) * self.scale

    def jump(self, seconds: float) -> None:
        self._start += seconds


class BrokerServer:
    """Answers, stays silent or cuts the connection, as the engine says."""

    def __init__(self, engine: Remembering, time: ScaledTime, keys: Mapping[str, str]) -> None:
        self._engine = engine
        self._time = time
        self._keys = keys
        self._listeners: set[web.WebSocketResponse] = set()

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.get("/stream", self._stream),
                web.route("*", "/_sim/{name}", self._control),
                web.route("*", "/{path:.*}", self._handle),
            ]
        )
        app.cleanup_ctx.append(self._broadcasting)
        return app

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if any(request.headers.get(name) != value for name, value in self._keys.items()):
            return web.json_response({"message": "unauthorized."}, status=401)
        body = await request.read()
        reply = self._engine.handle(request.method, request.path, request.query, body, self._time())
        if isinstance(reply, Drop):
            return await self._drop(request, reply)
        if reply.delay:
            await asyncio.sleep(reply.delay / self._time.scale)
        return web.Response(status=reply.status, body=reply.body, headers=dict(reply.headers))

    async def _drop(self, request: web.Request, drop: Drop) -> web.StreamResponse:
        waited = 0.0
        while drop.hang and request.transport is not None and waited < _HANG_S:
            await asyncio.sleep(_TICK_S)
            waited += _TICK_S
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)  # nobody reads it: the connection is gone

    async def _control(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        asked: dict[str, Any] = json.loads(await request.read() or b"{}")
        if name == "clock":
            self._time.jump(float(asked.get("advance", 0.0)))
        if name in {"ledger", "clock"}:
            self._engine.mark(self._time())
            self._engine.engine.venue.advance(self._time())
        if name == "ledger":
            return web.json_response(self._engine.engine.ledger())
        if name == "clock":
            return web.json_response({"at": self._time(), "scale": self._time.scale})
        return web.json_response(self._engine.control(name, asked, self._time()))

    async def _stream(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        is_known = False
        try:
            async for message in socket:
                if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    break
                asked = json.loads(message.data)
                if asked.get("action") == "listen" and is_known:
                    self._listeners.add(socket)
                    await _say(socket, "listening", asked["data"])
                else:
                    is_known = self._is_known(asked)
                    status = "authorized" if is_known else "unauthorized"
                    await _say(socket, "authorization", {"status": status, "action": "auth"})
        finally:
            self._listeners.discard(socket)
        return socket

    def _is_known(self, asked: Mapping[str, Any]) -> bool:
        given = {"APCA-API-KEY-ID": asked.get("key"), "APCA-API-SECRET-KEY": asked.get("secret")}
        return all(given[name] == value for name, value in self._keys.items())

    async def _broadcasting(self, _app: web.Application) -> Any:
        task = asyncio.create_task(self._broadcast())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        for socket in list(self._listeners):
            await socket.close()

    async def _broadcast(self) -> None:
        while True:
            now = self._time()
            frames = self._engine.engine.frames(now)
            if frames and self._listeners:
                self._engine.mark(now)
            for frame in frames:
                for socket in list(self._listeners):
                    if not socket.closed:
                        await socket.send_bytes(frame)
            await asyncio.sleep(_TICK_S)


async def _say(socket: web.WebSocketResponse, stream: str, data: Mapping[str, Any]) -> None:
    await socket.send_bytes(json.dumps({"stream": stream, "data": data}).encode())
