"""Alpaca's stream: it is greeted as documented, and every kind of message is understood."""

import json
import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.adapters.http.socket import SocketOwner, SocketRules
from fin_agent.adapters.streams.alpaca import Alpaca
from fin_agent.adapters.ticks.trades import Doubt
from fin_agent.domain.errors import InvalidValue
from tests.adapters.http.test_socket import HandTiming, until
from tests.servers.alpaca import KEY_ID, SECRET
from tests.servers.alpaca_stream import AlpacaStream, a_cancel, a_correction, a_trade
from tests.servers.recorded import recorded, recorded_json
from tests.servers.sockets import frames, streaming

AT = 1_763_735_400_123.5


def a_stream(url: str = "ws://unused") -> Alpaca:
    return Alpaca(KEY_ID, SECRET, url)


def a_frame(*messages: Any) -> bytes:
    return json.dumps(messages).encode()


def test_the_vendors_own_examples_are_read() -> None:
    text = recorded("alpaca/stream_messages_sdk_tests.json").decode()
    frame = re.sub(r'"<msgpack Timestamp[^"]*>"', '"2024-06-12T13:30:00.000000010Z"', text)
    heard = a_stream().read(frame.encode())

    assert [(t.symbol, t.key, t.price, t.size, t.has_price) for t in heard.named] == [
        ("AAPL", ("V", 6142), 177.79, 90.0, False)  # an odd lot
    ]
    assert [(c.symbol, c.key, c.corrected) for c in heard.changes] == [("DJT", ("D", 4868), None)]
    assert not heard.doubts


def test_recorded_trades_have_times_in_nanoseconds() -> None:
    rows = recorded_json("alpaca/stock_trades_AAPL_2021-10-13_premarket.json")["trades"]["AAPL"]
    heard = a_stream().read(a_frame(*({"T": "t", "S": "AAPL", **row} for row in rows)))

    assert len(heard.named) == len(rows)
    assert heard.named[0].at_ms == pytest.approx(1634112000089.608, abs=0.002)
    assert not any(tick.has_price for tick in heard.named)  # form T: not of the regular session


def test_corrections_say_what_the_print_should_have_been() -> None:
    heard = a_stream().read(a_frame(a_cancel(1, AT), a_correction(2, AT, 10.5, 50)))
    cancel, correction = heard.changes

    assert cancel.key == ("V", 1)
    assert correction.key == ("V", 2)
    assert correction.corrected is not None
    assert (correction.corrected.price, correction.corrected.size) == (10.5, 50.0)


def test_official_prices_are_prints_of_prints() -> None:
    heard = a_stream().read(a_frame(a_trade(1, AT, c=["@", "M"]), a_trade(2, AT)))

    assert heard.excluded == 1
    assert [tick.key for tick in heard.named] == [("V", 2)]


@pytest.mark.parametrize(
    "bad",
    [
        a_trade(1, AT, price="10.0"),
        a_trade(1, AT, t="yesterday"),
        a_trade(1, AT, t="2025-11-21T14:30:00"),
        a_trade(1, AT, S=None),
        {"T": "t", "S": "A"},
        {"S": "A"},
    ],
)
def test_one_bad_print_leaves_the_others_of_its_frame(bad: Any) -> None:
    heard = a_stream().read(a_frame(a_trade(1, AT), bad, a_trade(2, AT)))

    assert [tick.key for tick in heard.named] == [("V", 1), ("V", 2)]
    assert heard.doubts == {Doubt.SHAPE: 1}


def test_a_price_that_is_no_number_reaches_the_quarantine() -> None:
    assert len(a_stream().read(a_frame(a_trade(1, AT, price=float("nan")))).named) == 1


def test_errors_are_remarks() -> None:
    heard = a_stream().read(b'[{"T":"error","code":407,"msg":"slow client"}]')

    assert heard.remarks == ["slow client (code 407)"]


@pytest.mark.parametrize("garbage", [b"", b"\xff", b"{}", b"[5]", b"<html>", b"[" * 100_000])
def test_garbage_is_said_to_be_garbage(garbage: bytes) -> None:
    with pytest.raises(InvalidValue):
        a_stream().read(garbage)


@given(st.binary(max_size=100), st.integers(0, 300))
def test_any_bytes_are_read_or_refused(noise: bytes, place: int) -> None:
    frame = a_frame(a_trade(1, AT), a_cancel(1, AT), a_correction(1, AT, 11.0, 1))
    for data in (noise, frame[:place] + noise + frame[place:], frame[:place]):
        with suppress(InvalidValue):
            a_stream().read(data)


async def test_it_logs_in_and_subscribes() -> None:
    async with streaming(AlpacaStream([frames(a_frame(a_trade(1, AT)))])) as server:
        owner, heard = an_owner(a_stream(server.url))
        owner.start()
        await until(lambda: bool(heard))
        stream = a_stream()
        assert owner.talk is not None
        await stream.ask_again(owner.talk, ["A"])
        await owner.close()

    login, asked = server.said[0]
    assert login == {"action": "auth", "key": KEY_ID, "secret": SECRET}
    assert asked == {"action": "subscribe", "trades": ["A"]}
    assert SECRET not in repr(stream)


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ({"welcome": "garbage"}, "greets with garbage"),
        ({"login": '[{"T":"error","code":406,"msg":"limit"}]'}, "says 'limit' (code 406)"),
        ({"subscription": '[{"T":"subscription","trades":[]}]'}, "did not subscribe to A"),
    ],
)
async def test_a_greeting_that_goes_wrong_ends_the_connection_only(
    answers: dict[str, str], problem: str
) -> None:
    async with streaming(AlpacaStream(**answers)) as server:  # type: ignore[arg-type]  # by name
        owner, _ = an_owner(a_stream(server.url))
        owner.start()
        await until(lambda: owner.attempts >= 2)
        await owner.close()

    assert owner.last_problem == problem


async def test_a_wrong_key_is_not_shown() -> None:
    async with streaming(AlpacaStream()) as server:
        owner, _ = an_owner(Alpaca(KEY_ID, "canary-wrong", server.url))
        owner.start()
        await until(lambda: owner.attempts >= 2)
        await owner.close()

    assert owner.last_problem == "says 'auth failed' (code 402)"


def an_owner(stream: Alpaca) -> tuple[SocketOwner, list[bytes]]:
    heard: list[bytes] = []
    owner = SocketOwner(
        lambda: stream.address,
        lambda talk: stream.introduce(talk, ["A"]),
        heard.append,
        SocketRules(goodbye_s=0.05),
        HandTiming().timing(),
    )
    return owner, heard
