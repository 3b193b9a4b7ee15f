"""Sleeps, stops and steps are told apart by three clocks, also in a real process."""

import asyncio
import os
import signal
import time
from collections.abc import Sequence

import pytest

from fin_agent.adapters.clock import ClockReading
from fin_agent.adapters.scheduling.vigil import ClockStepped, Slept, Vigil
from tests.adapters.scheduling.children import watching


class Clocks:
    """Three clocks that are moved by hand."""

    def __init__(self) -> None:
        self.reading = ClockReading(1.7e9, 100.0, 5000.0)

    def __call__(self) -> ClockReading:
        return self.reading

    def move(self, wall: float, monotonic: float, boottime: float) -> None:
        now = self.reading
        self.reading = ClockReading(
            now.wall + wall, now.monotonic + monotonic, now.boottime + boottime
        )


def seen(wall: float, monotonic: float, boottime: float) -> Sequence[Slept | ClockStepped]:
    clocks = Clocks()
    vigil = Vigil(clocks)
    clocks.move(wall, monotonic, boottime)
    return vigil.look()


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        ((1, 1, 1), []),
        ((5, 5, 5), []),
        ((3, 1, 1), []),
        ((5.5, 5.5, 5.5), [Slept(5.5, 0)]),  # stopped, or the loop was blocked
        ((601, 1, 601), [Slept(601, 600)]),  # the lid was closed
        ((3.5, 1, 1), [ClockStepped(2.5)]),
        ((-3599, 1, 1), [ClockStepped(-3600)]),
        ((1801, 1, 1), [ClockStepped(1800)]),  # a paused virtual machine
        ((1, 1, 601), [Slept(601, 600), ClockStepped(-600)]),
    ],
)
def test_what_happened_between_two_looks(
    moved: tuple[float, float, float], expected: list[Slept | ClockStepped]
) -> None:
    assert seen(*moved) == expected


def test_each_is_told_once() -> None:
    clocks = Clocks()
    vigil = Vigil(clocks)
    clocks.move(-100, 1, 1)

    assert vigil.look() == [ClockStepped(-101)]
    clocks.move(1, 1, 1)
    assert vigil.look() == []


def test_a_time_service_that_slews_is_no_step() -> None:
    clocks = Clocks()
    vigil = Vigil(clocks)
    for _ in range(1000):
        clocks.move(1.0005, 1, 1)
        assert vigil.look() == []


def test_it_is_said_in_words() -> None:
    assert [str(found) for found in seen(200, 1, 3725)] == [
        "the machine slept for 1 hour 2 minutes 5 seconds",
        "the clock was set back by 58 minutes 45 seconds",
    ]
    assert [str(found) for found in seen(70, 60, 60)] == [
        "the process stood for 1 minute",
        "the clock was set on by 10 seconds",
    ]


async def test_watching_gives_what_is_found() -> None:
    clocks = Clocks()
    watched = Vigil(clocks, look_s=0.001).watch()
    waiting = asyncio.ensure_future(anext(watched))
    await asyncio.sleep(0.005)
    clocks.move(100, 100, 100)

    assert await waiting == Slept(100, 0)
    await watched.aclose()


_WATCHING = """
    import asyncio
    from fin_agent.adapters.scheduling.loop_watch import LoopLimits, LoopWatch
    from fin_agent.adapters.scheduling.vigil import Vigil

    async def main():
        limits = LoopLimits(beat_s=0.05, late_s=0.1, blocked_s=0.2, dead_s=0.5)
        watch = asyncio.create_task(LoopWatch(limits).run())
        vigil = Vigil(look_s=0.05, gap_s=0.5)
        await asyncio.sleep(0.1)
        print("watching")
        async for found in vigil.watch():
            print(type(found).__name__, found.seconds, found.suspended)

    asyncio.run(main())
"""


def test_a_real_process_that_is_stopped_notices_and_lives() -> None:
    with watching(_WATCHING) as child:
        os.kill(child.pid, signal.SIGSTOP)
        stopped = time.monotonic()
        time.sleep(1.0)  # noqa: TID251 - a real process is stopped for a real second
        os.kill(child.pid, signal.SIGCONT)
        took = time.monotonic() - stopped
        assert child.stdout is not None
        kind, seconds, suspended = child.stdout.readline().split()

        assert kind == "Slept"
        assert took - 0.1 <= float(seconds) < took + 5
        assert float(suspended) < 0.1
        assert child.poll() is None
