"""What Redis may do to the bus: be unsafe, be down, be wiped, lose its end, and come back."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from fin_agent.adapters.bus.redis import RedisEventBus
from fin_agent.adapters.bus.stream import Group, Sent, Stream, sent_in
from fin_agent.domain.errors import ConfigError, Inconsistent, Unavailable
from tests.contracts.bus_worlds import RULES, Recorder, an_event
from tests.contracts.redis_server import RedisServer
from tests.contracts.redis_world import RedisWorld

MANY = 1_200


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path / "redis")
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def world(server: RedisServer, tmp_path: Path) -> AsyncIterator[RedisWorld]:
    world = await RedisWorld.on(server, tmp_path)
    yield world
    await world.close()


async def wiped(server: RedisServer) -> None:
    redis = Redis.from_url(server.url)
    await redis.flushall()
    await redis.aclose()


async def a_bus(world: RedisWorld, desk: Recorder, epoch: int = 1) -> RedisEventBus:
    bus = await world.process(f"process-{epoch}", epoch)
    bus.subscribe("desk", {"Thing"}, desk)
    return bus


def ids(*numbers: int) -> list[str]:
    return [f"event-{number}" for number in numbers]


@pytest.mark.parametrize(
    ("setting", "value", "remedy"),
    [
        ("appendonly", "no", "CONFIG SET appendonly yes"),
        ("appendfsync", "no", "CONFIG SET appendfsync always"),
        ("maxmemory-policy", "allkeys-lru", "CONFIG SET maxmemory-policy noeviction"),
    ],
)
async def test_an_unsafe_server_is_refused(
    server: RedisServer, world: RedisWorld, setting: str, value: str, remedy: str
) -> None:
    redis = Redis.from_url(server.url)
    await redis.config_set(setting, value)
    await redis.aclose()
    bus = await world.process()

    with pytest.raises(ConfigError) as told:
        await bus.run()

    (problem,) = told.value.problems
    assert problem.startswith(f"redis: {setting} is {value}, must be ")
    assert remedy in problem


async def test_while_redis_is_down_the_log_takes_events_and_delivers_them_later(
    server: RedisServer, world: RedisWorld
) -> None:
    desk = Recorder()
    bus = await a_bus(world, desk)
    await bus.publish([an_event(1)])
    await bus.drain()
    server.kill()

    await bus.publish([an_event(2), an_event(3)])
    with pytest.raises(Unavailable):
        await bus.drain()
    server.start()
    await bus.drain()

    assert desk.seen == ids(1, 2, 3)


async def test_a_wiped_redis_is_filled_again(server: RedisServer, world: RedisWorld) -> None:
    desk = Recorder()
    bus = await a_bus(world, desk)
    await bus.publish([an_event(1), an_event(2)])
    await bus.drain()
    await bus.publish([an_event(3)])
    await bus.relay.fill()
    await wiped(server)

    await bus.publish([an_event(4)])
    await bus.drain()

    assert desk.seen == ids(1, 2, 3, 4)
    assert bus.relay.refilled == 5  # with the two effects


async def test_a_wipe_between_two_processes_loses_nothing(
    server: RedisServer, world: RedisWorld
) -> None:
    desk = Recorder()
    desk.failing["event-1"] = 1
    first = await a_bus(world, desk)
    await first.publish([an_event(1), an_event(2)])
    await first.drain()
    await wiped(server)

    world.clock.pass_by(RULES.longest_delay)
    second = await a_bus(world, desk, epoch=2)
    await second.drain()

    assert desk.seen == ids(1, 2, 1)
    assert sorted(e.event_id for e in await world.log() if e.type == "Effect") == [
        "desk-event-1",
        "desk-event-2",
    ]


async def test_an_entry_taken_out_by_hand_comes_from_the_log(
    server: RedisServer, world: RedisWorld
) -> None:
    desk = Recorder()
    bus = await a_bus(world, desk)
    await bus.publish([an_event(1), an_event(2), an_event(3)])
    await bus.relay.fill()
    redis = Redis.from_url(server.url)
    await redis.xdel(world.stream().name, "2-0")
    await redis.aclose()

    await bus.drain()

    assert sorted(desk.seen) == ids(1, 2, 3)


async def test_what_a_dead_process_had_pending_is_taken_over(world: RedisWorld) -> None:
    desk, stream = Recorder(), world.stream()
    bus = await a_bus(world, desk)
    await bus.publish([an_event(1), an_event(2)])
    await bus.relay.fill()
    await stream.make_group("desk", 0)
    assert len(await stream.read("desk", "who died", None, 10)) == 2

    await bus.drain()

    assert desk.seen == ids(1, 2)
    assert (await stream.groups())["desk"] == Group(4, 4)  # with the two effects
    await stream.close()


async def test_only_what_everybody_has_done_is_trimmed(world: RedisWorld) -> None:
    desk, slow = Recorder("desk"), Recorder("slow")
    bus = await a_bus(world, desk)
    bus.subscribe("slow", {"Other"}, slow)
    slow.failing["event-0"] = 1
    await bus.publish([an_event(0, kind="Other")])
    await bus.publish([an_event(number) for number in range(1, MANY)])
    await bus.drain()
    assert len(await entries(world)) >= MANY

    world.clock.pass_by(RULES.longest_delay)
    await bus.drain()

    assert len(await entries(world)) <= 2
    assert slow.seen == ["event-0", "event-0"]


async def entries(world: RedisWorld) -> list[object]:
    redis = Redis.from_url(world.server.url)
    found = await redis.xrange(world.stream().name)
    await redis.aclose()
    return list(found or ())


async def test_a_consumer_that_comes_later_gets_what_was_trimmed(world: RedisWorld) -> None:
    desk, late = Recorder("desk"), Recorder("late")
    bus = await a_bus(world, desk)
    await bus.publish([an_event(number) for number in range(MANY)])
    await bus.drain()
    assert len(await entries(world)) < MANY

    second = await a_bus(world, desk, epoch=2)
    second.subscribe("late", {"Thing"}, late)
    await second.drain()

    assert len(late.seen) == len(set(late.seen)) == MANY


async def test_a_stream_of_another_log_is_refused(world: RedisWorld) -> None:
    stream = world.stream()
    await stream.add("0-0", [(1_000_000, "{}")])
    bus = await world.process()

    with pytest.raises(Inconsistent, match="ends with event 1000000, the log with 0"):
        await bus.drain()
    await stream.close()


async def test_garbage_in_the_stream_is_a_dead_letter(world: RedisWorld) -> None:
    desk, stream = Recorder(), world.stream()
    bus = await a_bus(world, desk)
    await bus.publish([an_event(1)])
    await stream.add("0-0", [(1, "no envelope")])

    await bus.drain()

    (letter,) = await world.dead()
    assert letter.reason == "unknown type of event ''"
    assert letter.event.payload == "no envelope"
    assert [reported.is_unreadable for reported in world.reported] == [True]
    await stream.close()


def test_answers_of_both_protocols_are_read() -> None:
    pair = (b"7-0", {b"event": b"x"})

    assert sent_in([]) == sent_in({}) == sent_in(None) == []
    assert sent_in([[b"s", [pair]]]) == sent_in({b"s": [[pair]]}) == [Sent(7, b"x")]
    assert sent_in([[b"s", [(b"7-0", {})]]]) == [Sent(7, None)]


async def test_a_server_that_is_not_there_is_unavailable(server: RedisServer) -> None:
    server.kill()
    stream = Stream(server.url, "events")

    with pytest.raises(Unavailable, match="redis does not answer"):
        await stream.verify()
    await stream.close()
