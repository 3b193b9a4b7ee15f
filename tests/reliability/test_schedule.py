"""A small part of the time programme; the whole: ``python -m tests.reliability.schedule``."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from fin_agent.adapters.calendar import ExchangeCalendar
from tests.acceptance.recorded_days import recorded
from tests.reliability import schedule
from tests.reliability.new_york import SCANS, Figures, clock_changes

__all__ = ["recorded"]  # a fixture


@pytest.fixture(scope="module")
def calendar(tmp_path_factory: pytest.TempPathFactory) -> ExchangeCalendar:
    return ExchangeCalendar(tmp_path_factory.mktemp("calendar"))


def clean(figures: Figures, at_least: int) -> None:
    assert figures.wrong == []
    assert figures.checked >= at_least


def test_jobs_fire_once_over_every_change_of_the_clock() -> None:
    hours = {*SCANS.values(), *range(0, 24 * 60, 60)}

    clean(schedule.every_change(sorted(hours | {59, 61, 90, 119, 121, 150, 181})), 82 * 30)


def test_hourly_jobs_follow_the_wall() -> None:
    clean(schedule.every_hour(range(2005, 2009)), 16)


def test_five_thousand_sessions(recorded: Path, calendar: ExchangeCalendar) -> None:
    rows = schedule.recorded_sessions(recorded, schedule.RECORDED[0])

    clean(schedule.every_session(calendar, rows), 20_000)


def test_three_months_of_ticks(calendar: ExchangeCalendar) -> None:
    first, last = date(2025, 2, 1), date(2025, 5, 1)

    clean(schedule.every_tick(calendar, first, last, timedelta(minutes=7)), 300)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_clock_that_jumps_doubles_and_loses_nothing(seed: int) -> None:
    figures, clock = schedule.jumps(200, seed)

    clean(figures, 2_000)
    assert clock.passes > 50
    assert clock.missed > 50
    assert clock.restarts > 3


def test_sleeps_and_steps_are_told_apart() -> None:
    clean(schedule.gaps(1_000), 2_000)


def test_skews_are_judged() -> None:
    clean(schedule.skews(), 40)


def test_the_law_of_the_programme() -> None:
    assert clock_changes(2006) == (date(2006, 4, 2), date(2006, 10, 29))
    assert clock_changes(2026) == (date(2026, 3, 8), date(2026, 11, 1))
