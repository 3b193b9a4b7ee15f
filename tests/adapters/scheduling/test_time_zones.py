"""Stale time zone data is noticed before it moves a scan by an hour."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from struct import pack
from zoneinfo import ZoneInfo

import pytest

from fin_agent.adapters.scheduling.time_zones import (
    ZoneData,
    check_zone_data,
    next_changes,
    packaged_zone_data,
    zone_data,
)
from fin_agent.domain.errors import Unavailable
from fin_agent.domain.session import TradingSession
from fin_agent.testing.fakes import FakeCalendar

CALENDAR = FakeCalendar.weekdays(date(2025, 10, 1), date(2026, 12, 31))
NOW = datetime(2025, 11, 21, 13, tzinfo=UTC)
CHANGES = [datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC)]
PINNED = packaged_zone_data()


def a_zone(rule: str, version: str = "2006a") -> ZoneData:
    """A time zone file that holds one rule and no table."""
    header = b"TZif2" + bytes(15) + pack(">6l", 0, 0, 0, 0, 1, 4)
    body = pack(">lbb", -18_000, 0, 0) + b"EST\0"
    file = BytesIO((header + body) * 2 + b"\n" + rule.encode() + b"\n")
    return ZoneData("old", version, ZoneInfo.from_file(file, key="America/New_York"))


TODAY = a_zone("EST5EDT,M3.2.0,M11.1.0", PINNED.version)
BEFORE_2007 = a_zone("EST5EDT,M4.1.0,M10.5.0")


def test_the_zone_data_of_this_machine_is_right() -> None:
    check = check_zone_data(CALENDAR, NOW)

    assert check.problems == []
    assert check.changes == CHANGES
    assert check.used == replace(zone_data(), new_york=check.used.new_york)
    assert PINNED.version >= "2025b"


def test_the_same_release_is_fine() -> None:
    check = check_zone_data(CALENDAR, NOW, TODAY)

    assert (check.problems, check.warnings) == ([], [])


def test_old_data_with_the_same_rule_is_a_warning() -> None:
    (warning,) = check_zone_data(CALENDAR, NOW, replace(TODAY, version="2019a")).warnings

    assert warning.startswith("time zones of old (2019a) are older than the pinned 20")
    assert warning.endswith("set PYTHONTZPATH= (empty) to use the package's")
    assert not check_zone_data(CALENDAR, NOW, replace(TODAY, version="unknown")).warnings


def test_data_from_before_a_change_of_the_law_is_a_problem() -> None:
    problems = check_zone_data(CALENDAR, NOW, BEFORE_2007).problems

    assert problems[0].startswith(
        "time zones of old (2006a) change New York's clock on 2026-04-05 07:00 UTC and 2026-10-25 "
        "06:00 UTC, 2026-03-08 07:00 UTC and 2026-11-01 06:00 UTC in the pinned 20"
    )
    assert problems[1].endswith("by law 2026-03-08 07:00 UTC and 2026-11-01 06:00 UTC")
    assert problems[2].startswith("by America/New_York 2026-03-30 opens at 08:30, not 09:30")


def test_a_zone_without_changes_is_a_problem() -> None:
    problems = check_zone_data(CALENDAR, NOW, a_zone("EST5")).problems

    assert "change New York's clock on no day, 2026-03-08" in problems[0]


def test_a_new_law_in_both_copies_differs_from_the_known_one_and_from_the_calendar() -> None:
    eternal = a_zone("EDT4")
    check = check_zone_data(CALENDAR, datetime(2026, 3, 1, tzinfo=UTC), eternal, eternal)

    assert "by law 2026-03-08" in check.problems[0]


def test_a_calendar_made_with_other_zones_is_a_problem() -> None:
    wrong = [
        TradingSession(s.date, s.open + timedelta(hours=1), s.close + timedelta(hours=1))
        if s.date == date(2026, 3, 9)
        else s
        for s in CALENDAR.sessions(date(2026, 1, 1), date(2026, 12, 31))
    ]

    (problem,) = check_zone_data(FakeCalendar(wrong), NOW, TODAY).problems

    assert problem.startswith("by America/New_York 2026-03-09 opens at 10:30, not 09:30")


class ShortCalendar(FakeCalendar):
    def sessions(self, first: date, last: date) -> list[TradingSession]:
        raise Unavailable(f"{first} to {last} is not known")


def test_a_calendar_that_does_not_reach_the_change_is_a_warning() -> None:
    check = check_zone_data(ShortCalendar([]), NOW, TODAY)

    assert check.problems == []
    assert [warning.partition(": ") for warning in check.warnings] == [
        (
            "the clock changes cannot be compared with the calendar",
            ": ",
            "2026-03-01 to 2026-03-15 is not known",
        )
    ]


def test_changes_are_found_to_the_minute() -> None:
    zone = TODAY.new_york

    assert next_changes(zone, CHANGES[0] - timedelta(minutes=1))[0] == CHANGES[0]
    assert next_changes(zone, CHANGES[0])[0] == CHANGES[1]
    assert next_changes(ZoneInfo("Australia/Lord_Howe"), NOW) == [
        datetime(2026, 4, 4, 15, tzinfo=UTC),
        datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
    ]
    assert next_changes(ZoneInfo("UTC"), NOW) == []


@pytest.mark.parametrize(
    ("files", "version"),
    [
        ({"tzdata.zi": "# version 2031c\n# more\n"}, "2031c"),
        ({"+VERSION": "2030a\n"}, "2030a"),
        ({"tzdata.zi": "", "+VERSION": ""}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_the_copy_that_python_would_use_is_named(
    tmp_path: Path, files: dict[str, str], version: str
) -> None:
    (tmp_path / "America").mkdir()
    (tmp_path / "America" / "New_York").write_bytes(b"")
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    found = zone_data([str(tmp_path / "nothing"), str(tmp_path)])

    assert (found.place, found.version) == (str(tmp_path), version)


def test_without_a_system_copy_it_is_the_package(tmp_path: Path) -> None:
    found = zone_data([str(tmp_path)])

    assert (found.place, found.version) == ("the package tzdata", PINNED.version)
