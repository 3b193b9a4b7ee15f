"""The exchange's sessions, as the exchange kept them, without waiting for a library."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from textwrap import dedent

import pyarrow.parquet as pq
import pytest

from fin_agent.adapters.calendar import ExchangeCalendar
from fin_agent.domain.errors import Unavailable
from fin_agent.domain.session import NEW_YORK
from tests.recorded_data import DATA, need

NAME = f"XNYS-{version('exchange_calendars')}.json"

# Half-days on which the recorded lists and the library disagree (shared/data/README.md)
DISPUTED = {date(1998, 11, 27), date(1998, 12, 24), date(1999, 12, 31), date(2017, 12, 24)}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("calendar")
    ExchangeCalendar(path).session(date(2025, 1, 2))
    return path


@pytest.fixture
def calendar(cache: Path) -> ExchangeCalendar:
    return ExchangeCalendar(cache)


@pytest.fixture(scope="module")
def shared_data() -> Path:
    need(DATA)
    return DATA


@pytest.mark.parametrize("name", ["xnys_sessions_1990_2023", "xnys_sessions_2005_2025"])
def test_sessions_are_those_that_were_held(
    calendar: ExchangeCalendar, shared_data: Path, name: str
) -> None:
    rows = pq.read_table(shared_data / f"calendar/{name}.parquet").to_pylist()
    rows = [row for row in rows if row["session"].weekday() < 5]

    sessions = calendar.sessions(rows[0]["session"], rows[-1]["session"])

    assert [session.date for session in sessions] == [row["session"] for row in rows]
    for session, row in zip(sessions, rows, strict=True):
        if row["session"] not in DISPUTED:
            assert (session.open, session.close) == (row["open_utc"], row["close_utc"])
            assert session.is_half_day == row["early_close"]


@pytest.mark.parametrize(
    ("day", "closes"),
    [
        (date(2024, 7, 3), "13:00"),
        (date(2024, 11, 29), "13:00"),
        (date(2025, 11, 28), "13:00"),
        (date(2025, 12, 24), "13:00"),
        (date(2025, 12, 26), "16:00"),
    ],
)
def test_half_days_close_early(calendar: ExchangeCalendar, day: date, closes: str) -> None:
    session = calendar.session(day)

    assert session is not None
    assert f"{session.close.astimezone(NEW_YORK):%H:%M}" == closes


@pytest.mark.parametrize(
    "day",
    [
        date(2025, 1, 4),
        date(2025, 1, 5),
        date(2025, 1, 1),
        date(2025, 1, 9),
        date(2025, 4, 18),
        date(2021, 12, 24),
        date(2001, 9, 12),
        date(2012, 10, 29),
    ],
)
def test_weekends_holidays_and_closures_are_no_sessions(
    calendar: ExchangeCalendar, day: date
) -> None:
    assert calendar.session(day) is None


@pytest.mark.parametrize(
    ("day", "opens"),
    [
        (date(2024, 3, 8), 14),
        (date(2024, 3, 11), 13),
        (date(2024, 11, 1), 13),
        (date(2024, 11, 4), 14),
    ],
)
def test_the_open_follows_new_york_time(calendar: ExchangeCalendar, day: date, opens: int) -> None:
    session = calendar.session(day)

    assert session is not None
    assert session.open == datetime(day.year, day.month, day.day, opens, 30, tzinfo=UTC)
    assert session.pre_market_open.astimezone(NEW_YORK).hour == 4
    assert session.minutes == 390


@pytest.mark.parametrize(
    ("day", "previous"),
    [
        (date(2025, 1, 6), date(2025, 1, 3)),
        (date(2025, 1, 4), date(2025, 1, 3)),
        (date(2025, 1, 2), date(2024, 12, 31)),
        (date(2001, 9, 17), date(2001, 9, 10)),
        (date(1990, 1, 3), date(1990, 1, 2)),
        (date(1990, 1, 2), date(1989, 12, 29)),
    ],
)
def test_the_previous_session(calendar: ExchangeCalendar, day: date, previous: date) -> None:
    assert calendar.previous(day).date == previous


def test_a_range_holds_both_ends(calendar: ExchangeCalendar) -> None:
    sessions = calendar.sessions(date(2025, 1, 2), date(2025, 1, 10))

    assert [session.date.day for session in sessions] == [2, 3, 6, 7, 8, 10]
    assert not calendar.sessions(date(2025, 1, 10), date(2025, 1, 2))
    assert not calendar.sessions(date(2025, 1, 4), date(2025, 1, 5))


def test_earlier_years_are_computed_when_asked_for(tmp_path: Path) -> None:
    calendar = ExchangeCalendar(tmp_path)
    first = calendar.sessions(date(1987, 10, 16), date(1987, 10, 19))

    assert [session.date.day for session in first] == [16, 19]
    assert json.loads((tmp_path / NAME).read_bytes())["first"] == "1987-01-01"
    assert ExchangeCalendar(tmp_path).session(date(2025, 1, 2)) is not None


@pytest.mark.parametrize("day", [date(2028, 1, 3), date(2200, 1, 1), date(1900, 1, 2), date.min])
def test_a_day_beyond_the_calendar_is_unavailable(calendar: ExchangeCalendar, day: date) -> None:
    with pytest.raises(Unavailable, match="the exchange calendar knows 1928-01-01 to 2027-12-31"):
        calendar.session(day)
    if day > date.min:
        with pytest.raises(Unavailable, match="was asked for"):
            calendar.previous(day)


def test_a_later_end_extends_an_older_cache(tmp_path: Path) -> None:
    ExchangeCalendar(tmp_path, until=date(2025, 6, 30)).session(date(2025, 1, 2))
    longer = ExchangeCalendar(tmp_path, until=date(2026, 6, 30))

    assert longer.session(date(2026, 6, 30)) is not None
    assert json.loads((tmp_path / NAME).read_bytes())["last"] == "2026-06-30"
    assert (
        ExchangeCalendar(tmp_path, until=date(2025, 6, 30)).session(date(2026, 6, 30)) is not None
    )


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"first": "1990-01-01", "last": "2027-12-31", "rows": [[], [], []]}'],
)
def test_a_broken_cache_is_computed_again(tmp_path: Path, content: str) -> None:
    (tmp_path / NAME).write_text(content)

    assert ExchangeCalendar(tmp_path).session(date(2025, 1, 2)) is not None
    assert json.loads((tmp_path / NAME).read_bytes())["first"] == "1990-01-01"


def test_without_a_place_to_cache_it_still_answers(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    for place in (None, tmp_path / "file" / "cache"):
        assert ExchangeCalendar(place).session(date(2025, 1, 2)) is not None
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_warm_process_imports_neither_pandas_nor_the_library(cache: Path) -> None:
    said = in_a_new_process(f"""
        session = ExchangeCalendar(Path({str(cache)!r})).session(date(2025, 1, 2))
        print(session.date, {{"pandas", "numpy", "exchange_calendars"}} & set(sys.modules))
    """)

    assert said == "2025-01-02 set()\n"


def test_without_the_library_a_cold_calendar_is_unavailable() -> None:
    said = in_a_new_process("""
        sys.modules["exchange_calendars"] = None
        try:
            ExchangeCalendar().session(date(2025, 1, 2))
        except Unavailable as error:
            print(error)
    """)

    assert said.startswith("no calendar from 1990-01-01 to 2027-12-31: import of")


def in_a_new_process(lines: str) -> str:
    imports = """
        import sys
        from datetime import date
        from pathlib import Path
        from fin_agent.adapters.calendar import ExchangeCalendar
        from fin_agent.domain.errors import Unavailable
    """
    path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", dedent(imports) + dedent(lines)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_a_warm_calendar_reads_its_file_once(cache: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(cache, tmp_path / "cache")
    calendar = ExchangeCalendar(copied)
    before = calendar.session(date(2025, 1, 2))
    shutil.rmtree(copied)

    assert calendar.session(date(2025, 1, 2)) is before
    assert calendar.session(date(2024, 1, 2)) is not None


def test_a_thousand_days_walked_backwards_are_the_sessions(calendar: ExchangeCalendar) -> None:
    day, found = date(2025, 12, 31) + timedelta(days=1), []
    for _ in range(1000):
        session = calendar.previous(day)
        found.append(session)
        day = session.date

    assert found[::-1] == list(calendar.sessions(found[-1].date, found[0].date))
