"""What every event bus does: each event once to each consumer, in order, or a dead letter."""

import asyncio
from datetime import timedelta

import pytest

from fin_agent.domain.errors import Inconsistent
from fin_agent.domain.events import Event
from fin_agent.ports import UnitOfWork
from tests.contracts.bus_worlds import (
    RULES,
    BusWorld,
    Recorder,
    an_event,
    effect_of,
    effects,
    tried_out,
)

LONG = timedelta(minutes=5)


async def test_a_consumer_sees_what_it_takes_in_the_order_of_the_log(world: BusWorld) -> None:
    desk, everything = Recorder("desk"), Recorder("all")
    bus = await world.process()
    bus.subscribe("desk", {"Thing"}, desk)
    bus.subscribe("all", {"Thing", "Other"}, everything)
    await bus.publish([an_event(1, key="k"), an_event(2, kind="Other", key="k")])
    await bus.publish([an_event(3, key="k")])

    await bus.drain()

    assert desk.seen == ["event-1", "event-3"]
    assert everything.seen == ["event-1", "event-2", "event-3"]
    assert sorted(await effects(world)) == sorted(
        ["desk-event-1", "desk-event-3", *(f"all-event-{n}" for n in (1, 2, 3))]
    )


async def test_a_drained_bus_has_nothing_more_to_do(world: BusWorld) -> None:
    desk = Recorder()
    bus = await world.process()
    bus.subscribe("desk", {"Thing"}, desk)
    await bus.publish([an_event(1)])

    await bus.drain()
    await bus.drain()

    assert desk.seen == ["event-1"]


async def test_an_event_is_published_once(world: BusWorld) -> None:
    bus = await world.process()
    await bus.publish([an_event(1)])

    with pytest.raises(Inconsistent):
        await bus.publish([an_event(2), an_event(1)])

    assert [event.event_id for event in await world.log()] == ["event-1"]


async def test_a_restart_goes_on_where_the_last_process_was(world: BusWorld) -> None:
    desk = Recorder()
    first = await world.process("first", 1)
    first.subscribe("desk", {"Thing"}, desk)
    await first.publish([an_event(1), an_event(2)])
    await first.drain()
    await first.publish([an_event(3)])

    second = await world.process("second", 2)
    second.subscribe("desk", {"Thing"}, desk)
    await second.drain()

    assert desk.seen == ["event-1", "event-2", "event-3"]


async def test_a_new_consumer_starts_with_the_whole_log_or_with_now(world: BusWorld) -> None:
    old, new = Recorder("old"), Recorder("new")
    bus = await world.process()
    await bus.publish([an_event(1)])
    bus.subscribe("old", {"Thing"}, old)
    bus.subscribe("new", {"Thing"}, new, from_now=True)
    await bus.drain()
    await bus.publish([an_event(2)])

    await bus.drain()

    assert old.seen == ["event-1", "event-2"]
    assert new.seen == ["event-2"]


async def test_a_failed_event_holds_back_its_key_and_no_other(world: BusWorld) -> None:
    desk = Recorder()
    desk.failing["event-1"] = 2
    bus = await world.process()
    bus.subscribe("desk", {"Thing"}, desk)
    await bus.publish([an_event(1, key="a"), an_event(2, key="b"), an_event(3, key="a")])

    await bus.drain()
    assert desk.seen == ["event-1", "event-2"]

    await tried_out(world, bus)
    assert desk.seen == ["event-1", "event-2", "event-1", "event-1", "event-3"]
    assert await effects(world) == ["desk-event-2", "desk-event-1", "desk-event-3"]


async def test_attempts_are_counted_across_a_restart(world: BusWorld) -> None:
    desk = Recorder()
    desk.failing["event-1"] = 1_000
    for epoch in range(1, RULES.retries + 4):
        bus = await world.process(f"process-{epoch}", epoch)
        bus.subscribe("desk", {"Thing"}, desk)
        if epoch == 1:
            await bus.publish([an_event(1)])
        await bus.drain()
        world.clock.pass_by(LONG)

    assert len(desk.seen) == RULES.retries + 1
    (letter,) = await world.dead()
    assert (letter.consumer, letter.event.event_id, letter.attempts) == ("desk", "event-1", 6)


async def test_a_retry_waits_for_its_time(world: BusWorld) -> None:
    desk = Recorder()
    desk.failing["event-1"] = 1
    bus = await world.process()
    bus.subscribe("desk", {"Thing"}, desk)
    await bus.publish([an_event(1)])
    await bus.drain()

    world.clock.pass_by(RULES.first_delay / 4)
    await bus.drain()
    assert len(desk.seen) == 1

    world.clock.pass_by(RULES.first_delay)
    await bus.drain()
    assert len(desk.seen) == 2


async def test_a_retry_is_not_lost_when_the_clock_is_set_back(world: BusWorld) -> None:
    desk = Recorder()
    desk.failing["event-1"] = 1
    bus = await world.process()
    bus.subscribe("desk", {"Thing"}, desk)
    await bus.publish([an_event(1)])
    await bus.drain()

    world.clock.pass_by(-timedelta(days=1))
    await bus.drain()

    assert await effects(world) == ["desk-event-1"]


