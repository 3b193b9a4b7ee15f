"""The live path: trade frames over a loopback web socket -> checked -> minutes -> decisions.

    python benchmarks/stream.py [--seconds 20] [--rate 10000] [--rounds 3]

A process of its own sends Finnhub's frames, 10 trades each, of 50 symbols. Ours is the product's
``StreamedFeed`` under a clock that runs 60 times as fast, so that a minute is handed over every
second to the entries that wait for their trigger. The bare row is the loop of performance.md
section 3: aiohttp, a typed msgspec decoder, one bar a symbol and minute in a dict, and nothing
else; the second one decodes with the standard library's json.
"""

import argparse
import asyncio
import gc
import json
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median

import aiohttp
import msgspec
from trade_frames import (
    BATCH,
    NUMBERED,
    OPEN_MS,
    SESSION,
    SPEED,
    SYMBOLS,
    frame_of,
    server,
)

from fin_agent.adapters.clock import AcceleratedClock
from fin_agent.adapters.streams.finnhub import Finnhub
from fin_agent.adapters.ticks.feed import StreamedFeed
from fin_agent.adapters.ticks.rules import FeedRules
from fin_agent.domain.entries.opening_range import OpeningRange
from fin_agent.domain.entries.vwap import Vwap
from fin_agent.domain.entry import EntryWatch
from fin_agent.domain.session import SessionRules
from fin_agent.entrypoints.cli.interpreter import keep_pauses_short, quick_loop
from fin_agent.ports import MinuteBars
from fin_agent.testing.builders import OPEN, a_plan


class Bare(msgspec.Struct, gc=False):
    s: str
    p: float
    t: int
    v: float


class BareFrame(msgspec.Struct):
    type: str
    data: list[Bare] = []


class Reading:
    """Trades, CPU seconds, lags in ms from sending to folded, decisions, memory in MB."""

    def __init__(self) -> None:
        self.trades = self.decided = self.minutes = 0
        self.lags: list[float] = []
        self.handed_over: list[float] = []
        self.memory: list[float] = []
        self.cpu = self.wall = 0.0

    def timed(self, hear: Callable[[bytes], None]) -> Callable[[bytes], None]:
        def heard(frame: bytes) -> None:
            hear(frame)
            self.trades += BATCH
            self.lags.append((time.monotonic_ns() + NUMBERED - int(frame[-18:-1])) / 1e6)

        return heard

    def begin(self) -> None:
        gc.collect()
        self._cpu, self._wall = time.process_time(), time.monotonic()

    def end(self) -> None:
        self.cpu = time.process_time() - self._cpu
        self.wall = time.monotonic() - self._wall

    def row(self, name: str) -> str:
        found = sorted(self.lags)
        lags = [found[int(len(found) * share)] for share in (0.5, 0.99)] + [found[-1]]
        return (
            f"| {name} | {self.trades / self.wall:,.0f} | {self.trades / self.cpu:,.0f} "
            f"| {self.cpu / self.wall:.0%} | {' / '.join(f'{lag:.2f}' for lag in lags)} |"
        )


def megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def waiting() -> dict[str, list[EntryWatch]]:
    """Two entries a symbol that see every bar; a plan so far away that none of them ends."""
    entries = (Vwap(), OpeningRange())
    plan = a_plan()
    return {symbol: [entry.watch(plan, SessionRules()) for entry in entries] for symbol in SYMBOLS}


async def ours(seconds: float, rate: int) -> Reading:
    reading, watches = Reading(), waiting()
    began = time.monotonic()
    clock = AcceleratedClock(OPEN, SPEED)
    async with server(began, rate) as url:
        rules = replace(FeedRules(reference=None).at_speed(SPEED), every_s=6.0)
        feed = StreamedFeed(Finnhub("key", url), clock, rules)
        is_first = True
        async for item in feed.follow(SESSION, SYMBOLS):
            if is_first and feed.following is not None:
                owner = feed.following.owner
                owner._hear = reading.timed(owner._hear)  # noqa: SLF001 - measured from outside
                reading.begin()
                is_first = False
            reading.memory.append(megabytes())
            if isinstance(item, MinuteBars):
                reading.minutes += 1
                reading.decided += decide(item, watches)
                end = OPEN + timedelta(minutes=item.minute + 1)
                reading.handed_over.append((clock.now() - end).total_seconds() / SPEED * 1000)
            if time.monotonic() - began > seconds:
                break
        reading.end()
        assert feed.ticks.late == 0, feed.ticks
        assert not feed.ticks.doubts, feed.ticks
    return reading


