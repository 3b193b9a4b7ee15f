"""The loop waits for the next pass, looks every second, and stops when told to."""

import asyncio
import logging
from dataclasses import replace
from datetime import date, datetime

import pytest

from fin_agent.adapters.clock import AcceleratedClock
from fin_agent.adapters.scheduling.agenda import FiredPasses, Job, Missed, Pass
from fin_agent.adapters.scheduling.scheduler import Scheduler
from fin_agent.composition.settings import ScheduleSettings
from fin_agent.composition.timetable import scan_jobs
from fin_agent.domain.session import NEW_YORK
from fin_agent.ports import TimerPort
from fin_agent.testing.clocks import VirtualClock
from fin_agent.testing.fakes import FakeCalendar
from tests.adapters.scheduling.test_agenda import EndOfCalendar, ny

CALENDAR = FakeCalendar.weekdays(date(2025, 11, 3), date(2025, 11, 28))


def jobs(speed: float = 1.0) -> list[Job]:
    return [*scan_jobs(ScheduleSettings(), CALENDAR, speed)]


async def take(scheduler: Scheduler, count: int) -> list[Pass | Missed]:
    return [await anext(scheduler) for _ in range(count)]


def text(found: Pass | Missed) -> str:
    kind = "" if isinstance(found, Pass) else " missed"
    return f"{found.job} {found.at.astimezone(NEW_YORK):%d %H:%M:%S}{kind}"


async def test_the_scans_of_a_day() -> None:
    clock = VirtualClock(ny("07:55"))

    found = await take(Scheduler(clock, jobs(), clock.now()), 3)

    assert [text(one) for one in found] == [
        "primary 21 08:00:00",
        "refresh 21 09:25:00",
        "second_look 21 12:15:00",
    ]


async def test_a_late_start_begins_with_the_next_pass() -> None:
    clock = VirtualClock(ny("11:00"))

    async for found in Scheduler(clock, jobs(), clock.now()):
        assert text(found) == "second_look 21 12:15:00"
        return


class CountingClock(VirtualClock):
    """Virtual time that keeps how long each sleep was asked to be."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at)
        self.asked: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.asked.append(seconds)
        await super().sleep(seconds)


async def test_it_looks_at_the_clock_every_second() -> None:
    clock = CountingClock(ny("07:59:50.5"))

    await anext(Scheduler(clock, jobs(), clock.now()))

    assert clock.now() == ny("08:00")
    assert len(clock.asked) == 10
    assert max(clock.asked) <= 1


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(600, "primary 21 08:05:01"), (3600, "primary 21 08:55:01 missed"), (-3600, "")],
)
async def test_a_step_of_the_clock_is_noticed_within_a_second(seconds: int, expected: str) -> None:
    clock = VirtualClock(ny("07:55"))
    scheduler = Scheduler(clock, jobs(), clock.now())
    waiting = asyncio.ensure_future(anext(scheduler))
    await asyncio.sleep(0)

    clock.step(seconds)
    found = await waiting

    assert text(found) == (expected or "primary 21 08:00:00")


async def test_two_at_once_come_one_after_the_other() -> None:
    clock = VirtualClock(ny("07:59"))
    twins = [replace(jobs()[0], name=name) for name in ("one", "two")]

    found = await take(Scheduler(clock, twins, clock.now()), 2)

    assert [text(one) for one in found] == ["one 21 08:00:00", "two 21 08:00:00"]


async def test_cancelling_loses_no_pass() -> None:
    clock = VirtualClock(ny("07:59:58"))
    scheduler = Scheduler(clock, jobs(), clock.now())
    waiting = asyncio.ensure_future(anext(scheduler))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert scheduler.fired == FiredPasses()
    assert text(await anext(scheduler)) == "primary 21 08:00:00"


async def test_the_memory_goes_from_one_process_to_the_next() -> None:
    clock = VirtualClock(ny("07:59"))
    first = Scheduler(clock, jobs(), clock.now())
    await anext(first)
    assert first.fired.knows("primary", ny("08:00"))
    assert first.next_at() == ny("09:25")

    clock.step(-120)
    second = Scheduler(clock, jobs(), clock.now(), first.fired)

    assert text(await anext(second)) == "refresh 21 09:25:00"


async def test_an_end_of_the_calendar_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    clock = VirtualClock(ny("07:59"))
    ending = replace(jobs()[0], times=EndOfCalendar(ny("08:00")))
    scheduler = Scheduler(clock, [ending], clock.now())
    with caplog.at_level(logging.WARNING):
        await anext(scheduler)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(scheduler), 0.05)

    assert [record.getMessage() for record in caplog.records] == [
        "a job has no next time: the calendar ends"
    ]
    assert scheduler.next_at() is None


async def test_the_whole_day_under_an_accelerated_clock() -> None:
    speed = 36_000  # ten hours a second
    clock: TimerPort = AcceleratedClock(ny("07:55"), speed)

    found = await take(Scheduler(clock, jobs(speed), ny("07:55")), 3)

    assert [one.job for one in found] == ["primary", "refresh", "second_look"]
    assert all(isinstance(one, Pass) for one in found)
    assert all(one.at >= one.due for one in found)
