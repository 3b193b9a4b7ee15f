"""What a durable event costs: one at a time, from 64 publishers, at 1,000/s, and at a restart.

    python benchmarks/durability.py [--rounds 3] [--seconds 2] [--events 1000000] [--folder DIR]

Ours goes through the product's database as a live run does: every event is linked into the hash
chain, indexed twice, and its publisher waits until it is on the disk. Beside it, in turn in each
round, on the same disk: fdatasync of 512 bytes, and SQLite with the same ``synchronous=FULL``
and a table of two columns (one event a transaction; one writer thread that takes what waits).
"""

import argparse
import asyncio
import os
import queue
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

from fin_agent.adapters.clock import SystemClock
from fin_agent.adapters.persistence.database import open_database
from fin_agent.adapters.persistence.event_store import EventStore
from fin_agent.adapters.persistence.rows import event_rows
from fin_agent.domain.events import Event, derived_id

PUBLISHERS = 64
RATE = 1_000
DAY = date(2026, 3, 3)
CLOCK = SystemClock()
PAYLOAD = (
    '{"client_order_id":"fa-paper-20260303-ACME-EN1-7XQ2MBD4WZT6KJ5A","filled":"40",'
    '"reason":"","state":"ACKED","symbol":"ACME"}'
)
RESTART = """
import asyncio, sys, time
from pathlib import Path
begun = time.perf_counter()
from fin_agent.adapters.persistence.database import open_database
async def main():
    imported, cpu = time.perf_counter(), time.process_time()
    database = await open_database(Path(sys.argv[1]), durable=True)
    print(time.perf_counter() - imported, time.process_time() - cpu, imported - begun)
    await database.close()
asyncio.run(main())
"""
Times = list[float]
Publish = Callable[[int], Awaitable[object]]


def an_event(number: int) -> Event:
    name = derived_id("benchmark", number)
    return Event(name, "OrderMoved", DAY, "paper", CLOCK.now(), PAYLOAD, correlation_id="plan")


