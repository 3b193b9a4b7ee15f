"""``WS /v1/stream``: the log as it grows, each event once and in order, from any place.

A follower's place is all that is kept of it. It reads pages of the log, so none is ever missed and
a slow one holds back nobody; who takes nothing for ten seconds is cut and comes again.
"""

import asyncio
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect

from fin_agent.composition.api_reads import Asked, events_after
from fin_agent.composition.bootstrap import App
from fin_agent.domain.errors import FinAgentError
from fin_agent.entrypoints.api.host import Host
from fin_agent.entrypoints.api.models.log import StreamBeat, StreamEvent
from fin_agent.entrypoints.api.views_system import event_of

router = APIRouter()

_PAGE = 200
_LOOK_S = 0.1
_BEAT_S = 5.0
_SLOW_S = 10.0
_MOST_SAID = 100  # frames of a client: it has nothing to say
_TRY_LATER, _BROKE, _WRONG = 1013, 1011, 1008
_FAREWELL = "ask again with after="


class Followers:
    """Counts who follows, and looks for all of them at once whether the log has grown."""

    def __init__(self, host: Host, most: int) -> None:
        self.host = host
        self._most = most
        self._count = 0
        self._last = 0
        self._looked = 0.0

    def enter(self) -> bool:
        """Whether there is a place for one more."""
        if self._count >= self._most:
            return False
        self._count += 1
        return True

    def leave(self) -> None:
        self._count -= 1

    async def page(self, after: int) -> list[tuple[int, str]]:
        """The next events behind a place as JSON texts with their seq; empty at the end."""
        now = asyncio.get_running_loop().time()
        if self._last <= after:
            if now - self._looked < _LOOK_S / 2:
                return []
            self._looked = now

        async def read(app: App) -> tuple[list[tuple[int, str]], int]:
            found, last = await events_after(app, Asked(), after, _PAGE)
            texts = [(one.seq, StreamEvent(event=event_of(one)).model_dump_json()) for one in found]
            return texts, last

        texts, self._last = await self.host.elsewhere(read)
        return texts


@router.websocket("/v1/stream")
async def stream(socket: WebSocket, after: Annotated[int, Query(ge=0, le=1 << 53)] = 0) -> None:
    """Every event behind ``after``."""
    followers: Followers = socket.app.state.followers
    await socket.accept()
    if not followers.enter():
        await socket.close(_TRY_LATER, "too many follow already")
        return
    sending = asyncio.create_task(_send(socket, followers, after))
    hearing = asyncio.create_task(_hear(socket))
    try:
        await asyncio.wait({sending, hearing}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        followers.leave()
        sending.cancel()
        hearing.cancel()
        await asyncio.gather(sending, hearing, return_exceptions=True)


async def _send(socket: WebSocket, followers: Followers, after: int) -> None:
    """Send until the line breaks; a follower that takes nothing is cut."""
    loop = asyncio.get_running_loop()
    beat_at = loop.time() + _BEAT_S
    try:
        while True:
            async with asyncio.timeout(_SLOW_S):
                texts = await followers.page(after)
            for seq, text in texts:
                async with asyncio.timeout(_SLOW_S):
                    await socket.send_text(text)
                after = seq
            if texts:
                beat_at = loop.time() + _BEAT_S
                continue
            if loop.time() >= beat_at:
                async with asyncio.timeout(_SLOW_S):
                    await socket.send_text(StreamBeat(seq=after).model_dump_json())
                beat_at = loop.time() + _BEAT_S
            await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        await _closed(socket, _WRONG, f"too slow; {_FAREWELL}{after}")
    except FinAgentError as error:
        await _closed(socket, _BROKE, f"{error}"[:100])
    except (WebSocketDisconnect, OSError, RuntimeError):
        return  # the line broke; whoever it was comes back with its place


async def _closed(socket: WebSocket, code: int, reason: str) -> None:
    with suppress(RuntimeError, OSError, TimeoutError):
        async with asyncio.timeout(1):
            await socket.close(code, reason)


async def _hear(socket: WebSocket) -> None:
    """Notice that the other end has gone, or talks although it has nothing to say."""
    with suppress(WebSocketDisconnect, RuntimeError, KeyError):
        for _ in range(_MOST_SAID):
            await socket.receive()
        await _closed(socket, _WRONG, "this stream takes no messages")
