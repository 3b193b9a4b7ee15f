"""The stream: from any place, without gap or double, also over broken lines and a slow follower."""

import asyncio
import json
import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from fin_agent.composition.api_tokens import Right
from tests.acceptance.demo_days import DemoDays
from tests.entrypoints.api.wire import Site, site_on
from tests.entrypoints.live_days import app_of


@asynccontextmanager
async def site_of(days: DemoDays, *changes: str) -> AsyncIterator[Site]:
    app = app_of(days, "api.port=0", *changes)
    async with site_on(days.folder, app=app) as site:
        yield site


def following(site: Site, after: int = 0, **more: Any) -> connect:
    headers = {"Authorization": site.bearer(), **more.pop("headers", {})}
    place = f"ws://{site.host}/v1/stream?after={after}"
    return connect(place, additional_headers=headers, **more)


async def events(socket: ClientConnection, count: int) -> list[int]:
    """The places of so many events."""
    places: list[int] = []
    async with asyncio.timeout(60):
        while len(places) < count:
            told = json.loads(await socket.recv())
            if told["kind"] == "event":
                places.append(told["event"]["seq"])
    return places


def length(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "state.db")) as file:
        return int(file.execute("SELECT max(seq) FROM event_log").fetchone()[0])


async def test_the_whole_log_comes_once_and_in_order_over_broken_lines(
    after_day: DemoDays,
) -> None:
    random, last, seen = Random(1), length(after_day.folder), list[int]()
    async with site_of(after_day) as site:
        while len(seen) < last:
            async with following(site, seen[-1] if seen else 0) as socket:
                wanted = min(random.randint(1, 9), last - len(seen))
                seen += await events(socket, wanted)
                if random.random() < 0.5:
                    socket.transport.abort()

    assert seen == list(range(1, last + 1))


async def test_a_follower_goes_on_after_the_process_was_started_again(after_day: DemoDays) -> None:
    async with site_of(after_day) as site, following(site) as socket:
        seen = await events(socket, 7)
    async with site_of(after_day) as site, following(site, seen[-1]) as socket:
        seen += await events(socket, 5)

    assert seen == list(range(1, 13))


async def test_what_is_written_meanwhile_comes_too(after_day: DemoDays) -> None:
    last = length(after_day.folder)
    async with site_of(after_day) as site, following(site, last) as socket:
        app = app_of(after_day)
        from fin_agent.composition import person

        await person.flat(app, "from the command line", 1)

        assert await events(socket, 1) == [last + 1]


async def test_a_follower_at_the_end_hears_a_beat(after_day: DemoDays) -> None:
    last = length(after_day.folder)
    async with site_of(after_day) as site, following(site, last) as socket:
        async with asyncio.timeout(60):
            assert json.loads(await socket.recv()) == {"kind": "beat", "seq": last}


async def test_only_so_many_may_follow(after_day: DemoDays) -> None:
    async with (
        site_of(after_day, "api.streams=1") as site,
        following(site) as first,
        following(site) as second,
    ):
        await events(first, 1)
        with pytest.raises(ConnectionClosed) as told:
            await second.recv()

        assert told.value.rcvd is not None
        assert told.value.rcvd.code == 1013


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer wrong"},
        {"Origin": "http://evil.com"},
        {"Host": "evil.com"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
    ids=lambda headers: next(iter(headers)),
)
async def test_a_stranger_may_not_follow(tmp_path: Path, headers: dict[str, str]) -> None:
    async with site_on(tmp_path) as site:
        lines = [
            "GET /v1/stream HTTP/1.1",
            f"Host: {headers.pop('Host', site.host)}",
            f"Authorization: {headers.pop('Authorization', site.bearer())}",
            *(f"{name}: {value}" for name, value in headers.items()),
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version: 13",
        ]
        found = await site.raw("\r\n".join([*lines, "", ""]).encode())

        assert found is not None
        assert found.status in {401, 403, 421}


async def test_the_kill_token_may_not_follow(tmp_path: Path) -> None:
    async with site_on(tmp_path) as site:
        with pytest.raises(InvalidStatus) as told:
            async with following(site, headers={"Authorization": site.bearer(Right.KILL)}):
                pass

        assert told.value.response.status_code == 403


async def test_a_follower_that_talks_is_cut(after_day: DemoDays) -> None:
    async with site_of(after_day) as site, following(site) as socket:
        for _ in range(150):
            await socket.send("what")
        with pytest.raises(ConnectionClosed) as told:
            await events(socket, 1 << 20)

        assert told.value.rcvd is not None
        assert told.value.rcvd.code == 1008


async def test_followers_that_never_read_are_cut_and_leave_nothing_behind(
    after_day: DemoDays,
) -> None:
    lengthen(after_day.folder, 2_000_000)
    async with site_of(after_day) as site:
        stalled = [await deaf(site) for _ in range(3)]
        try:
            assert (await site.get("/v1/status")).status == 200
            async with asyncio.timeout(90):
                while open_at(site.port):  # noqa: ASYNC110 - the kernel tells nobody
                    await asyncio.sleep(0.1)
        finally:
            for one in stalled:
                one.close()


def open_at(port: int) -> int:
    """The server's ends of open connections, as the kernel knows them."""
    rows = Path("/proc/net/tcp").read_text(encoding="ascii").split("\n")[1:-1]
    places = [(row.split()[1], row.split()[3]) for row in rows]
    return sum(int(at.split(":")[1], 16) == port and state == "01" for at, state in places)


def lengthen(folder: Path, size: int) -> None:
    """The last event again and again, until the log has so many bytes more."""
    again = (
        "INSERT INTO event_log SELECT seq + 1, event_id || 'x', type, version, session_date,"
        " account, occurred_at, recorded_at, valid_until, correlation_id, causation_id,"
        " is_decision, payload, row_hash FROM event_log ORDER BY seq DESC LIMIT 1"
    )
    with closing(sqlite3.connect(folder / "state.db")) as file, file:
        (length,) = file.execute(
            "SELECT length(payload) FROM event_log ORDER BY seq DESC"
        ).fetchone()
        for _ in range(size // (length + 300)):
            file.execute(again)


async def deaf(site: Site) -> socket.socket:
    """A follower that takes the handshake's answer and nothing more."""
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    found.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(found, ("127.0.0.1", site.port))
    lines = [
        "GET /v1/stream HTTP/1.1",
        f"Host: {site.host}",
        f"Authorization: {site.bearer()}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
    ]
    await loop.sock_sendall(found, "\r\n".join([*lines, "", ""]).encode())
    assert (await loop.sock_recv(found, 12)) == b"HTTP/1.1 101"
    return found
