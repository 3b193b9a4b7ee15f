"""Virtual time: nothing waits, everything happens in order, and the shown time may be set."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from fin_agent.testing.clocks import VirtualClock

START = datetime(2025, 11, 21, 13, tzinfo=UTC)


async def test_time_passes_by_sleeping_only() -> None:
    clock = VirtualClock(START)
    await asyncio.sleep(0)
    assert clock.now() == START

    await clock.sleep(3600)
    await clock.sleep(0)
    await clock.sleep(-5)

    assert clock.now() == START + timedelta(hours=1)


async def test_sleepers_wake_in_order() -> None:
    clock, woken = VirtualClock(START), list[tuple[str, float]]()

    async def sleeper(name: str, *seconds: float) -> None:
        for wait in seconds:
            await clock.sleep(wait)
            woken.append((name, (clock.now() - START).total_seconds()))

    await asyncio.gather(sleeper("a", 10, 10), sleeper("b", 3, 3, 3, 3), sleeper("c", 10))

    assert woken == [("b", 3), ("b", 6), ("b", 9), ("a", 10), ("c", 10), ("b", 12), ("a", 20)]


async def test_setting_it_leaves_a_sleep_as_long_as_it_was() -> None:
    clock = VirtualClock(START)
    sleeping = asyncio.create_task(clock.sleep(10))
    await asyncio.sleep(0)

    clock.step(-3600)
    await sleeping

    assert clock.now() == START + timedelta(seconds=10 - 3600)


async def test_a_cancelled_sleeper_holds_nobody_up() -> None:
    clock = VirtualClock(START)
    tasks = [asyncio.create_task(clock.sleep(seconds)) for seconds in (1, 5)]
    await asyncio.sleep(0)
    tasks[0].cancel()

    with pytest.raises(asyncio.CancelledError):
        await tasks[0]
    await tasks[1]

    assert clock.now() == START + timedelta(seconds=5)