def decide(minute: MinuteBars, watches: dict[str, list[EntryWatch]]) -> int:
    asked = 0
    for symbol, bar in minute.bars.items():
        for watch in watches[symbol]:
            watch.after_bar(bar)
            watch.at_minute(minute.minute + 1)
            asked += 1
    return asked


async def bare(seconds: float, *, fast: bool) -> Reading:
    reading = Reading()
    bars: dict[tuple[str, int], list[float]] = {}
    decoder = msgspec.json.Decoder(BareFrame)

    def fold(frame: bytes) -> None:
        if fast:
            prints = [(tick.s, tick.p, tick.t, tick.v) for tick in decoder.decode(frame).data]
        else:
            prints = [
                (tick["s"], tick["p"], tick["t"], tick["v"]) for tick in json.loads(frame)["data"]
            ]
        for symbol, price, at, size in prints:
            bar = bars.get((symbol, at // 60_000))
            if bar is None:
                bars[symbol, at // 60_000] = [price, price, price, price, size]
                continue
            if price > bar[1]:
                bar[1] = price
            elif price < bar[2]:
                bar[2] = price
            bar[3] = price
            bar[4] += size

    began = time.monotonic()
    heard = reading.timed(fold)
    async with (
        server(began, 0) as url,
        aiohttp.ClientSession() as session,
        session.ws_connect(url, decode_text=False) as socket,
    ):
        reading.begin()
        while time.monotonic() - began < seconds:
            message = await socket.receive()
            heard(message.data)
        reading.end()
    return reading


def decoding() -> None:
    frame = frame_of(1, int(OPEN_MS))
    decoder = msgspec.json.Decoder(BareFrame)
    print("| decoding a frame of 10 trades | ns a trade |\n|---|---|")
    calls: dict[str, Callable[[], object]] = {
        "json": lambda: json.loads(frame),
        "msgspec, untyped": lambda: msgspec.json.decode(frame),
        "msgspec, typed": lambda: decoder.decode(frame),
    }
    for name, call in calls.items():
        took = []
        for _ in range(5):
            began = time.perf_counter()
            for _ in range(20_000):
                call()
            took.append((time.perf_counter() - began) / 20_000 / BATCH * 1e9)
        print(f"| {name} | {median(took):.0f} |")


async def main(seconds: float, rate: int, rounds: int) -> None:
    decoding()
    print("\n| | trades/s | trades a CPU second | CPU | lag ms p50 / p99 / slowest |")
    print("|---|---|---|---|---|")
    steady = await ours(seconds, rate)
    print(steady.row(f"ours, {rate:,} trades/s for {seconds:g} s"))
    ratios = []
    for _ in range(rounds):
        flat, loop, slow = (
            await ours(seconds / 2, 0),
            await bare(seconds / 2, fast=True),
            await bare(seconds / 2, fast=False),
        )
        print(flat.row("ours, as fast as it comes"))
        print(loop.row("bare loop, msgspec"))
        print(slow.row("bare loop, json"))
        ratios.append((flat.trades / flat.cpu) / (loop.trades / loop.cpu))
    handed = sorted(steady.handed_over)
    half = len(steady.memory) // 2
    print(f"\nours / bare per CPU second: {', '.join(f'{ratio:.2f}' for ratio in ratios)}")
    print(
        f"{steady.minutes} minutes, {steady.decided} entry decisions; from a minute's end to its"
        f" decision, grace of 1 s at 60x included: {median(handed):.0f} ms, slowest"
        f" {handed[-1]:.0f} ms"
    )
    print(f"memory: {steady.memory[half]:.1f} MB half-way, {steady.memory[-1]:.1f} MB at the end")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rate", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    keep_pauses_short()
    with asyncio.Runner(loop_factory=quick_loop()) as runner:
        runner.run(main(chosen.seconds, chosen.rate, chosen.rounds))
