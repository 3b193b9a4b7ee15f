"""The event bus: publish -> handled at a steady rate, and durable throughput of many publishers.

    python benchmarks/bus.py [--seconds 10] [--rate 1000] [--rounds 5] [--redis]

Everything is durable (WAL, synchronous=FULL), and Python is set as a run of the program sets it.
The bare row is sqlite3 in a thread that takes what has come and commits it, with the same pragmas
and no log, hash or port around it. Rounds alternate, for a shared disk is never the same twice.
"""

import argparse
import asyncio
import queue
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from statistics import median

from fin_agent.adapters.bus.redis import RedisEventBus
from fin_agent.adapters.bus.stream import Stream
from fin_agent.adapters.clock import SystemClock
from fin_agent.adapters.persistence.database import Database, open_database
from fin_agent.adapters.persistence.deliveries import Deliveries
from fin_agent.adapters.persistence.event_bus import SqliteEventBus
from fin_agent.adapters.persistence.event_store import EventStore
from fin_agent.adapters.persistence.office import Office
from fin_agent.adapters.persistence.payloads import event_types
from fin_agent.domain.delivery import DeadLetter
from fin_agent.domain.events import Event
from fin_agent.entrypoints.cli.interpreter import keep_pauses_short, quick_loop, tune
from fin_agent.ports import EventBusPort, UnitOfWork

PAYLOAD = (
    '{"client_order_id":"fa-paper-20260303-AXLO-EN1","filled":"10","reason":"","state":"ACKED",'
    '"symbol":"AXLO"}'
)
PUBLISHERS = 64
KEYS = 500


async def silent(letter: DeadLetter, _: UnitOfWork) -> None:
    raise AssertionError(letter.reason)


def an_event(number: int) -> Event:
    now = SystemClock().now()
    key = f"order-{number % KEYS}"
    event = (f"event-{number}", "OrderMoved", now.date(), "paper", now, PAYLOAD)
    return Event(*event, correlation_id=key)


@asynccontextmanager
async def office() -> AsyncIterator[tuple[Office, Database]]:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:  # not /tmp: it may be memory
        database = await open_database(Path(folder) / "state.db", durable=True)
        store = EventStore(database, SystemClock(), batched=False)
        yield (
            Office(
                store,
                Deliveries(database),
                SystemClock(),
                Random(1).random,
                event_types(),
                silent,
                frozenset(),
                ("benchmark", database.epoch),
            ),
            database,
        )
        await store.close()


@asynccontextmanager
async def redis_server() -> AsyncIterator[str]:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        command = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--dir", folder]
        command += ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: ASYNC220 - once
        await asyncio.sleep(1)
        yield f"redis://127.0.0.1:{port}/0"
        server.terminate()
        server.wait()


Publish = Callable[[Sequence[Event]], Awaitable[None]]


async def at_rate(publish: Publish, rate: int, seconds: float, begun: dict[str, float]) -> None:
    """Publish events one by one at a steady rate, whether or not the last one is durable yet."""

    async def one(number: int) -> None:
        event = an_event(number)
        begun[event.event_id] = time.perf_counter()
        await publish([event])

    start, tasks = time.perf_counter(), []
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
        tasks.append(asyncio.create_task(one(number)))
    await asyncio.gather(*tasks)


async def handled(bus: EventBusPort, rate: int, seconds: float) -> list[float]:
    """Seconds from before ``publish`` to the end of the handler."""
    begun: dict[str, float] = {}
    took: list[float] = []
    last = asyncio.Event()

    async def handle(event: Event, _: UnitOfWork) -> None:
        took.append(time.perf_counter() - begun[event.event_id])
        if len(took) == int(rate * seconds):
            last.set()

    bus.subscribe("desk", {"OrderMoved"}, handle)
    running = asyncio.create_task(bus.run())
    await asyncio.sleep(0.5)
    await at_rate(bus.publish, rate, seconds, begun)
    await last.wait()
    running.cancel()
    await asyncio.wait({running})
    return sorted(took)


async def stored(writer: "Bare", rate: int, seconds: float) -> list[float]:
    """Seconds until a bare row is durable."""
    begun: dict[str, float] = {}
    took: list[float] = []

    async def publish(events: Sequence[Event]) -> None:
        await writer.publish(events)
        took.append(time.perf_counter() - begun[events[0].event_id])

    await at_rate(publish, rate, seconds, begun)
    return sorted(took)


