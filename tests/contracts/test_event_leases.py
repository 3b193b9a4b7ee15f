"""A process that stalled on any event bus loses its place, and stores nothing more."""

import asyncio
from datetime import timedelta

from fin_agent.domain.delivery import DeliveryRules
from fin_agent.domain.events import Event
from fin_agent.ports import UnitOfWork
from tests.contracts.bus_worlds import (
    RULES,
    BusWorld,
    Recorder,
    an_event,
    effect_of,
    effects,
)

LONG = timedelta(minutes=5)


async def test_a_stalled_process_loses_its_place_and_stores_nothing_more(world: BusWorld) -> None:
    slow, quick = await world.process("slow"), await world.process("quick")
    entered, go_on, seen = asyncio.Event(), asyncio.Event(), Recorder()

    async def stalls(event: Event, work: UnitOfWork) -> None:
        entered.set()
        await go_on.wait()
        work.append([effect_of(event, "slow")])

    slow.subscribe("desk", {"Thing"}, stalls)
    quick.subscribe("desk", {"Thing"}, seen)
    await slow.publish([an_event(1)])
    patient = await world.process("slow", rules=DeliveryRules())
    patient.subscribe("desk", {"Thing"}, stalls)
    stalled = asyncio.create_task(patient.drain())
    await entered.wait()

    await quick.drain()
    assert seen.seen == []

    world.clock.pass_by(RULES.lease + timedelta(seconds=1))
    await quick.drain()
    go_on.set()
    await stalled

    assert seen.seen == ["event-1"]
    assert await effects(world) == ["desk-event-1"]


async def test_what_a_stalled_process_could_not_do_is_no_dead_letter(world: BusWorld) -> None:
    slow = await world.process("slow", rules=DeliveryRules(retries=0))
    quick = await world.process("quick")
    entered, go_on, seen = asyncio.Event(), asyncio.Event(), Recorder()

    async def fails_late(event: Event, work: UnitOfWork) -> None:
        entered.set()
        await go_on.wait()
        raise ValueError("too late")

    slow.subscribe("desk", {"Thing"}, fails_late)
    quick.subscribe("desk", {"Thing"}, seen)
    await slow.publish([an_event(1)])
    stalled = asyncio.create_task(slow.drain())
    await entered.wait()
    world.clock.pass_by(RULES.lease + timedelta(seconds=1))

    await quick.drain()
    go_on.set()
    await stalled

    assert await effects(world) == ["desk-event-1"]
    assert await world.dead() == []


async def test_a_later_epoch_need_not_wait_for_the_lease(world: BusWorld) -> None:
    desk = Recorder()
    crashed = await world.process("before", 1)
    crashed.subscribe("desk", {"Thing"}, Recorder("before"))
    await crashed.publish([an_event(1)])
    await crashed.drain()
    await crashed.publish([an_event(2)])

    equal, later = await world.process("equal", 1), await world.process("later", 2)
    equal.subscribe("desk", {"Thing"}, Recorder("equal"))
    later.subscribe("desk", {"Thing"}, desk)
    await equal.drain()
    await later.drain()

    assert desk.seen == ["event-2"]
    assert await effects(world) == ["before-event-1", "desk-event-2"]
