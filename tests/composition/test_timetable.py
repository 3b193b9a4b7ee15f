"""The schedule settings become named jobs, or problems that name their keys."""

from datetime import UTC, date, datetime, timedelta

import pytest

from fin_agent.composition.settings import ScheduleSettings
from fin_agent.composition.timetable import crons, scan_jobs, second_look
from fin_agent.domain.errors import ConfigError
from fin_agent.domain.session import NEW_YORK
from fin_agent.testing.builders import a_session
from fin_agent.testing.fakes import FakeCalendar

CALENDAR = FakeCalendar.weekdays(date(2025, 11, 3), date(2025, 11, 28))
START = datetime(2025, 11, 21, 5, tzinfo=UTC)


def test_the_scans_of_a_day() -> None:
    due = {job.name: job.times.next_after(START) for job in scan_jobs(ScheduleSettings(), CALENDAR)}

    assert {name: at and f"{at.astimezone(NEW_YORK):%H:%M}" for name, at in due.items()} == {
        "primary": "08:00",
        "refresh": "09:25",
        "second_look": "12:15",
    }


def test_an_accelerated_clock_bears_the_same_real_delay() -> None:
    late = timedelta(minutes=10)

    assert {job.late for job in scan_jobs(ScheduleSettings(), CALENDAR, 600)} == {600 * late}
    assert {job.late for job in scan_jobs(ScheduleSettings(), CALENDAR, 0.5)} == {late}


def test_every_problem_is_named_at_once() -> None:
    wrong = ScheduleSettings(
        timezone="Mars/Base", scanner_cron="0 0 8 * * 1-5", second_look_cron="noon"
    )

    with pytest.raises(ConfigError) as refused:
        crons(wrong)

    assert [problem.partition(":")[0] for problem in refused.value.problems] == [
        "schedule.timezone",
        "schedule.scanner_cron",
        "schedule.second_look_cron",
    ]


def test_a_second_look_outside_the_session_is_refused() -> None:
    session = a_session(closes="12:00")

    with pytest.raises(ConfigError, match=r"second_look_cron: '15 12 \* \* 1-5' misses"):
        second_look(ScheduleSettings(), session)
    assert second_look(ScheduleSettings(second_look_cron="30 9 * * *"), session) == "09:30"
