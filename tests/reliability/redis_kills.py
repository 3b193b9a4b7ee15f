"""Redis is killed, wiped and cut while events flow; afterwards each event has had one effect.

    python -m tests.reliability.redis_kills --budget 500 --seed 7

``--budget`` counts faults. The report is one line; a failure names the command that repeats it.
"""

import argparse
import asyncio
import sys
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from redis.asyncio import Redis
from redis.exceptions import RedisError

from fin_agent.adapters.bus.redis import RedisEventBus
from fin_agent.adapters.clock import SystemClock
from fin_agent.domain.delivery import DeliveryRules
from fin_agent.domain.events import Event
from fin_agent.ports import Handler, UnitOfWork
from tests.contracts.bus_worlds import SetClock, an_event, effect_of
from tests.contracts.redis_server import RedisServer
from tests.contracts.redis_world import RedisWorld

CONSUMERS = ("desk", "journal")
KEYS = ("a", "b", "c", "d", "")
RULES = DeliveryRules(
    retries=20,
    first_delay=timedelta(milliseconds=10),
    longest_delay=timedelta(milliseconds=200),
    lease=timedelta(seconds=2),
)
CUT = 400  # bytes of the append-only file that a torn write takes along
PATIENCE_S = 60.0


class LiveClock(SetClock):
    def now(self) -> datetime:
        return SystemClock().now()


@dataclass
class Report:
    seed: int
    faults: Counter[str] = field(default_factory=Counter)
    events: int = 0
    effects: int = 0
    refilled: int = 0
    lost: int = 0
    duplicate: int = 0
    overtaken: int = 0
    dead: int = 0

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.duplicate or self.overtaken or self.dead)

    def line(self) -> str:
        total = self.faults.total()
        told = ", ".join(f"{name} {count}" for name, count in sorted(self.faults.items()))
        return (
            f"faults {total} ({told}); events {self.events}; effects {self.effects};"
            f" sent again {self.refilled}; lost {self.lost}; duplicate {self.duplicate};"
            f" out of order {self.overtaken}; dead {self.dead}; seed {self.seed};"
            f" 95 % bound {3 / max(1, total):.2%} a fault"
        )


class Storm:
    """A bus at work and somebody who breaks its server."""

    def __init__(self, world: RedisWorld, server: RedisServer, seed: int) -> None:
        self.world = world
        self.server = server
        self.random = Random(seed)
        self.report = Report(seed)
        self.epoch = 0
        self.published: list[Event] = []
        self.bus, self.running = self.started()

    def started(self) -> tuple[RedisEventBus, asyncio.Task[None]]:
        """A new process."""
        self.epoch += 1
        office = self.world.office(f"process-{self.epoch}", self.epoch, RULES)
        bus = RedisEventBus(office, self.world.database, self.world.stream())
        for consumer in CONSUMERS:
            bus.subscribe(consumer, {"Thing"}, self.handler(consumer))
        self.world.made_buses.append(bus)
        return bus, asyncio.create_task(bus.run())

    def handler(self, consumer: str) -> Handler:
        async def handle(event: Event, work: UnitOfWork) -> None:
            await asyncio.sleep(self.random.random() / 200)
            if self.random.random() < 0.1:
                raise ValueError("not this time")
            effect = effect_of(event, f"{consumer}/{self.random.random()}")
            work.append([effect._replace(causation_id=event.event_id, account=consumer)])

        return handle

    async def blow(self, faults: int) -> Report:
        for _ in range(faults):
            await self.publish_some()
            kinds = (self.kill, self.kill, self.wipe, self.cut, self.crash)
            fault = self.random.choice(kinds)
            self.report.faults[fault.__name__] += 1
            await fault()
            if self.running.done():
                self.running.result()
        await self.calm()
        await self.count()
        return self.report

    async def publish_some(self) -> None:
        for _ in range(self.random.randint(1, 20)):
            event = an_event(len(self.published), key=self.random.choice(KEYS))
            self.published.append(event)
            await self.bus.publish([event])
            await asyncio.sleep(self.random.random() / 50)

    async def kill(self) -> None:
        await asyncio.to_thread(self.server.kill)
        await self.publish_some()
        await asyncio.to_thread(self.server.start)

    async def wipe(self) -> None:
        redis = Redis.from_url(self.server.url)
        try:
            await redis.flushall()
        except RedisError:
            self.report.faults["wipe"] -= 1
        await redis.aclose()

    async def cut(self) -> None:
        """Killed while it wrote: the end of the append-only file is gone."""
        await asyncio.to_thread(self.server.kill)
        for path in sorted(self.server.folder.glob("appendonlydir/*.incr.aof"))[-1:]:
            size = path.stat().st_size
            with path.open("r+b") as file:
                file.truncate(max(0, size - self.random.randint(1, CUT)))
        await asyncio.to_thread(self.server.start)

    async def crash(self) -> None:
        """The process is gone between two awaits; the next one takes over by its epoch."""
        self.report.refilled += self.bus.relay.refilled
        self.running.cancel()
        await asyncio.wait({self.running})
        self.bus, self.running = self.started()

    async def calm(self) -> None:
        """Wait until everything has happened."""
        wanted = len(self.published) * len(CONSUMERS)
        async with asyncio.timeout(PATIENCE_S):
            while len(await self.effects()) < wanted:  # noqa: ASYNC110 - they are in a database
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.2)  # what comes twice would come now
        await self.crash()

    async def effects(self) -> list[tuple[str, str]]:
        log = await self.world.log()
        return [(event.account, event.causation_id) for event in log if event.type == "Effect"]

    async def count(self) -> None:
        found, report = await self.effects(), self.report
        times = Counter(found)
        report.events, report.effects = len(self.published), len(found)
        report.dead = len(await self.world.dead())
        wanted = [(name, event.event_id) for name in CONSUMERS for event in self.published]
        report.lost = sum(times[fate] == 0 for fate in wanted)
        report.duplicate = sum(count - 1 for count in times.values())
        places = {event.event_id: place for place, event in enumerate(self.published)}
        reached: dict[tuple[str, str], int] = defaultdict(lambda: -1)
        for consumer, event_id in found:
            key = self.published[places[event_id]].correlation_id
            if key:
                report.overtaken += places[event_id] < reached[consumer, key]
                reached[consumer, key] = max(reached[consumer, key], places[event_id])

    async def end(self) -> None:
        self.running.cancel()
        await asyncio.wait({self.running})


async def stormed(budget: int, seed: int, folder: Path) -> Report:
    """Run one storm on a server and a file of its own."""
    server = RedisServer(folder / "redis", appendfsync="everysec")
    server.start()
    world = await RedisWorld.on(server, folder, LiveClock())
    storm = Storm(world, server, seed)
    try:
        return await storm.blow(budget)
    finally:
        await storm.end()
        await world.close()
        server.kill()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budget", type=int, default=20, help="faults")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(stormed(given.budget, given.seed, Path(folder)))
    print(report.line())  # noqa: T201 - the program's answer
    if not report.is_clean:
        again = f"python -m tests.reliability.redis_kills --budget {given.budget}"
        print(f"repeat it: {again} --seed {given.seed}")  # noqa: T201 - the same
    return int(not report.is_clean)


if __name__ == "__main__":
    sys.exit(main())
