"""The adapter over real sockets: what the network does, and what it never gets to see."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import quote

import pytest
from aiohttp import web

from fin_agent.adapters.brokers.alpaca import Alpaca
from fin_agent.domain.errors import Ambiguous, ConfigError, FinAgentError, Refused, Unavailable
from fin_agent.testing.builders import OPEN, a_session
from tests.adapters.brokers.alpaca_worlds import (
    ASLEEP,
    AT_ONCE,
    ENTRY,
    KEYS,
    HandClock,
    an_entry,
)
from tests.broker_simulator.engine import Engine
from tests.broker_simulator.faults import FaultPlan, Kind, Rule
from tests.broker_simulator.server import ScaledTime
from tests.broker_simulator.serving import serving

SESSION = a_session()
TIME = ScaledTime(lambda: 0.0, 1.0, OPEN.timestamp())
HEADERS = KEYS.headers()

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def adapter(url: str, *, total_s: float = 5.0) -> Alpaca:
    return Alpaca(
        KEYS,
        HandClock(),
        base_url=url,
        connect_timeout_s=0.3,
        total_timeout_s=total_s,
        stream=False,
    )


@asynccontextmanager
async def raw(serve: Serve) -> AsyncIterator[str]:
    """The host and port of a server that speaks as it likes."""
    writers: list[asyncio.StreamWriter] = []

    async def kept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await serve(reader, writer)

    server = await asyncio.start_server(kept, "127.0.0.1", 0)
    yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for writer in writers:
        writer.transport.abort()
    await asyncio.sleep(0.01)  # the aborted transports close in the loop


@pytest.mark.parametrize(
    ("kind", "error", "accepted"),
    [
        (Kind.LOST_REQUEST, Ambiguous, 0),
        (Kind.HANG, Ambiguous, 0),
        (Kind.LOST_REPLY, Ambiguous, 1),
        (Kind.SILENT, Ambiguous, 1),
        (Kind.SLOW, Ambiguous, 1),
        (Kind.ACCEPTED_504, Ambiguous, 1),
        (Kind.ERROR_500, Ambiguous, 0),
        (Kind.TOO_MANY, Unavailable, 0),
        (Kind.REFUSE, Refused, 0),
        (Kind.HTML, Ambiguous, 1),
        (Kind.CUT_BODY, Ambiguous, 1),
    ],
)
async def test_faults_on_the_wire_have_the_same_classes(
    kind: Kind, error: type[FinAgentError], accepted: int
) -> None:
    rule = Rule(kind, "POST", seconds=0 if kind is Kind.TOO_MANY else 3.0)
    engine = Engine(faults=FaultPlan(0, [rule]), market=AT_ONCE)
    async with serving(engine, TIME) as url:
        venue = adapter(url, total_s=1.0)
        with pytest.raises(error) as caught:
            await venue.submit(an_entry(), SESSION)
        await venue.close()

    assert type(caught.value) is error
    assert len(engine.venue.orders) == accepted
    assert len(engine.requests) == 1  # nothing was sent again


@pytest.mark.parametrize("kind", [Kind.LOST_REQUEST, Kind.LOST_REPLY])
async def test_a_cancel_that_is_cut_is_not_made_again(kind: Kind) -> None:
    engine = Engine(faults=FaultPlan(0, [Rule(kind, "DELETE")]), market=ASLEEP)
    async with serving(engine, TIME) as url:
        venue = adapter(url)
        await venue.submit(an_entry(), SESSION)
        with pytest.raises(Ambiguous):
            await venue.cancel(ENTRY)
        await venue.close()

    assert [r["method"] for r in engine.requests] == ["POST", "GET", "DELETE"]


async def test_nobody_listening_is_proof_that_nothing_arrived() -> None:
    async with raw(_silent) as place:
        pass
    venue = adapter(f"http://{place}")

    with pytest.raises(Unavailable, match="no connection"):
        await venue.submit(an_entry(), SESSION)
    await venue.close()


async def test_a_handshake_that_hangs_is_proof_too() -> None:
    async with raw(_silent) as place:
        venue = adapter(f"https://{place}")
        with pytest.raises(Unavailable, match="no connection"):
            await venue.submit(an_entry(), SESSION)
        await venue.close()


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def test_a_body_that_ends_early_is_ambiguous_for_a_send_and_nothing_for_a_read() -> None:
    async def short(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"id":')
        await writer.drain()
        writer.close()

    async with raw(short) as place:
        venue = adapter(f"http://{place}")
        with pytest.raises(Ambiguous):
            await venue.submit(an_entry(), SESSION)
        with pytest.raises(Unavailable):
            await venue.find(ENTRY)
        await venue.close()


async def test_a_body_without_end_is_not_read_to_its_end() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.transport.is_closing():
            writer.write(b"x" * 1_000_000)
            await asyncio.wait([asyncio.create_task(writer.drain())], timeout=1)

    async with raw(endless) as place:
        venue = adapter(f"http://{place}")
        with pytest.raises(Unavailable, match="ClientPayloadError"):
            await venue.find(ENTRY)
        await venue.close()


async def test_a_redirect_is_not_followed_and_proxies_are_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        seen.append(request.path)
        raise web.HTTPTemporaryRedirect("/taken")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", elsewhere)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    venue = adapter(f"http://127.0.0.1:{runner.addresses[0][1]}")
    with pytest.raises(Ambiguous):
        await venue.submit(an_entry(), SESSION)
    with pytest.raises(Unavailable):
        await venue.account()
    await venue.close()
    await runner.cleanup()

    assert seen == ["/v2/orders", "/v2/account"]


@pytest.mark.parametrize(
    ("url", "live"),
    [
        ("https://evil.example", False),
        ("http://paper-api.alpaca.markets", False),
        ("https://paper-api.alpaca.markets.evil.example", False),
        ("https://paper-api.alpaca.markets@evil.example", False),
        ("ftp://127.0.0.1", False),
        ("https://api.alpaca.markets", False),
        ("https://paper-api.alpaca.markets", True),
        ("http://[::1", False),
        ("", False),
    ],
)
def test_keys_go_to_known_hosts_only_and_live_is_said_twice(url: str, live: bool) -> None:
    with pytest.raises(ConfigError):
        Alpaca(KEYS, HandClock(), base_url=url, live=live)


def test_live_and_paper_are_told_apart_by_host_and_option() -> None:
    Alpaca(KEYS, HandClock(), base_url="https://api.alpaca.markets", live=True)
    Alpaca(KEYS, HandClock())


CANARIES = [
    form
    for secret in HEADERS.values()
    for form in (secret, quote(secret, safe=""), repr(secret.encode())[2:-1])
]


async def test_keys_reach_the_broker_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    kinds = [Kind.LOST_REPLY, Kind.ERROR_500, Kind.REFUSE, Kind.HTML, Kind.CUT_BODY, Kind.SLOW]
    rules = [Rule(kind, seconds=3, times=1) for kind in kinds]
    engine = Engine(faults=FaultPlan(0, rules), market=AT_ONCE)
    async with serving(engine, TIME, HEADERS) as url:
        venue = adapter(url, total_s=1.0)
        for _ in kinds:
            with pytest.raises(FinAgentError) as caught:
                await venue.submit(an_entry(), SESSION)
            told += traceback.format_exception(caught.value)
        told.append(str(await venue.submit(an_entry(), SESSION)))
        told += [repr(venue), repr(KEYS), str(KEYS), repr(vars(venue)), f"{vars(venue)}"]
        await venue.close()

    shown = "\n".join([*told, caplog.text, *(str(request) for request in engine.requests)])
    assert len(engine.venue.orders) == 5  # the keys were accepted, or nothing would be there
    assert not [canary for canary in CANARIES if canary in shown]


async def test_wrong_keys_are_refused_for_sends_and_no_answer_to_reads() -> None:
    async with serving(Engine(), TIME, {"APCA-API-KEY-ID": "another"}) as url:
        venue = adapter(url)
        with pytest.raises(Refused, match="keys are not accepted"):
            await venue.submit(an_entry(), SESSION)
        with pytest.raises(Unavailable):
            await venue.account()
        await venue.close()
