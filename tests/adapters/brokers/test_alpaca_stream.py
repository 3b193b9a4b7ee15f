"""The trade update stream over a real socket: it listens, survives cuts, and gives nothing away."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from fin_agent.adapters.alpaca_wire.budget import RequestBudget
from fin_agent.adapters.alpaca_wire.client import AlpacaClient
from fin_agent.adapters.alpaca_wire.hints import Hints
from fin_agent.adapters.alpaca_wire.stream import TradeUpdates
from fin_agent.adapters.brokers.alpaca import Alpaca
from fin_agent.adapters.http.socket import SocketRules, SocketTiming
from fin_agent.domain.order import OrderState
from fin_agent.domain.venue import OrderReport
from fin_agent.testing.builders import OPEN, a_session
from tests.adapters.brokers.alpaca_worlds import (
    AT_ONCE,
    ENTRY,
    KEYS,
    HandClock,
    OneAnswer,
    an_entry,
)
from tests.broker_simulator.engine import Engine
from tests.broker_simulator.server import ScaledTime
from tests.broker_simulator.serving import serving

SESSION = a_session()


async def until(happens: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not happens():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.005)


async def test_a_fill_arrives_without_being_asked_for() -> None:
    time = ScaledTime(lambda: 0.0, 1.0, OPEN.timestamp())
    engine = Engine(market=AT_ONCE)
    reports: list[OrderReport] = []
    async with serving(engine, time, KEYS.headers()) as url:
        venue = Alpaca(KEYS, HandClock(), base_url=url)
        await venue.account()
        await until(lambda: venue.is_listening)
        await venue.submit(an_entry(), SESSION)
        time.jump(5)

        def filled() -> bool:
            reports.extend(venue.drain())
            return any(report.state is OrderState.FILLED for report in reports)

        await until(filled)
        await venue.close()

    assert reports[-1].client_order_id == ENTRY
    assert reports[-1].has_live_legs
    assert not venue.is_listening


@asynccontextmanager
async def socket_server(
    speak: Callable[[web.WebSocketResponse], object],
) -> AsyncIterator[tuple[str, list[str]]]:
    """A stream that does with each connection what it is told; and what was sent to it."""
    sent: list[str] = []

    async def stream(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        sent.append(str((await socket.receive()).data))
        result = speak(socket)
        if asyncio.iscoroutine(result):
            await result
        return socket

    app = web.Application()
    app.router.add_get("/stream", stream)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"ws://127.0.0.1:{runner.addresses[0][1]}/stream", sent
    await runner.cleanup()


def updates(
    url: str, kind: type[Hints] = Hints
) -> tuple[TradeUpdates, Hints, list[tuple[float, float]]]:
    """A stream whose pauses are recorded and short."""
    hints = kind(AlpacaClient(OneAnswer(404, b""), RequestBudget(200, HandClock())))
    pauses: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        pauses.append((low, high))
        return 0.001

    rules, timing = SocketRules(between_s=0.0), SocketTiming(uniform=uniform)
    return TradeUpdates(url, KEYS, hints, rules, timing), hints, pauses


class BrokenHints(Hints):
    """With a bug that nobody foresaw."""

    async def follow_up(self) -> None:
        raise ZeroDivisionError


async def _welcome(socket: web.WebSocketResponse) -> None:
    data = {"status": "authorized", "action": "authenticate"}
    await socket.send_bytes(json.dumps({"stream": "authorization", "data": data}).encode())
    await socket.receive()
    await socket.send_str('{"stream": "listening", "data": {"streams": ["trade_updates"]}}')


async def test_a_cut_connection_is_made_again_after_a_growing_pause() -> None:
    async def cut(socket: web.WebSocketResponse) -> None:
        await _welcome(socket)
        await socket.send_bytes(b"garbage")
        await socket.send_str("more of it")
        await socket.close()

    async with socket_server(cut) as (url, sent):
        listener, hints, pauses = updates(url)
        listener.start()
        listener.start()  # one owner: the second start changes nothing
        await until(lambda: len(pauses) >= 8)
        await listener.close()

    listener.check()
    assert len(sent) - listener.connections in {0, 1}  # the last one may have just begun
    assert hints.skipped >= 14
    assert [high for _, high in pauses[:8]] == [1, 2, 4, 8, 16, 30, 30, 30]
    assert {low for low, _ in pauses} == {0.5}


async def test_keys_that_are_not_accepted_are_tried_again_slowly() -> None:
    async def refuse(socket: web.WebSocketResponse) -> None:
        answer = {"stream": "authorization", "data": {"status": "unauthorized"}}
        await socket.send_str(json.dumps(answer))

    async with socket_server(refuse) as (url, sent):
        listener, _, pauses = updates(url)
        listener.start()
        await until(lambda: len(pauses) >= 3)
        await listener.close()

    assert json.loads(sent[0])["action"] == "auth"
    assert listener.connections == 0


@pytest.mark.parametrize("answer", ["no json", "[]", '{"stream": "other"}'])
async def test_an_answer_that_is_none_ends_the_connection_only(answer: str) -> None:
    async def mumble(socket: web.WebSocketResponse) -> None:
        await socket.send_str(answer)

    async with socket_server(mumble) as (url, _):
        listener, _, pauses = updates(url)
        listener.start()
        await until(lambda: len(pauses) >= 2)
        listener.check()
        await listener.close()


async def test_a_frame_beyond_its_size_ends_the_connection_only() -> None:
    async def shout(socket: web.WebSocketResponse) -> None:
        await _welcome(socket)
        await socket.send_bytes(b"x" * (SocketRules().max_frame + 1))
        await asyncio.sleep(0.05)

    async with socket_server(shout) as (url, _):
        listener, hints, pauses = updates(url)
        listener.start()
        await until(lambda: len(pauses) >= 1)
        await listener.close()

    assert hints.frames == 0


async def test_a_redirect_gets_no_keys() -> None:
    async def hear(socket: web.WebSocketResponse) -> None:
        await _welcome(socket)

    async with socket_server(hear) as (target, sent):

        async def elsewhere(_request: web.Request) -> web.Response:
            raise web.HTTPFound(target.replace("ws://", "http://"))

        app = web.Application()
        app.router.add_get("/stream", elsewhere)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        listener, _, pauses = updates(f"ws://127.0.0.1:{runner.addresses[0][1]}/stream")
        listener.start()
        await until(lambda: len(pauses) >= 2)
        await listener.close()
        await runner.cleanup()

    assert sent == []


async def test_what_ends_the_listening_is_not_swallowed() -> None:
    listener, hints, _ = updates("ws://127.0.0.1:9/stream", BrokenHints)
    listener.start()
    hints.woken.set()
    await asyncio.sleep(0.01)

    with pytest.raises(ZeroDivisionError):
        listener.check()
    await listener.close()
