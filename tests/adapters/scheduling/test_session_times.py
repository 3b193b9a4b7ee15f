"""Jobs fall on sessions only, before that day's close."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from fin_agent.adapters.calendar import ExchangeCalendar
from fin_agent.adapters.scheduling.cron import Cron
from fin_agent.adapters.scheduling.session_times import CronTimes, FireTimes
from fin_agent.domain.errors import Unavailable
from fin_agent.domain.session import NEW_YORK
from fin_agent.testing.fakes import FakeCalendar


@pytest.fixture(scope="module")
def calendar(tmp_path_factory: pytest.TempPathFactory) -> ExchangeCalendar:
    return ExchangeCalendar(Path(tmp_path_factory.mktemp("calendar")))


def ny(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


def next_local(times: FireTimes, after: str) -> str:
    fire = times.next_after(ny(after))
    return f"{fire.astimezone(NEW_YORK):%Y-%m-%dT%H:%M}" if fire else "never"


@pytest.mark.parametrize(
    ("after", "fires"),
    [
        ("2025-01-08T08:00", "2025-01-10T08:00"),  # 9 January 2025: closed at short notice
        ("2025-11-26T08:00", "2025-11-28T08:00"),  # Thanksgiving
        ("2025-12-24T08:00", "2025-12-26T08:00"),
        ("2025-04-17T08:00", "2025-04-21T08:00"),  # Good Friday
        ("2001-09-10T08:00", "2001-09-17T08:00"),
        ("2025-03-07T08:00", "2025-03-10T08:00"),  # over the change of the clock
        ("2025-11-21T07:59", "2025-11-21T08:00"),
    ],
)
def test_scans_fall_on_sessions_only(calendar: ExchangeCalendar, after: str, fires: str) -> None:
    assert next_local(CronTimes(Cron("0 8 * * 1-5", NEW_YORK), calendar), after) == fires
    assert next_local(CronTimes(Cron("0 8 * * *", NEW_YORK), calendar), after) == fires


def test_nothing_is_scanned_after_an_early_close(calendar: ExchangeCalendar) -> None:
    times = CronTimes(Cron("0 13,15 * * *", NEW_YORK), calendar)

    assert next_local(times, "2025-11-26T13:00") == "2025-11-26T15:00"
    assert next_local(times, "2025-11-27T13:00") == "2025-12-01T13:00"
    second_look = CronTimes(Cron("15 12 * * *", NEW_YORK), calendar)
    assert next_local(second_look, "2025-11-27T13:00") == "2025-11-28T12:15"


def test_the_day_is_new_yorks_in_any_zone(calendar: ExchangeCalendar) -> None:
    tokyo = CronTimes(Cron("30 1 * * *", ZoneInfo("Asia/Tokyo")), calendar)

    assert next_local(tokyo, "2025-11-26T10:00") == "2025-11-26T11:30"
    assert next_local(tokyo, "2025-11-26T11:30") == "2025-11-28T11:30"


def test_where_the_calendar_ends_it_says_so(calendar: ExchangeCalendar) -> None:
    last = ny("2027-12-31T16:00")

    with pytest.raises(Unavailable, match="the exchange calendar knows"):
        CronTimes(Cron("0 8 * * *", NEW_YORK), calendar).next_after(last)


def test_without_a_session_in_sight_there_is_no_time() -> None:
    calendar = FakeCalendar.weekdays(date(2025, 11, 20), date(2025, 11, 21))
    times = CronTimes(Cron("0 8 * * *", NEW_YORK), calendar)

    assert next_local(times, "2025-11-21T07:00") == "2025-11-21T08:00"
    assert next_local(times, "2025-11-21T17:00") == "never"


def test_a_cron_that_never_meets_a_session_is_no_endless_search() -> None:
    calendar = FakeCalendar.weekdays(date(2025, 11, 3), date(2025, 11, 21))

    for expression in ("0 8 * * 6", "0 8 LW * */7"):
        times = CronTimes(Cron(expression, NEW_YORK), calendar)
        assert next_local(times, "2025-11-03T00:00") == "never"
