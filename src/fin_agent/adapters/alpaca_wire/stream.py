"""The trade update stream: one connection, one owner, and a pause with full jitter before the next.

It only ever makes things faster; who is deaf here still reads everything by polling.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from secrets import SystemRandom

import aiohttp

from fin_agent.adapters.alpaca_wire.answers import decoded
from fin_agent.adapters.alpaca_wire.hints import Hints
from fin_agent.adapters.alpaca_wire.transport import AlpacaCredentials
from fin_agent.domain.errors import InvalidValue, Unavailable

_LARGEST_FRAME = 1024 * 1024
_HEARTBEAT_S = 10.0
_HANDSHAKE_S = 10.0
_GOODBYE_S = 1.0
_REDIRECTS = range(300, 400)
_SHORTEST_S, _LONGEST_S = 0.5, 30.0
_HEALTHY_S = 60.0
"""A connection that held this long starts the pauses anew."""
_RETRY_S = 1.0
_LISTEN: Mapping[str, object] = {"action": "listen", "data": {"streams": ["trade_updates"]}}

_DICE = SystemRandom()

Uniform = Callable[[float, float], float]


class TradeUpdates:
    """Reads frames into hints, and looks up what they name, until it is closed."""

    def __init__(
        self,
        url: str,
        credentials: AlpacaCredentials,
        hints: Hints,
        uniform: Uniform = _DICE.uniform,
    ) -> None:
        self._url = url
        self._credentials = credentials
        self._hints = hints
        self._uniform = uniform
        self._tasks: list[asyncio.Task[None]] = []
        self.is_listening = False
        self.connections = 0

    def start(self) -> None:
        """Begin in the background; a second call changes nothing."""
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(self._read_on(), name="alpaca trade updates"),
                asyncio.create_task(self._look_up_on(), name="alpaca look-ups"),
            ]

    def check(self) -> None:
        """Raise what ended the background work, if anything did: nobody is deaf unseen."""
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()

    async def close(self) -> None:
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look_up_on(self) -> None:
        while True:
            await self._hints.woken.wait()
            self._hints.woken.clear()
            await self._hints.follow_up()
            if self._hints.is_waiting:
                await asyncio.sleep(_RETRY_S)
                self._hints.woken.set()

    async def _read_on(self) -> None:
        failures = 0
        clock = asyncio.get_running_loop().time
        while True:
            began = clock()
            with suppress(aiohttp.ClientError, OSError, Unavailable):  # the pause is the answer
                await self._read()
            failures = 0 if clock() - began >= _HEALTHY_S else failures + 1
            longest = min(_LONGEST_S, _SHORTEST_S * 2.0 ** min(failures, 10))
            await asyncio.sleep(self._uniform(_SHORTEST_S, longest))

    async def _read(self) -> None:
        """One connection, from its handshake to its end."""
        async with aiohttp.ClientSession(
            middlewares=[_refuse_redirect], trust_env=False
        ) as session:
            async with asyncio.timeout(_HANDSHAKE_S):
                socket = await session.ws_connect(
                    self._url,
                    heartbeat=_HEARTBEAT_S,
                    max_msg_size=_LARGEST_FRAME,
                    timeout=aiohttp.ClientWSTimeout(ws_close=_GOODBYE_S),
                )
            try:
                await self._listen_to(socket)
            finally:
                self.is_listening = False
                await socket.close()

    async def _listen_to(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async with asyncio.timeout(_HANDSHAKE_S):
            await self._introduce(socket)
        self.connections += 1
        self.is_listening = True
        async for message in socket:
            if message.type not in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}:
                break
            self._hints.hear(_bytes(message))

    async def _introduce(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        keys = self._credentials
        await socket.send_json(
            {
                "action": "auth",
                "key": keys.key_id.get_secret_value(),
                "secret": keys.secret_key.get_secret_value(),
            }
        )
        answer = _message(await socket.receive())
        if answer.get("stream") != "authorization" or _status(answer) != "authorized":
            raise Unavailable("trade updates: the keys are not accepted")
        await socket.send_str(json.dumps(_LISTEN))
        answer = _message(await socket.receive())
        if answer.get("stream") != "listening":
            raise Unavailable("trade updates: Alpaca does not listen")


def _bytes(message: aiohttp.WSMessage) -> bytes:
    """A frame's bytes: Alpaca's paper stream is binary, others may be text."""
    data = message.data
    return data.encode() if isinstance(data, str) else bytes(data)


def _message(message: aiohttp.WSMessage) -> dict[str, object]:
    if message.type not in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}:
        raise Unavailable(f"trade updates: {message.type.name.lower()} instead of an answer")
    try:
        document = decoded(_bytes(message))
    except InvalidValue as error:
        raise Unavailable(f"trade updates: {error}") from error
    return document if isinstance(document, dict) else {}


def _status(answer: Mapping[str, object]) -> object:
    data = answer.get("data")
    return data.get("status") if isinstance(data, dict) else None


async def _refuse_redirect(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Raise where a web socket's handshake would follow: the keys are for one host."""
    response = await handler(request)
    if response.status in _REDIRECTS:
        response.close()
        raise aiohttp.ClientConnectionError(f"redirected with status {response.status}")
    return response