async def test_a_poisonous_event_becomes_a_dead_letter_with_its_trace(world: BusWorld) -> None:
    desk = Recorder()
    desk.failing["event-1"] = 1_000
    bus = await world.process()
    bus.subscribe("desk", {"Thing"}, desk)
    await bus.publish([an_event(1, key="a"), an_event(2, key="a")])

    await tried_out(world, bus)

    (letter,) = await world.dead()
    assert letter.reason == "ValueError: cannot handle event-1"
    assert "bus_worlds.py" in letter.trace
    assert letter.event == an_event(1, key="a")
    assert len(letter.payload_hash) == 64
    assert await effects(world) == ["desk-event-2"]
    assert world.reported == []


async def test_a_handler_that_hangs_is_cut_and_the_others_go_on(world: BusWorld) -> None:
    desk = Recorder()
    desk.hanging.add("event-1")
    bus = await world.process()
    bus.subscribe("desk", {"Thing"}, desk)
    await bus.publish([an_event(number) for number in range(1, 5)])

    await tried_out(world, bus)

    (letter,) = await world.dead()
    assert letter.reason == "not handled within 0.05 s"
    assert await effects(world) == [f"desk-event-{number}" for number in range(2, 5)]


async def test_a_dead_letter_of_an_order_is_reported(world: BusWorld) -> None:
    desk = Recorder()
    desk.failing["event-1"] = 1_000
    bus = await world.process()
    bus.subscribe("desk", {"Order"}, desk)
    await bus.publish([an_event(1, kind="Order")])

    await tried_out(world, bus)

    assert [letter.event.event_id for letter in world.reported] == ["event-1"]


async def half_done(event: Event, work: UnitOfWork) -> None:
    work.append([effect_of(event, "desk")])
    raise RuntimeError("stop")


async def test_what_a_failed_handler_wrote_is_not_stored(world: BusWorld) -> None:
    bus = await world.process()
    bus.subscribe("desk", {"Thing"}, half_done)
    await bus.publish([an_event(1)])

    await tried_out(world, bus)

    assert await effects(world) == []
    assert len(await world.dead()) == 1


async def test_a_write_that_the_store_refuses_is_a_failure(world: BusWorld) -> None:
    async def repeats(event: Event, work: UnitOfWork) -> None:
        work.append([an_event(1)])

    bus = await world.process()
    bus.subscribe("desk", {"Thing"}, repeats)
    await bus.publish([an_event(1)])

    await tried_out(world, bus)

    (letter,) = await world.dead()
    assert letter.reason.startswith("Inconsistent: ")


async def test_a_dead_letter_goes_back_once(world: BusWorld) -> None:
    desk = Recorder()
    desk.failing["event-1"] = RULES.retries + 1
    bus = await world.process()
    bus.subscribe("desk", {"Thing"}, desk)
    await bus.publish([an_event(1), an_event(2)])
    await tried_out(world, bus)
    assert await effects(world) == ["desk-event-2"]

    assert await world.requeue("desk", "event-1")
    assert not await world.requeue("desk", "event-1")
    later = await world.process("later", 1)
    later.subscribe("desk", {"Thing"}, desk)
    await later.drain()
    await later.drain()

    assert await effects(world) == ["desk-event-2", "desk-event-1"]
    assert await world.dead() == []
    assert not await world.requeue("desk", "event-1")


async def test_a_requeued_event_has_all_its_attempts_again(world: BusWorld) -> None:
    desk = Recorder()
    desk.failing["event-1"] = 1_000
    bus = await world.process()
    bus.subscribe("desk", {"Thing"}, desk)
    await bus.publish([an_event(1)])
    await tried_out(world, bus)
    assert await world.requeue("desk", "event-1")

    again = await world.process("again", 1)
    again.subscribe("desk", {"Thing"}, desk)
    await tried_out(world, again)

    assert len(desk.seen) == 2 * (RULES.retries + 1)
    assert len(await world.dead()) == 1


async def test_a_running_bus_delivers_what_is_published(world: BusWorld) -> None:
    desk, handled = Recorder(), asyncio.Event()

    async def told(event: Event, work: UnitOfWork) -> None:
        await desk(event, work)
        handled.set()

    bus = await world.process()
    bus.subscribe("desk", {"Thing"}, told)
    running = asyncio.create_task(bus.run())

    await bus.publish([an_event(1)])
    async with asyncio.timeout(10):
        await handled.wait()
        await asyncio.sleep(0.3)  # the event is handled, its acknowledgement is on the way
    running.cancel()
    await asyncio.wait({running})

    next_one = await world.process("next")
    next_one.subscribe("desk", {"Thing"}, desk)
    await next_one.publish([an_event(2)])
    await next_one.drain()  # the place was given back: no lease to wait for
    assert desk.seen == ["event-1", "event-2"]
