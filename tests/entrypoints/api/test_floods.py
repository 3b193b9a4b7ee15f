"""Slow clients, silent clients and many of them: the loop goes on, and a halt comes through."""

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from fin_agent.composition.api_tokens import Right
from fin_agent.entrypoints.api.limits import SlidingWindow
from tests.entrypoints.api.wire import Site, reply_from, site_on

CONNECTIONS = 8


@asynccontextmanager
async def silent(site: Site, count: int) -> AsyncIterator[list[asyncio.StreamReader]]:
    """Connections that begin a request and never end it."""
    readers, writers = [], []
    for _ in range(count):
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writer.write(b"GET /v1/status HTTP/1.1\r\nHost: ")
        readers.append(reader)
        writers.append(writer)
    await asyncio.sleep(0)
    try:
        yield readers
    finally:
        for writer in writers:
            writer.close()


async def test_silent_connections_do_not_keep_a_halt_out(tmp_path: Path) -> None:
    async with (
        site_on(tmp_path, f"api.connections={CONNECTIONS}") as site,
        silent(site, 5 * CONNECTIONS),
    ):
        found = await site.post("/v1/halt", {"reason": "enough"}, right=Right.KILL)

        assert (found.status, found.document["state"]) == (200, "HALTED")
        assert (tmp_path / "control" / "halt").read_text().startswith("enough (API, kill")


async def test_the_oldest_silent_connection_gives_its_place_up(tmp_path: Path) -> None:
    async with (
        site_on(tmp_path, f"api.connections={CONNECTIONS}") as site,
        silent(site, CONNECTIONS + 1) as readers,
    ):
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            async with asyncio.timeout(8):  # before its own ten seconds are over
                await readers[0].readexactly(1)


async def test_a_request_that_is_never_finished_is_cut(tmp_path: Path) -> None:
    async with site_on(tmp_path) as site, silent(site, 1) as (reader,):
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            async with asyncio.timeout(60):
                await reader.readexactly(1)


async def test_a_body_that_never_comes_is_too_slow(tmp_path: Path) -> None:
    async with site_on(tmp_path) as site:
        head = site.head(
            "POST /v1/halt HTTP/1.1",
            "Content-Type: application/json",
            "Idempotency-Key: slow",
            "Content-Length: 40",
            right=Right.CONTROL,
        )
        found = await site.raw(head + b"{")

        assert found is not None
        assert found.status == 408


async def test_a_flood_is_limited_and_halting_is_not(tmp_path: Path) -> None:
    async with site_on(tmp_path, "api.requests_per_minute=50") as site:
        await asyncio.gather(*(site.get("/nothing") for _ in range(50)))
        flooded = await site.get("/v1/status")
        halted = await site.post("/v1/halt", {}, right=Right.KILL)
        control = await site.post("/v1/halt", {}, key="key-2")

        assert (flooded.status, "retry-after" in flooded.headers) == (429, True)
        assert (halted.status, control.status) == (200, 200)


async def test_pipelined_requests_are_answered_in_order(tmp_path: Path) -> None:
    async with site_on(tmp_path) as site:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        one = f"GET /healthz HTTP/1.1\r\nHost: {site.host}\r\n\r\n".encode()
        writer.write(one * 20)
        async with asyncio.timeout(30):
            found = [await reply_from(reader) for _ in range(20)]
        writer.close()

        assert [reply.status for reply in found if reply is not None] == [200] * 20


def test_many_sources_take_no_more_memory_than_few() -> None:
    window = SlidingWindow(10)
    for number in range(2_000):
        window.wait_s(f"source {number}", 1.0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(100_000):
        window.wait_s(f"source {number}", 1.0)

    assert len(window) <= 1024
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 5_000  # KiB


def test_a_window_slides() -> None:
    window = SlidingWindow(10)
    assert [window.wait_s("a", 59.0) for _ in range(10)] == [0.0] * 10
    assert window.wait_s("a", 59.0) > 0
    assert window.wait_s("a", 61.0) == 0, "a sixtieth of the minute before has faded"
    assert window.wait_s("a", 61.0) > 0, "and the rest of it still counts"
    assert window.wait_s("a", 90.0) == 0, "half of it has faded"
    assert window.wait_s("b", 59.0) == 0, "another key has its own"
    assert window.wait_s("a", 500.0) == 0
