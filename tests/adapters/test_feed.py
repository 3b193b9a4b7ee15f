"""Minutes come when they are over, and a pulse at least as often as asked for."""

from datetime import UTC, datetime, timedelta

import pytest

from fin_agent.adapters.clock import WaitedClock
from fin_agent.adapters.feed import PacedFeed
from fin_agent.ports import MinuteBars, Pulse
from fin_agent.testing.builders import OPEN
from tests.application.live_days import courses
from tests.application.worlds import World, gapping

FAST = 1_000_000.0


@pytest.mark.parametrize("every_s", [20.0, 45.0, 600.0])
async def test_each_minute_comes_when_it_is_over(every_s: float) -> None:
    world, clock = World([gapping("AAA")], courses()), WaitedClock(OPEN, FAST)
    feed = PacedFeed(world.market(), clock, every_s)
    minutes, last = 0, clock.now()

    async for item in feed.follow(world.session, ["AAA"]):
        now = clock.now()
        assert now - last <= timedelta(seconds=every_s)
        last = now
        if isinstance(item, MinuteBars):
            assert now == world.session.open + timedelta(minutes=item.minute + 1)
            minutes += 1
        else:
            assert item == Pulse(now)

    assert minutes == world.session.minutes


async def test_minutes_that_are_over_already_come_at_once() -> None:
    world = World([gapping("AAA")], courses())
    clock = WaitedClock(world.session.close, FAST)

    items = [i async for i in PacedFeed(world.market(), clock, 20.0).follow(world.session, ["AAA"])]

    assert isinstance(items[0], Pulse)
    assert [i.minute for i in items[1:] if isinstance(i, MinuteBars)] == [
        *range(world.session.minutes)
    ]
    assert clock.now() == world.session.close.astimezone(UTC)


async def test_a_waited_clock_moves_only_while_it_is_waited_on() -> None:
    clock = WaitedClock(datetime(2026, 3, 4, 9, tzinfo=UTC), FAST)
    await clock.sleep(90)
    assert clock.now() == datetime(2026, 3, 4, 9, 1, 30, tzinfo=UTC)

    clock.skip_to(datetime(2026, 3, 4, 8, tzinfo=UTC))
    assert clock.now().hour == 9
    clock.skip_to(datetime(2026, 3, 4, 15, 30, tzinfo=UTC))
    assert clock.now() == datetime(2026, 3, 4, 15, 30, tzinfo=UTC)
