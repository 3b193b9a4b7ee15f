"""Finnhub's stream: recorded frames are understood, the key is never shown, rubbish is bounded."""

import json
from contextlib import suppress

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.adapters.http.conversation import Conversation
from fin_agent.adapters.http.socket import SocketOwner, SocketRules
from fin_agent.adapters.streams.finnhub import Finnhub
from fin_agent.adapters.ticks.trades import Doubt
from fin_agent.domain.errors import InvalidValue
from tests.adapters.http.test_socket import HandTiming, deaf, until
from tests.servers.finnhub import KEY
from tests.servers.finnhub_stream import FinnhubStream, a_frame, a_print
from tests.servers.recorded import recorded
from tests.servers.sockets import mute, streaming


def test_recorded_trades_are_read() -> None:
    stream = Finnhub(KEY)
    first, second = recorded("finnhub/ws_trades_extended_hours.jsonl").splitlines()
    heard = stream.read(first)

    assert [(t.symbol, t.price, t.size) for t in heard.ticks][:2] == [
        ("TSLA", 122.1, 1.0),
        ("TSLA", 122.09, 4.0),
    ]
    assert heard.ticks[0].at_ms == 1672348887195
    assert len(stream.read(second).ticks) == 2  # two alike in one frame are two


def test_recorded_control_messages_are_no_trades() -> None:
    ping, error, bitcoin = recorded("finnhub/ws_control.jsonl").splitlines()
    stream = Finnhub(KEY)

    assert stream.read(ping).remarks == ()
    assert stream.read(error).remarks == ["Subscribing to too many symbols"]
    assert stream.read(bitcoin).ticks[0].size == 0.011467


def test_the_same_frame_twice_is_one() -> None:
    stream = Finnhub(KEY)
    frame = a_frame(a_print(), a_print(price=11)).encode()

    assert len(stream.read(frame).ticks) == 2
    assert stream.read(frame).doubts == {Doubt.DUPLICATE: 2}


@pytest.mark.parametrize(
    "bad",
    [
        a_print(price="10.0"),
        a_print(size=None),
        a_print(at_ms="now"),
        {**a_print(), "s": 5},
        a_print(price=10**400),
        a_print(price=True),
        {"p": 1.0},
        "no print",
        None,
    ],
)
def test_one_bad_print_leaves_the_others_of_its_frame(bad: object) -> None:
    frame = json.dumps({"data": [a_print(), bad, a_print(price=11)], "type": "trade"})
    heard = Finnhub(KEY).read(frame.encode())

    assert [tick.price for tick in heard.ticks] == [10.0, 11.0]
    assert heard.doubts == {Doubt.SHAPE: 1}


def test_a_price_that_is_no_number_reaches_the_quarantine() -> None:
    frame = a_frame(a_print(price=float("nan")), a_print(price=float("inf")))

    assert len(Finnhub(KEY).read(frame.encode()).ticks) == 2


@pytest.mark.parametrize(
    "garbage", [b"", b"\xff\xfe\x00", b"<html>", b"[]", b"{}", b"5", b'{"type":5}', b"[" * 100_000]
)
def test_garbage_is_said_to_be_garbage(garbage: bytes) -> None:
    with pytest.raises(InvalidValue):
        Finnhub(KEY).read(garbage)


@given(st.binary(max_size=200), st.integers(0, 200))
def test_any_bytes_are_read_or_refused(noise: bytes, place: int) -> None:
    frame = a_frame(a_print(), a_print("B", 20.5, 1672348887195, 7)).encode()
    for data in (noise, frame[:place] + noise + frame[place:], frame[:place]):
        with suppress(InvalidValue):
            Finnhub(KEY).read(data)


async def test_a_wrong_key_is_not_shown() -> None:
    stream = Finnhub("canary-wrong-key")
    async with streaming(FinnhubStream()) as server:
        stream._url = server.url
        hand = HandTiming()

        async def introduce(talk: Conversation) -> None:
            await stream.introduce(talk, ["A"])

        owner = SocketOwner(lambda: stream.address, introduce, deaf, SocketRules(), hand.timing())
        owner.start()
        await until(lambda: bool(hand.spans))
        await owner.close()

    assert owner.last_problem == "does not accept the key (HTTP 401)"
    assert "canary" not in repr(stream) + owner.last_problem
    assert "canary" in stream.address


async def test_symbols_are_subscribed_and_asked_for_again() -> None:
    said: list[object] = []

    async def listen(socket: web.WebSocketResponse) -> None:
        await socket.send_str(a_frame(a_print()))
        said.append(await socket.receive_json())
        said.append(await socket.receive_json())
        await mute(socket)

    async with streaming(FinnhubStream([listen], expected=2)) as server:
        stream = Finnhub(KEY, server.url)
        heard: list[bytes] = []
        owner = SocketOwner(
            lambda: stream.address,
            lambda talk: stream.introduce(talk, ["A", "B"]),
            heard.append,
            SocketRules(goodbye_s=0.05),
        )
        owner.start()
        await until(lambda: bool(heard))
        assert owner.talk is not None
        await stream.ask_again(owner.talk, ["B"])
        await until(lambda: len(said) == 2)
        await owner.close()

    assert server.said[0] == [{"type": "subscribe", "symbol": name} for name in ("A", "B")]
    assert said == [{"type": kind, "symbol": "B"} for kind in ("unsubscribe", "subscribe")]
    assert len(stream.read(heard[0]).ticks) == 1
