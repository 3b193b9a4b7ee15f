"""A web socket is kept open by one owner, not too eagerly; nothing that comes can end it."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
from aiohttp import web

from fin_agent.adapters.http.conversation import Conversation
from fin_agent.adapters.http.socket import SocketOwner, SocketRules, SocketTiming
from fin_agent.domain.errors import InvalidValue, Refused
from tests.servers.sockets import (
    StreamServer,
    frames,
    half_a_frame,
    hang_up,
    mute,
    streaming,
)


class Plain(StreamServer):
    """Greets nobody."""

    async def greet(self, request: web.Request, socket: web.WebSocketResponse) -> bool:
        return True


@dataclass
class HandTiming:
    """Pauses are kept, and pass at once."""

    at: float = 0.0
    spans: list[tuple[float, float]] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    lasts: float = 0.0

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.at += seconds
        await asyncio.sleep(0)

    def uniform(self, low: float, high: float) -> float:
        self.spans.append((low, high))
        return low

    def now(self) -> float:
        self.at += self.lasts
        return self.at

    def timing(self) -> SocketTiming:
        return SocketTiming(self.sleep, self.now, self.uniform)


async def until(happens: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not happens():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.002)


def deaf(_frame: bytes) -> None:
    """Nobody listens."""


async def silent(_talk: Conversation) -> None:
    """No greeting."""


def owner_of(server: StreamServer, hand: HandTiming, hear: Callable[[bytes], None]) -> SocketOwner:
    return SocketOwner(lambda: server.url, silent, hear, SocketRules(goodbye_s=0.05), hand.timing())


async def test_pauses_grow_to_their_limit_with_full_jitter() -> None:
    hand = HandTiming()
    async with streaming(Plain([hang_up])) as server:
        owner = owner_of(server, hand, deaf)
        owner.start()
        owner.start()
        await until(lambda: len(hand.spans) >= 8)
        await owner.close()

    assert [high for _, high in hand.spans[:8]] == [1, 2, 4, 8, 16, 30, 30, 30]
    assert {low for low, _ in hand.spans} == {0.5}
    assert min(hand.pauses) == 1.0  # attempts begin a second apart, whatever the dice say
    owner.check()


async def test_a_connection_that_held_for_a_minute_starts_the_pauses_anew() -> None:
    hand = HandTiming()
    async with streaming(Plain([hang_up])) as server:
        owner = owner_of(server, hand, deaf)
        owner.start()
        await until(lambda: len(hand.spans) >= 4)
        hand.lasts = 61.0
        await until(lambda: hand.spans[-1] == (0.5, 0.5))
        await owner.close()


@pytest.mark.parametrize("script", [frames(b"x" * ((1 << 20) + 1)), half_a_frame, hang_up])
async def test_bad_frames_end_the_connection_only(script: object) -> None:
    heard: list[bytes] = []
    hand = HandTiming()
    async with streaming(Plain([script, frames(b"fine")])) as server:  # type: ignore[list-item]  # scripts
        owner = owner_of(server, hand, heard.append)
        owner.start()
        await until(lambda: heard == [b"fine"])
        await owner.close()

    assert owner.connections == 2


async def test_what_the_listener_cannot_read_ends_the_connection_only() -> None:
    heard: list[bytes] = []
    hand = HandTiming()

    def hear(frame: bytes) -> None:
        if frame == b"garbage":
            raise InvalidValue("sent garbage")
        heard.append(frame)

    async with streaming(Plain([frames(b"garbage", b"more"), frames("fine")])) as server:
        owner = owner_of(server, hand, hear)
        owner.start()
        await until(lambda: bool(heard))
        await owner.close()

    assert heard == [b"fine"]
    assert owner.last_problem == "sent garbage"


async def test_a_bug_of_ours_is_not_swallowed() -> None:
    def hear(_frame: bytes) -> None:
        raise ZeroDivisionError

    async with streaming(Plain([frames(b"x")])) as server:
        owner = owner_of(server, HandTiming(), hear)
        owner.start()
        await asyncio.sleep(0.05)
        with pytest.raises(ZeroDivisionError):
            owner.check()
        await owner.close()


async def test_a_refusal_is_tried_again_as_slowly_as_possible() -> None:
    hand = HandTiming()

    async def refused(_talk: Conversation) -> None:
        raise Refused("does not accept the key")

    async with streaming(Plain([mute])) as server:
        owner = SocketOwner(lambda: server.url, refused, deaf, SocketRules(), hand.timing())
        owner.start()
        await until(lambda: len(hand.spans) >= 2)
        await owner.close()

    assert hand.spans[:2] == [(0.5, 30), (0.5, 30)]


async def test_many_waiting_frames_keep_nobody_else_from_their_turn() -> None:
    hand, heard, turns = HandTiming(), list[bytes](), list[int]()

    def slowly(frame: bytes) -> None:
        time.sleep(0.0002)  # noqa: TID251 - what comes meanwhile is to wait
        heard.append(frame)

    async def take_turns() -> None:
        while True:
            turns.append(len(heard))
            await asyncio.sleep(0)

    async with streaming(Plain([frames(*["x"] * 1000)])) as server:
        owner = owner_of(server, hand, slowly)
        owner.start()
        other = asyncio.create_task(take_turns())
        await until(lambda: len(heard) == 1000)
        other.cancel()
        await owner.close()

    assert max(after - before for before, after in pairwise(turns)) <= 64


async def test_asked_to_reconnect_it_does() -> None:
    hand = HandTiming()
    async with streaming(Plain([mute])) as server:
        owner = owner_of(server, hand, deaf)
        owner.start()
        await until(lambda: owner.talk is not None)
        owner.reconnect("silent")
        await until(lambda: owner.connections == 2)
        await owner.close()

    assert owner.last_problem == "silent"


async def test_a_greeting_without_an_answer_ends_in_time() -> None:
    hand = HandTiming()

    async def wait_for_ever(talk: Conversation) -> None:
        await talk.hear()

    async with streaming(Plain([mute])) as server:
        rules = SocketRules(greeting_s=0.05, goodbye_s=0.05)
        owner = SocketOwner(lambda: server.url, wait_for_ever, deaf, rules, hand.timing())
        owner.start()
        await until(lambda: owner.attempts >= 2)
        await owner.close()

    assert owner.last_problem == "does not answer the greeting"


async def test_a_thousand_flaps_leave_no_task_and_no_file_behind() -> None:
    hand = HandTiming()
    async with streaming(Plain([hang_up])) as server:
        owner = owner_of(server, hand, deaf)
        owner.start()
        await until(lambda: owner.connections >= 20)
        tasks, files = len(asyncio.all_tasks()), _files()
        async with asyncio.timeout(60):
            while owner.connections < 1020:  # noqa: ASYNC110 - a thousand times
                await asyncio.sleep(0.02)
        most = max(len(asyncio.all_tasks()) - tasks, _files() - files)
        await owner.close()

    assert most <= 6  # one connection more or less, on both sides
    assert owner.attempts <= 1 + hand.at  # never more than one a second


def _files() -> int:
    folder = Path("/proc/self/fd")
    return len([*folder.iterdir()]) if folder.exists() else 0
