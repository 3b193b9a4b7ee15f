"""One web socket, as the two sides of it see it: say something, hear something."""

from collections.abc import Mapping

import aiohttp
import msgspec

from fin_agent.domain.errors import Unavailable

_TEXT = {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}


class Conversation:
    """A connected web socket; frames are bytes, text or not."""

    def __init__(self, socket: "aiohttp.ClientWebSocketResponse[bool]") -> None:
        self._socket = socket

    async def say(self, message: Mapping[str, object]) -> None:
        """Raises Unavailable when nobody listens any more."""
        try:
            await self._socket.send_str(msgspec.json.encode(message).decode())
        except (aiohttp.ClientError, ConnectionError) as error:
            raise Unavailable(f"the connection broke ({type(error).__name__})") from None

    async def hear(self) -> bytes:
        """The next frame.

        Raises:
            Unavailable: there is none: closed, broken, or larger than allowed.
        """
        message = await self._socket.receive()
        if message.type not in _TEXT:
            raise Unavailable(f"the connection ended ({message.type.name.lower()})")
        return _bytes(message.data)


def _bytes(data: object) -> bytes:
    return data.encode() if isinstance(data, str) else bytes(data)  # type: ignore[call-overload]  # aiohttp: str or bytes
