"""What every event bus does not deliver: the stale, and what no reader knows."""

from datetime import timedelta

import pytest

from fin_agent.domain.events import Event
from fin_agent.ports import UnitOfWork
from tests.contracts.bus_worlds import (
    START,
    BusWorld,
    Recorder,
    an_event,
    effects,
)

LONG = timedelta(minutes=5)


async def test_a_stale_event_expires_and_is_not_handled(world: BusWorld) -> None:
    desk = Recorder()
    bus = await world.process()
    bus.subscribe("desk", {"Thing"}, desk)
    soon = START + timedelta(minutes=1)
    await bus.publish([an_event(1, key="plan", valid_until=soon), an_event(2)])

    world.clock.pass_by(timedelta(hours=1))
    await bus.drain()

    assert desk.seen == ["event-2"]
    (expired,) = [event for event in await world.log() if event.type == "SignalExpired"]
    assert (expired.causation_id, expired.correlation_id) == ("event-1", "plan")
    assert not expired.is_decision


async def test_an_event_is_handled_up_to_its_last_instant(world: BusWorld) -> None:
    desk = Recorder()
    bus = await world.process()
    bus.subscribe("desk", {"Thing"}, desk)
    await bus.publish([an_event(1, valid_until=START)])

    await bus.drain()

    assert desk.seen == ["event-1"]


async def test_an_observer_sees_what_is_stale_too(world: BusWorld) -> None:
    observer = Recorder()
    bus = await world.process()
    bus.subscribe("observer", {"Thing"}, observer, observes=True)
    await bus.publish([an_event(1, valid_until=START)])
    world.clock.pass_by(LONG)

    await bus.drain()

    assert observer.seen == ["event-1"]
    assert "SignalExpired" not in {event.type for event in await world.log()}


async def test_a_backlog_of_an_hour_expires_whole(world: BusWorld) -> None:
    desk = Recorder()
    bus = await world.process()
    bus.subscribe("desk", {"Thing"}, desk)
    soon = START + timedelta(minutes=1)
    await bus.publish([an_event(number, valid_until=soon) for number in range(1_000)])

    world.clock.pass_by(timedelta(hours=1))
    await bus.drain()

    assert desk.seen == []
    assert len([e for e in await world.log() if e.type == "SignalExpired"]) == 1_000


async def test_a_retry_past_its_time_expires(world: BusWorld) -> None:
    desk = Recorder()
    desk.failing["event-1"] = 1
    bus = await world.process()
    bus.subscribe("desk", {"Thing"}, desk)
    await bus.publish([an_event(1, valid_until=START + timedelta(minutes=1))])
    await bus.drain()

    world.clock.pass_by(LONG)
    await bus.drain()

    assert desk.seen == ["event-1"]
    assert await effects(world) == []
    assert await world.dead() == []


@pytest.mark.parametrize(
    "event",
    [
        an_event(1, kind="Unheard"),
        an_event(1, version=2),
        an_event(1, kind="Grown", version=1),
        an_event(1, kind="Grown", version=5),
        an_event(1, payload='{"number":"many"}'),
        an_event(1, payload="{"),
        an_event(1, kind="Grown", version=2, payload="[]"),
        an_event(1, kind="Grown", version=2, payload='{"other":1}'),
    ],
    ids=lambda event: f"{event.type} {event.version} {event.payload}",
)
async def test_what_no_reader_knows_is_a_dead_letter_and_reported(
    world: BusWorld, event: Event
) -> None:
    desk = Recorder()
    bus = await world.process()
    bus.subscribe("desk", (), desk)
    await bus.publish([event])

    await bus.drain()

    assert desk.seen == []
    (letter,) = await world.dead()
    assert letter.event == event
    assert letter.reason
    assert [reported.is_unreadable for reported in world.reported] == [True]


@pytest.mark.parametrize(
    ("version", "payload"),
    [(2, '{"count":7,"extra":1}'), (3, '{"number":7,"extra":1}'), (4, '{"extra":1,"number":7}')],
)
async def test_the_two_versions_before_are_read_and_unknown_fields_kept(
    world: BusWorld, version: int, payload: str
) -> None:
    seen = []

    async def remember(event: Event, work: UnitOfWork) -> None:
        seen.append((event.version, event.payload))

    bus = await world.process()
    bus.subscribe("desk", {"Grown"}, remember)
    await bus.publish([an_event(1, kind="Grown", version=version, payload=payload)])

    await bus.drain()

    assert seen == [(4, '{"extra":1,"number":7}')]
