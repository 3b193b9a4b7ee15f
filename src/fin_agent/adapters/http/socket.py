"""A web socket kept open: one owner, one connection, and a pause with full jitter before the next.

Whatever the other side does ends the connection at most, never the process. Its address may hold a
key, so no error of this module shows it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import SystemRandom
from time import monotonic

import aiohttp

from fin_agent.adapters.http.conversation import Conversation
from fin_agent.domain.errors import InvalidValue, Refused, Unavailable

_REDIRECTS = range(300, 400)
_UNWANTED = {401, 403}
_GROWTH_ENDS = 10  # doublings: far beyond the longest pause
_A_TURN = 64  # frames that are heard before the loop may do something else: about 1 ms
_DICE = SystemRandom()


@dataclass(frozen=True, slots=True)
class SocketRules:
    """Seconds and bytes. A connection that held ``healthy_s`` starts the pauses anew.

    Whatever the pause, attempts begin at least ``between_s`` apart.
    """

    shortest_s: float = 0.5
    longest_s: float = 30.0
    healthy_s: float = 60.0
    between_s: float = 1.0
    greeting_s: float = 10.0
    heartbeat_s: float = 10.0
    goodbye_s: float = 1.0
    max_frame: int = 1 << 20
    proxy: str | None = None


@dataclass(frozen=True, slots=True)
class SocketTiming:
    """Real time and chance; a test brings its own."""

    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    now: Callable[[], float] = monotonic
    uniform: Callable[[float, float], float] = field(default=_DICE.uniform)


class SocketOwner:
    """Connects, introduces itself, and hands every frame over, again and again until closed."""

    def __init__(
        self,
        address: Callable[[], str],
        introduce: Callable[[Conversation], Awaitable[None]],
        hear: Callable[[bytes], None],
        rules: SocketRules,
        timing: SocketTiming | None = None,
    ) -> None:
        self._address = address
        self._introduce = introduce
        self._hear = hear
        self._rules = rules
        self._timing = timing or SocketTiming()
        self._task: asyncio.Task[None] | None = None
        self._drop = asyncio.Event()
        self.talk: Conversation | None = None
        self.attempts = 0
        self.connections = 0
        self.last_problem = ""

    def start(self) -> None:
        """Begin in the background; a second call changes nothing: there is one owner."""
        if self._task is None:
            self._task = asyncio.create_task(self._own(), name="web socket")

    def check(self) -> None:
        """Raise what ended the background work, if anything did: nobody is deaf unseen."""
        if self._task is not None and self._task.done() and not self._task.cancelled():
            self._task.result()

    def reconnect(self, reason: str) -> None:
        """Give the connection up and make a new one."""
        self.last_problem = reason
        self._drop.set()

    async def close(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def _own(self) -> None:
        rules, timing, failures = self._rules, self._timing, 0
        while True:
            began = timing.now()
            self.attempts += 1
            try:
                await self._connection()
            except (Unavailable, InvalidValue) as error:
                self.last_problem = str(error)
            except Refused as error:  # the next attempt is as good as the last one
                self.last_problem = str(error)
                failures = _GROWTH_ENDS
            lasted = timing.now() - began
            failures = 0 if lasted >= rules.healthy_s else failures + 1
            longest = min(rules.longest_s, rules.shortest_s * 2.0 ** min(failures, _GROWTH_ENDS))
            pause = timing.uniform(rules.shortest_s, longest)
            await timing.sleep(max(pause, rules.between_s - lasted))

    async def _connection(self) -> None:
        """One connection, from its handshake to its end."""
        self._drop.clear()
        async with aiohttp.ClientSession(
            middlewares=[_refuse_redirect], trust_env=False, proxy=self._rules.proxy
        ) as session:
            socket = await self._connected(session)
            try:
                await self._listen(socket)
            finally:
                self.talk = None
                await socket.close()

    async def _connected(
        self, session: aiohttp.ClientSession
    ) -> "aiohttp.ClientWebSocketResponse[bool]":
        rules = self._rules
        try:
            async with asyncio.timeout(rules.greeting_s):
                return await session.ws_connect(
                    self._address(),
                    heartbeat=rules.heartbeat_s,
                    max_msg_size=rules.max_frame,
                    timeout=aiohttp.ClientWSTimeout(ws_close=rules.goodbye_s),
                    decode_text=False,
                )
        except aiohttp.WSServerHandshakeError as error:
            if error.status in _UNWANTED:
                raise Refused(f"does not accept the key (HTTP {error.status})") from None
            raise Unavailable(f"does not want to talk (HTTP {error.status})") from None
        except TimeoutError:
            raise Unavailable("cannot be reached in time") from None
        except (aiohttp.ClientError, OSError) as error:
            raise Unavailable(f"cannot be reached ({type(error).__name__})") from None

    async def _listen(self, socket: "aiohttp.ClientWebSocketResponse[bool]") -> None:
        talk = Conversation(socket)
        try:
            async with asyncio.timeout(self._rules.greeting_s):
                await self._introduce(talk)
        except TimeoutError:
            raise Unavailable("does not answer the greeting") from None
        except (aiohttp.ClientError, ConnectionError) as error:
            raise Unavailable(f"broke off the greeting ({type(error).__name__})") from None
        self.connections += 1
        self.talk = talk
        reading = asyncio.ensure_future(self._read(talk))
        dropping = asyncio.ensure_future(self._drop.wait())
        try:
            await asyncio.wait({reading, dropping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (reading, dropping):
                task.cancel()
            await asyncio.wait({reading, dropping})
        if not reading.cancelled():
            reading.result()

    async def _read(self, talk: Conversation) -> None:
        """Hear frame after frame; where many wait, none of them suspends, so others get a turn."""
        hear = self._hear
        while True:
            for _ in range(_A_TURN):
                hear(await talk.hear())
            await asyncio.sleep(0)


async def _refuse_redirect(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Raise where a web socket's handshake would follow: the keys are for one host."""
    response = await handler(request)
    if response.status in _REDIRECTS:
        response.close()
        raise aiohttp.ClientConnectionError(f"redirected with status {response.status}")
    return response
