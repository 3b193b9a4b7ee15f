"""How late the trading loop is while the API beside it is flooded.

    python benchmarks/api.py DATA_DIR [--seconds 10]

DATA_DIR is a demo folder (``fin-agent demo``). The agent lives its first day at 60 times real time
in this process, with the API in the same loop; floods come from another process over loopback.
A probe sleeps one millisecond at a time and notes how late it wakes, and how much processor time
the loop's thread has used meanwhile: that is what the loop itself was busy with, however many other
programs the machine runs. A halt is sent once a second meanwhile, and its answer is timed.
"""

import argparse
import asyncio
import gc
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from fin_agent.composition.agent import agent
from fin_agent.composition.api_tokens import Right, token_file
from fin_agent.composition.bootstrap import start
from fin_agent.composition.loading import Choices
from fin_agent.entrypoints.api.serving import api

CLOCK = "2026-03-03T09:45:00-05:00@60"
FLOODS = ("nothing", "health", "wrong tokens", "status", "everything", "slow", "bodies")
CONNECTIONS = 60
PATHS = ("status", "verdicts?limit=500", "candidates", "plans", "events?limit=500", "performance")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--only", nargs="+", choices=FLOODS, default=FLOODS)
    parser.add_argument("--flood", nargs=3)
    given = parser.parse_args()
    if given.flood:
        asyncio.run(flood(given.flood[0], int(given.flood[1]), given.flood[2], given.seconds))
        return
    gc.set_threshold(100_000, 20, 20)  # as the command line does
    asyncio.run(measured(given.folder, given.seconds, given.only))


async def measured(folder: Path, seconds: float, kinds: Sequence[str]) -> None:
    print("| flood | requests/s | late p50 | p99 | worst | busy p99 | worst | halt p50 | worst |")
    for kind in kinds:
        async with living(folder) as port:
            tokens = {
                right: token_file(folder, right).read_text(encoding="ascii").strip()
                for right in Right
            }
            child = flooding(folder, kind, port, tokens[Right.READ], seconds)
            await child.begun()
            late: list[float] = []
            busy: list[float] = []
            halts: list[float] = []
            probing = asyncio.create_task(probe(late, busy))
            halting = asyncio.create_task(halt(port, tokens[Right.KILL], halts))
            answer, _ = await child.communicate()
            probing.cancel()
            halting.cancel()
            await asyncio.gather(probing, halting, return_exceptions=True)
        told(kind, json.loads(answer)["answers"] / seconds, (late, busy, halts))


@asynccontextmanager
async def living(folder: Path) -> AsyncIterator[int]:
    """The agent in the middle of a session, from the same start each time."""
    forget(folder)
    changes = ("api.port=0", "api.requests_per_minute=100000")
    app = start(Choices(folder / "config.yaml", None, changes), folder, {})
    async with agent(app, CLOCK, lambda _: None) as running:

        async def live() -> None:
            async for _ in running.days():
                return

        async with api(app, running, lambda _: None) as address:
            life = asyncio.create_task(live())
            while running.driver is None or not running.driver.day.advice:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.1)
            try:
                yield int(address.rsplit(":", 1)[1])
            finally:
                life.cancel()
                await asyncio.gather(life, return_exceptions=True)


def forget(folder: Path) -> None:
    """As if no session had been lived, and nothing were halted."""
    for path in (*folder.glob("state.db*"), folder / "control" / "halt"):
        path.unlink(missing_ok=True)


class Child:
    def __init__(self, line: list[str]) -> None:
        self.process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)

    async def begun(self) -> None:
        """The flood comes from now on: what a start of Python takes is not measured."""
        assert self.process.stdout is not None
        await asyncio.to_thread(self.process.stdout.readline)

    async def communicate(self) -> tuple[str, None]:
        text, _ = await asyncio.to_thread(self.process.communicate)
        return text, None


def flooding(folder: Path, kind: str, port: int, token: str, seconds: float) -> Child:
    line = [sys.executable, __file__, str(folder), "--seconds", str(seconds)]
    return Child([*line, "--flood", kind, str(port), token])


async def probe(late: list[float], busy: list[float]) -> None:
    while True:
        begun, used = time.perf_counter(), time.thread_time()
        await asyncio.sleep(0.001)
        late.append((time.perf_counter() - begun - 0.001) * 1000)
        busy.append((time.thread_time() - used) * 1000)


async def halt(port: int, token: str, took: list[float]) -> None:
    number = 0
    while True:
        await asyncio.sleep(1)
        number += 1
        begun = time.perf_counter()
        body = b"{}"
        head = (
            f"POST /v1/halt HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nIdempotency-Key: {time.time_ns()}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head.encode() + body)
        answer = await reader.read()
        assert b" 200 " in answer[:20], answer[:200]
        writer.close()
        took.append((time.perf_counter() - begun) * 1000)


async def flood(kind: str, port: int, token: str, seconds: float) -> None:
    """Ask as fast as answers come, over many connections."""
    count = [0]
    print("begun", flush=True)
    ends = time.perf_counter() + seconds
    if kind == "nothing":
        await asyncio.sleep(seconds)
    elif kind == "slow":
        await slow(port, ends)
    else:
        await asyncio.gather(
            *(ask(kind, port, token, ends, count, place) for place in range(CONNECTIONS))
        )
    print(json.dumps({"answers": count[0]}))


async def ask(kind: str, port: int, token: str, ends: float, count: list[int], place: int) -> None:
    while time.perf_counter() < ends:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            while time.perf_counter() < ends:
                writer.write(request(kind, port, token, place + count[0]))
                await writer.drain()
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                count[0] += 1
                if b"connection: close" in head.lower():
                    break
            writer.close()
        except (ConnectionError, asyncio.IncompleteReadError):
            continue


def request(kind: str, port: int, token: str, number: int) -> bytes:
    path = {"health": "/healthz", "everything": f"/v1/{PATHS[number % len(PATHS)]}"}.get(
        kind, "/v1/status"
    )
    bearer = "wrong" if kind == "wrong tokens" else token
    head = f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {bearer}\r\n"
    if kind == "bodies":
        sent = f"POST /v1/scans HTTP/1.1\r\n{head}Content-Type: application/json\r\n"
        return f"{sent}Content-Length: 65000\r\n\r\n".encode() + b" " * 65_000
    return f"GET {path} HTTP/1.1\r\n{head}\r\n".encode()


async def slow(port: int, ends: float) -> None:
    """A thousand connections that never finish what they say."""
    writers = []
    while time.perf_counter() < ends:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /v1/status HTTP/1.1\r\nHost: ")
            writers.append(writer)
        except ConnectionError:
            pass
        await asyncio.sleep(0.005)
    for writer in writers:
        writer.close()


def told(kind: str, rate: float, times: tuple[list[float], list[float], list[float]]) -> None:
    late, busy, halts = (sorted(one) for one in times)
    loop = f"{middle(late):.1f} | {high(late):.1f} | {late[-1]:.0f}"
    own = f"{high(busy):.1f} | {busy[-1]:.0f}"
    print(f"| {kind} | {rate:,.0f} | {loop} | {own} | {middle(halts):.0f} | {halts[-1]:.0f} |")
    sys.stdout.flush()


def middle(values: list[float]) -> float:
    return values[len(values) // 2]


def high(values: list[float]) -> float:
    return values[int(len(values) * 0.99)]


if __name__ == "__main__":
    main()
