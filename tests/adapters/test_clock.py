"""Clocks run at their own speed and from their own start, and can be waited on."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from fin_agent.adapters.clock import (
    AcceleratedClock,
    FixedClock,
    SystemClock,
    read_clocks,
    start_and_speed,
)
from fin_agent.domain.errors import UsageError
from fin_agent.ports import TimerPort
from fin_agent.testing.clocks import VirtualClock

START = datetime(2025, 11, 21, 12, 55, tzinfo=UTC)


@pytest.mark.parametrize(
    "clock", [SystemClock(), AcceleratedClock(START, 100), VirtualClock(START)]
)
async def test_a_timer_lets_its_own_time_pass(clock: TimerPort) -> None:
    begun = clock.now()

    await clock.sleep(0.01)

    assert clock.now() - begun >= timedelta(seconds=0.009)
    assert clock.now().tzinfo is UTC


async def test_an_accelerated_clock_begins_at_its_start_and_runs_fast() -> None:
    clock = AcceleratedClock(START, 600)
    assert timedelta(0) <= clock.now() - START < timedelta(minutes=1)
    begun = time.monotonic()

    await clock.sleep(60)

    took = time.monotonic() - begun
    assert 0.09 <= took < 5
    assert clock.now() - START >= timedelta(seconds=59)


async def test_a_fixed_clock_stands() -> None:
    clock = FixedClock(START)
    await asyncio.sleep(0.001)

    assert clock.now() == START


def test_the_clock_of_the_command_line() -> None:
    clock = AcceleratedClock(*start_and_speed("2025-11-21T07:55:00-05:00@600"))

    assert timedelta(0) <= clock.now() - START < timedelta(minutes=5)
    assert clock.now().tzinfo is UTC
    assert AcceleratedClock(*start_and_speed("2025-11-21T12:55Z@0.5")).now() >= START


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2025-11-21T07:55:00-05:00", "write START@SPEED, for example 2025-11-21T07:55:00-05:00@"),
        ("", "write START@SPEED"),
        ("soon@600", "'soon' is no time; write START@SPEED"),
        ("@600", "'' is no time; write START@SPEED"),
        ("2025-11-21T07:55:00@600", "2025-11-21T07:55:00 has no offset from UTC; write START"),
        ("2025-11-21@600", "2025-11-21 has no offset from UTC"),
        ("2025-11-21T07:55:00-05:00@fast", "'fast' is no speed; write START@SPEED"),
        ("2025-11-21T07:55:00-05:00@", "'' is no speed"),
        ("2025-11-21T07:55:00-05:00@0", "the speed must be above 0, at most 100000"),
        ("2025-11-21T07:55:00-05:00@-1", "the speed must be above 0"),
        ("2025-11-21T07:55:00-05:00@nan", "the speed must be above 0"),
        ("2025-11-21T07:55:00-05:00@inf", "the speed must be above 0"),
        ("2025-11-21T07:55:00-05:00@1e6", "the speed must be above 0"),
    ],
)
def test_what_is_no_clock_is_refused(text: str, problem: str) -> None:
    with pytest.raises(UsageError) as refused:
        AcceleratedClock(*start_and_speed(text))

    assert str(refused.value).startswith(f"--clock {text}: {problem}")


def test_the_machines_clocks() -> None:
    first, second = read_clocks(), read_clocks()

    assert abs(first.wall - SystemClock().now().timestamp()) < 5
    assert second.monotonic >= first.monotonic
    assert first.boottime >= first.monotonic - 1