async def throughput(publish_one: Publish, seconds: float) -> float:
    """Events a second by publishers that each wait for their own event to be durable."""
    done, end = 0, time.perf_counter() + seconds

    async def publish(mine: int) -> None:
        nonlocal done
        number = mine
        while time.perf_counter() < end:
            await publish_one([an_event(number)])
            number += PUBLISHERS
            done += 1

    start = time.perf_counter()
    await asyncio.gather(*(publish(mine) for mine in range(PUBLISHERS)))
    return done / (time.perf_counter() - start)


Row = tuple[object, ...]
Waiting = tuple[Row, "asyncio.Future[None]"]


class Bare:
    """A thread that commits whatever has come, resolves a group in one call, and nothing else."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._loop = asyncio.get_running_loop()
        self._waiting: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    async def publish(self, events: Sequence[Event]) -> None:
        stored = self._loop.create_future()
        (event,) = events
        self._waiting.put(((event.event_id, event.type, "d", "a", "t", event.payload), stored))
        await stored

    def close(self) -> None:
        self._waiting.put(None)
        self._thread.join()

    def _write(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=0"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("CREATE TABLE log (seq INTEGER PRIMARY KEY, a, b, c, d, e, f)")
        while (first := self._waiting.get()) is not None:
            group = [first]
            while not self._waiting.empty() and (more := self._waiting.get()) is not None:
                group.append(more)
            connection.execute("BEGIN IMMEDIATE")
            sql = "INSERT INTO log VALUES (NULL, ?, ?, ?, ?, ?, ?)"
            connection.executemany(sql, [row for row, _ in group])
            connection.execute("COMMIT")
            self._loop.call_soon_threadsafe(resolve, [stored for _, stored in group])
        connection.close()


def resolve(futures: "Sequence[asyncio.Future[None]]") -> None:
    for future in futures:
        future.set_result(None)


@asynccontextmanager
async def bare() -> AsyncIterator[Bare]:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        writer = Bare(Path(folder) / "bare.db")
        yield writer
        writer.close()


Spread = tuple[float, float, float]


def spread(took: Sequence[float]) -> Spread:
    """Median, 99th percentile and slowest, in milliseconds."""
    return (1000 * took[len(took) // 2], 1000 * took[int(len(took) * 0.99)], 1000 * took[-1])


def told(name: str, *cells: float) -> str:
    return f"| {name} | " + " | ".join(f"{cell:.2f}" for cell in cells) + " |"


async def rounds(seconds: float, rate: int, count: int) -> None:
    bares, ours = [], []
    for number in range(1, count + 1):
        async with bare() as writer:
            bares.append(spread(await stored(writer, rate, seconds)))
        async with office() as (desk, _):
            ours.append(spread(await handled(SqliteEventBus(desk), rate, seconds)))
        print(told(f"{number}: bare sqlite3, stored", *bares[-1]))
        print(told(f"{number}: SQLite bus, handled", *ours[-1]), flush=True)
    middle = [[median(column) for column in zip(*found, strict=True)] for found in (bares, ours)]
    print(told("bare sqlite3, stored: median", *middle[0]))
    print(told("SQLite bus, handled: median", *middle[1]))
    ratios = [
        median(o[place] / b[place] for o, b in zip(ours, bares, strict=True)) for place in (0, 1)
    ]
    print(f"| ours of bare: median | {ratios[0]:.1f} | {ratios[1]:.1f} | |")


async def main(seconds: float, rate: int, count: int, *, with_redis: bool) -> None:
    print(f"{rate} events/s, ms\n\n| | p50 | p99 | slowest |")
    print("|---|---|---|---|")
    await rounds(seconds, rate, count)
    if with_redis:
        async with office() as (desk, database), redis_server() as url:
            bus = RedisEventBus(desk, database, Stream(url, "events"))
            print(told("Redis bus, handled", *spread(await handled(bus, rate, seconds))))
            await bus.close()
    print(f"\n{PUBLISHERS} publishers, each waiting for its own event to be durable, events/s\n")
    print("| | bus | bare sqlite3, natural batching | ours of bare |\n|---|---|---|---|")
    ratios = []
    for number in range(1, count + 1):
        async with office() as (desk, _):
            ours = await throughput(SqliteEventBus(desk).publish, seconds)
        async with bare() as writer:
            plain = await throughput(writer.publish, seconds)
        ratios.append(ours / plain)
        print(f"| {number} | {ours:,.0f} | {plain:,.0f} | {ratios[-1]:.2f} |", flush=True)
    print(f"| median | | | {median(ratios):.2f} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rate", type=int, default=1_000)
    parser.add_argument("--redis", action="store_true", default=shutil.which("redis-server"))
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    tune()
    keep_pauses_short()
    with asyncio.Runner(loop_factory=quick_loop()) as runner:
        runner.run(main(given.seconds, given.rate, given.rounds, with_redis=bool(given.redis)))