class BareWriter:
    """One thread, one connection; it takes what waits, and resolves a group in one call."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: queue.SimpleQueue[asyncio.Future[None] | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    async def publish(self, _: int) -> None:
        durable = self._loop.create_future()
        self._waiting.put(durable)
        await durable

    def close(self) -> None:
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        with closing(bare_database(self._path)) as connection:
            while True:
                group = list(self._taken())
                durable = [future for future in group if future is not None]
                connection.execute("BEGIN IMMEDIATE")
                rows = [(PAYLOAD,)] * len(durable)
                connection.executemany("INSERT INTO log (payload) VALUES (?)", rows)
                connection.execute("COMMIT")
                if len(durable) < len(group):
                    return
                self._loop.call_soon_threadsafe(settle, durable)

    def _taken(self) -> "Iterator[asyncio.Future[None] | None]":
        yield self._waiting.get()
        while not self._waiting.empty():
            yield self._waiting.get()


def settle(durable: "list[asyncio.Future[None]]") -> None:
    for future in durable:
        future.set_result(None)


def bare_database(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY, payload TEXT)")
    return connection


def raw_sync(path: Path, seconds: float) -> Times:
    times: Times = []
    with path.open("wb", buffering=0) as file:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            begun = time.perf_counter()
            file.write(bytes(512))
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - begun)
    return times


def bare_single(path: Path, seconds: float) -> Times:
    times: Times = []
    with closing(bare_database(path)) as connection:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            begun = time.perf_counter()
            connection.execute("INSERT INTO log (payload) VALUES (?)", (PAYLOAD,))
            times.append(time.perf_counter() - begun)
    return times


async def closed_loop(publish: Publish, publishers: int, seconds: float) -> Times:
    """Everybody publishes the next one as soon as the last one is durable."""
    times: Times = []
    numbers = iter(range(10**9))
    end = time.perf_counter() + seconds

    async def go_on() -> None:
        while (begun := time.perf_counter()) < end:
            await publish(next(numbers))
            times.append(time.perf_counter() - begun)

    await asyncio.gather(*(go_on() for _ in range(publishers)))
    return times


async def open_loop(publish: Publish, seconds: float) -> Times:
    """One event a millisecond, whether or not the last one is durable."""
    times: Times = []

    async def one(number: int) -> None:
        begun = time.perf_counter()
        await publish(number)
        times.append(time.perf_counter() - begun)

    begun, tasks = time.perf_counter(), []
    for number in range(int(RATE * seconds)):
        tasks.append(asyncio.create_task(one(number)))
        await asyncio.sleep(max(begun + (number + 1) / RATE - time.perf_counter(), 0))
    await asyncio.gather(*tasks)
    return times


async def ours(path: Path, measure: Callable[[Publish], Awaitable[Times]]) -> Times:
    store = EventStore(await open_database(path, durable=True), CLOCK, batched=False)

    async def publish(number: int) -> None:
        async with store.begin() as work:
            work.append([an_event(number)])

    try:
        return await measure(publish)
    finally:
        await store.close()


async def bare(path: Path, measure: Callable[[Publish], Awaitable[Times]]) -> Times:
    writer = BareWriter(path)
    try:
        return await measure(writer.publish)
    finally:
        writer.close()


async def fill(path: Path, events: int) -> None:
    database = await open_database(path, durable=True)
    at = CLOCK.now().isoformat()
    for first in range(0, events, 10_000):
        rows = event_rows([an_event(first + n) for n in range(10_000)], at)
        await database.write([], events=rows)
    await database.close()


def restart(folder: Path, events: int) -> None:
    path = folder / "state.db"
    asyncio.run(fill(path, events))
    line = [sys.executable, "-c", RESTART, str(path)]
    for attempt in ("first", "second", "third"):
        told = subprocess.run(line, capture_output=True, text=True, check=True).stdout
        opened, cpu, imported = map(float, told.split())
        size = path.stat().st_size >> 20
        print(
            f"| restart, {events:,} events, {size} MiB, {attempt} | {opened:.2f} s"
            f" ({cpu:.2f} s of it on a processor), {imported:.2f} s more for imports |"
        )


def measured(folder: Path, seconds: float) -> dict[str, Times]:
    """One round of everything, in an order drawn anew."""

    def single(publish: Publish) -> Awaitable[Times]:
        return closed_loop(publish, 1, seconds)

    def many(publish: Publish) -> Awaitable[Times]:
        return closed_loop(publish, PUBLISHERS, seconds)

    def steady(publish: Publish) -> Awaitable[Times]:
        return open_loop(publish, seconds)

    cases: list[tuple[str, Callable[[Path], Times]]] = [
        ("fdatasync of 512 bytes", lambda path: raw_sync(path, seconds)),
        ("bare, one a transaction", lambda path: bare_single(path, seconds)),
        (f"bare, {PUBLISHERS} publishers", lambda path: asyncio.run(bare(path, many))),
        ("bare, 1,000/s", lambda path: asyncio.run(bare(path, steady))),
        ("ours, one a transaction", lambda path: asyncio.run(ours(path, single))),
        (f"ours, {PUBLISHERS} publishers", lambda path: asyncio.run(ours(path, many))),
        ("ours, 1,000/s", lambda path: asyncio.run(ours(path, steady))),
    ]
    random.Random(time.time_ns()).shuffle(cases)
    found: dict[str, Times] = {}
    for number, (name, case) in enumerate(cases):
        place = folder / str(number)
        place.mkdir()
        found[name] = case(place / "state.db")
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="on the disk to measure")
    given = parser.parse_args()
    rounds = []
    for _ in range(given.rounds):
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            rounds.append(measured(Path(folder), given.seconds))
    print("| | events/s | p50 ms | p99 ms | max ms |\n|---|---|---|---|---|")
    for name in sorted(rounds[0]):
        per_round = [sorted(times[name]) for times in rounds]
        rate = statistics.median(len(times) / given.seconds for times in per_round)
        p50, p99 = (
            statistics.median(times[int(len(times) * share)] for times in per_round) * 1e3
            for share in (0.5, 0.99)
        )
        worst = max(times[-1] for times in per_round) * 1e3
        print(f"| {name} | {rate:,.0f} | {p50:.2f} | {p99:.2f} | {worst:.1f} |")
    if given.events:
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            restart(Path(folder), given.events)


if __name__ == "__main__":
    main()
