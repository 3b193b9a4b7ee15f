"""What the bus on the log does besides the contract: parallel keys, back-pressure, followers."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fin_agent.adapters.persistence.event_types import EventType
from fin_agent.adapters.persistence.log_reader import LogReader, reading
from fin_agent.adapters.persistence.payloads import Payload
from fin_agent.adapters.persistence.work import Work
from fin_agent.domain.errors import CorruptData, InvalidValue
from fin_agent.domain.events import Event
from fin_agent.ports import UnitOfWork
from tests.contracts.bus_worlds import RULES, Recorder, SqliteWorld, an_event

CALM = replace(RULES, timeout=timedelta(minutes=1))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[SqliteWorld]:
    world = await SqliteWorld.made(tmp_path)
    yield world
    await world.close()


class Gate:
    """A handler that waits with the events it was told to hold."""

    def __init__(self, *held: str) -> None:
        self.held = set(held)
        self.open = asyncio.Event()
        self.seen: list[str] = []
        self.moved = asyncio.Event()

    async def __call__(self, event: Event, work: UnitOfWork) -> None:
        if event.event_id in self.held:
            await self.open.wait()
        self.seen.append(event.event_id)
        self.moved.set()

    async def has_seen(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.seen) < count:
                self.moved.clear()
                await self.moved.wait()


async def ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


async def test_one_handler_that_hangs_delays_no_other_key(world: SqliteWorld) -> None:
    gate = Gate("event-0")
    bus = await world.process(rules=CALM)
    bus.subscribe("desk", {"Thing"}, gate)
    running = asyncio.create_task(bus.run())

    await bus.publish([an_event(number) for number in range(200)])
    await gate.has_seen(199)
    gate.open.set()
    await gate.has_seen(200)
    await ended(running)

    assert gate.seen[-1] == "event-0"


async def test_publishing_waits_for_a_consumer_that_is_far_behind(world: SqliteWorld) -> None:
    gate = Gate("event-0")
    bus = await world.process(rules=replace(CALM, backlog=10))
    bus.subscribe("desk", {"Thing"}, gate)
    running = asyncio.create_task(bus.run())
    await bus.publish([an_event(0, key="k")])
    await bus.publish([an_event(number, key="k") for number in range(1, 10)])
    await asyncio.sleep(0.3)  # the consumer has taken its place and looked at the log

    late = asyncio.create_task(bus.publish([an_event(10, key="k")]))
    await asyncio.sleep(0.2)
    assert not late.done()
    assert len(await world.log()) == 10

    gate.open.set()
    async with asyncio.timeout(10):
        await late
    await gate.has_seen(11)
    await ended(running)


async def test_a_handler_may_publish_however_far_behind_it_is(world: SqliteWorld) -> None:
    bus = await world.process(rules=replace(CALM, backlog=1))
    other = Gate()

    async def passes_on(event: Event, work: UnitOfWork) -> None:
        await bus.publish([an_event(int(event.event_id[6:]) + 100, kind="Other")])

    bus.subscribe("desk", {"Thing"}, passes_on)
    bus.subscribe("other", {"Other"}, other)
    await bus.publish([an_event(1), an_event(2)])
    running = asyncio.create_task(bus.run())

    await other.has_seen(2)
    await ended(running)


async def test_a_bus_that_does_not_run_keeps_nobody_waiting(world: SqliteWorld) -> None:
    bus = await world.process(rules=replace(CALM, backlog=1))
    bus.subscribe("desk", {"Thing"}, Recorder())

    await bus.publish([an_event(1), an_event(2)])
    await bus.publish([an_event(3)])


async def test_a_name_is_subscribed_once(world: SqliteWorld) -> None:
    bus = await world.process()
    bus.subscribe("desk", (), Recorder())

    with pytest.raises(InvalidValue, match="'desk' is subscribed already"):
        bus.subscribe("desk", (), Recorder())


async def test_a_done_event_that_comes_again_changes_nothing(world: SqliteWorld) -> None:
    """The reader leaves out what is done; should one slip through, the transaction is undone."""
    desk = Recorder()
    bus = await world.process()
    bus.subscribe("desk", {"Thing"}, desk)
    await bus.publish([an_event(1), an_event(2)])
    row = ("desk", "event-1", "2025-03-12T14:00:00+00:00")
    await world.database.write([("INSERT INTO inbox VALUES (?, ?, ?)", [row])])

    await bus.drain()

    assert desk.seen == ["event-2"]


async def followed(log: LogReader, after: int, count: int) -> list[int]:
    found: list[int] = []
    async for recorded in log.follow(after):
        found.append(recorded.seq)
        if len(found) == count:
            break
    return found


async def test_a_follower_sees_every_event_once(world: SqliteWorld) -> None:
    async with reading(world.folder / "state.db") as log:
        following = asyncio.create_task(followed(log, 0, 300))
        for start in range(0, 300, 30):
            await world.store.write(_work(world, start))
            await asyncio.sleep(0.002)
        async with asyncio.timeout(10):
            assert await following == list(range(1, 301))
        assert await followed(log, 290, 10) == list(range(291, 301))


def _work(world: SqliteWorld, start: int) -> Work:
    work = world.store.unit()
    work.append([an_event(number) for number in range(start, start + 30)])
    return work


async def test_there_must_be_a_log_to_read(tmp_path: Path) -> None:
    with pytest.raises(CorruptData, match="no such database"):
        async with reading(tmp_path / "state.db"):
            pass


def test_a_type_needs_a_step_from_each_version_it_accepts() -> None:
    with pytest.raises(ValueError, match=r"no step up from version \[2\]"):
        EventType(Payload, 3, {1: dict})
