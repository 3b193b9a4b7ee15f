"""The trade update stream: what it says only makes things faster, all is read by polling too."""

import asyncio
from collections.abc import Mapping

from fin_agent.adapters.alpaca_wire.answers import decoded
from fin_agent.adapters.alpaca_wire.hints import Hints
from fin_agent.adapters.alpaca_wire.transport import AlpacaCredentials
from fin_agent.adapters.http.conversation import Conversation
from fin_agent.adapters.http.socket import SocketOwner, SocketRules, SocketTiming
from fin_agent.domain.errors import InvalidValue, Unavailable

_RETRY_S = 1.0
_LISTEN: Mapping[str, object] = {"action": "listen", "data": {"streams": ["trade_updates"]}}


class TradeUpdates:
    """Reads frames into hints, and looks up what they name, until it is closed."""

    def __init__(
        self,
        url: str,
        credentials: AlpacaCredentials,
        hints: Hints,
        rules: SocketRules | None = None,
        timing: SocketTiming | None = None,
    ) -> None:
        self._credentials = credentials
        self._hints = hints
        self._socket = SocketOwner(
            lambda: url, self._introduce, hints.hear, rules or SocketRules(), timing
        )
        self._looking_up: asyncio.Task[None] | None = None

    @property
    def is_listening(self) -> bool:
        return self._socket.talk is not None

    @property
    def connections(self) -> int:
        """How many were made and greeted."""
        return self._socket.connections

    def start(self) -> None:
        """Begin in the background; a second call changes nothing."""
        self._socket.start()
        if self._looking_up is None:
            self._looking_up = asyncio.create_task(self._look_up_on(), name="alpaca look-ups")

    def check(self) -> None:
        """Raise what ended the background work, if anything did: nobody is deaf unseen."""
        self._socket.check()
        task = self._looking_up
        if task is not None and task.done() and not task.cancelled():
            task.result()

    async def close(self) -> None:
        await self._socket.close()
        task, self._looking_up = self._looking_up, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def _look_up_on(self) -> None:
        while True:
            await self._hints.woken.wait()
            self._hints.woken.clear()
            await self._hints.follow_up()
            if self._hints.is_waiting:
                await asyncio.sleep(_RETRY_S)
                self._hints.woken.set()

    async def _introduce(self, talk: Conversation) -> None:
        keys = self._credentials
        await talk.say(
            {
                "action": "auth",
                "key": keys.key_id.get_secret_value(),
                "secret": keys.secret_key.get_secret_value(),
            }
        )
        answer = await _answer(talk)
        if answer.get("stream") != "authorization" or _status(answer) != "authorized":
            raise Unavailable("trade updates: the keys are not accepted")
        await talk.say(_LISTEN)
        if (await _answer(talk)).get("stream") != "listening":
            raise Unavailable("trade updates: Alpaca does not listen")


async def _answer(talk: Conversation) -> dict[str, object]:
    try:
        document = decoded(await talk.hear())
    except InvalidValue as error:
        raise Unavailable(f"trade updates: {error}") from error
    return document if isinstance(document, dict) else {}


def _status(answer: Mapping[str, object]) -> object:
    data = answer.get("data")
    return data.get("status") if isinstance(data, dict) else None
