"""A loop that stops turning is counted, told with its stack, and ended when it stays so."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator

import pytest

from fin_agent.adapters.scheduling.loop_watch import LoopHealth, LoopLimits, LoopWatch, Silence
from fin_agent.domain.errors import InvalidValue
from tests.adapters.scheduling.children import watching

LIMITS = LoopLimits(beat_s=0.01, late_s=0.1, blocked_s=0.2, dead_s=0.4, calm_s=0.2)


@contextlib.asynccontextmanager
async def under_watch(watch: LoopWatch) -> AsyncIterator[None]:
    task = asyncio.create_task(watch.run())
    await asyncio.sleep(0.03)
    yield
    await asyncio.sleep(0.03)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def never(code: int) -> None:
    raise AssertionError(f"the process would have ended with {code}")


def block(seconds: float) -> None:
    time.sleep(seconds)  # noqa: TID251 - what must be noticed


async def test_a_loop_that_turns_is_healthy() -> None:
    watch = LoopWatch(LoopLimits(late_s=5, blocked_s=10), exit_process=never)
    async with under_watch(watch):
        health = watch.health

    assert health.healthy
    assert health.late == 0


async def test_a_short_delay_is_counted() -> None:
    ended: list[int] = []
    watch = LoopWatch(LoopLimits(beat_s=0.01, late_s=0.1), exit_process=ended.append)
    async with under_watch(watch):
        block(0.15)
        await asyncio.sleep(0.03)
        assert watch.health.late >= 1
        assert watch.health.worst_s >= 0.1
        assert watch.health.healthy

    assert ended == []


async def test_a_long_one_is_unhealthy_and_shows_where(caplog: pytest.LogCaptureFixture) -> None:
    watch = LoopWatch(
        LoopLimits(beat_s=0.01, late_s=0.1, blocked_s=0.2, calm_s=0.3), exit_process=never
    )
    with caplog.at_level(logging.ERROR):
        async with under_watch(watch):
            block(0.5)
            await asyncio.sleep(0.03)
            during = watch.health
            await asyncio.sleep(0.5)
            after = watch.health

    assert (during.healthy, after.healthy) == (False, True)
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 1
    assert told[0].startswith("the loop is blocked for 0.")
    assert "time.sleep(seconds)  # noqa: TID251 - what must be noticed" in told[0]


async def test_health_is_bad_while_it_lasts() -> None:
    seen: list[LoopHealth] = []
    watch = LoopWatch(LIMITS, exit_process=lambda _: seen.append(watch.health))
    async with under_watch(watch):
        block(0.6)

    assert [health.healthy for health in seen] == [False]


_BLOCKED = """
    import asyncio, logging, os, sys, threading, time
    from fin_agent.adapters.scheduling.loop_watch import LoopLimits, LoopWatch

    class Stuck(logging.Handler):
        def emit(self, record):
            print("told", flush=True)
            threading.Event().wait()

    async def main():
        logging.basicConfig(handlers=[{handler}])
        limits = LoopLimits(beat_s=0.02, late_s=0.05, blocked_s=0.1, dead_s=0.4)
        watch = asyncio.create_task(LoopWatch(limits).run())
        await asyncio.sleep(0.05)
        print("watching")
        time.sleep(60)

    asyncio.run(main())
"""


@pytest.mark.parametrize("handler", ["logging.StreamHandler()", "Stuck()"])
def test_a_real_process_that_is_blocked_ends_with_70(handler: str) -> None:
    begun = time.monotonic()
    with watching(_BLOCKED.format(handler=handler)) as child:
        said, complained = child.communicate(timeout=30)

    assert child.returncode == 70
    assert time.monotonic() - begun < 20
    if handler == "Stuck()":  # a log that never returns holds nothing up
        assert said.startswith("told")
    else:
        assert "the loop is blocked for 0." in complained
        assert "ending: the loop is blocked for 0." in complained
        assert "in main" in complained


def test_a_stop_of_the_whole_process_is_no_silence_of_the_loop() -> None:
    silence = Silence(10.0, stopped_s=2.0)

    assert silence.seconds(10.5, beat=10.4) == pytest.approx(0.1)
    assert silence.seconds(12.0, beat=10.4) == pytest.approx(1.6)
    assert silence.seconds(3600.0, beat=10.4) == 0
    assert silence.seconds(3601.5, beat=10.4) == pytest.approx(1.5)
    assert silence.seconds(3602.0, beat=3601.9) == pytest.approx(0.1)


def test_limits_must_rise() -> None:
    with pytest.raises(InvalidValue, match="the limits of the loop must rise"):
        LoopLimits(late_s=3)
