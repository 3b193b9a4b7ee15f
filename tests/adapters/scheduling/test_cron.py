"""A cron expression fires at the right instant, through every change of the clock."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from fin_agent.adapters.scheduling.cron import Cron, zone_of
from fin_agent.domain.errors import ConfigError
from fin_agent.domain.session import NEW_YORK

PARIS, BERLIN = ZoneInfo("Europe/Paris"), ZoneInfo("Europe/Berlin")


def in_zone(zone: ZoneInfo, text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def ny(text: str, fold: int = 0) -> datetime:
    return in_zone(NEW_YORK, text, fold)


@pytest.mark.parametrize(
    ("expression", "after", "fires"),
    [
        ("0 8 * * 1-5", "2025-11-20T08:00", ["2025-11-21T08:00", "2025-11-24T08:00"]),
        ("0 8 * * MON-FRI", "2025-11-21T07:59", ["2025-11-21T08:00"]),
        ("45 8 * * 1-5", "2025-11-22T00:00", ["2025-11-24T08:45"]),
        ("0 9 * * 7", "2025-11-21T00:00", ["2025-11-23T09:00"]),
        ("0 9 13 * 5", "2025-11-11T00:00", ["2025-11-13T09:00", "2025-11-14T09:00"]),
        ("0 9 29 2 *", "2025-01-01T00:00", ["2028-02-29T09:00"]),
        ("30 2 * * *", "2026-03-07T12:00", ["2026-03-08T03:00", "2026-03-09T02:30"]),
        ("0,30 2 * * *", "2026-03-08T01:00", ["2026-03-08T03:00", "2026-03-09T02:00"]),
        ("30 1 * * *", "2026-10-31T12:00", ["2026-11-01T01:30", "2026-11-02T01:30"]),
    ],
)
def test_next_fires(expression: str, after: str, fires: list[str]) -> None:
    cron, instant, found = Cron(expression, NEW_YORK), ny(after), []
    for _ in fires:
        fire = cron.next_after(instant)
        assert fire is not None
        assert fire.tzinfo is UTC
        found.append(fire)
        instant = fire

    assert found == [ny(text) for text in fires]


def test_every_hour_comes_in_both_passes_of_the_repeated_one() -> None:
    cron = Cron("0 * * * *", NEW_YORK)

    assert cron.next_after(ny("2026-11-01T01:00")) == ny("2026-11-01T01:00", fold=1)
    assert cron.next_after(ny("2026-11-01T01:00", fold=1)) == ny("2026-11-01T02:00")


@pytest.mark.parametrize("text", ["2026-11-01T01:10", "2026-11-01T01:40"])
def test_a_restart_in_the_repeated_hour_fires_nothing_again(text: str) -> None:
    fire = Cron("30 1 * * *", NEW_YORK).next_after(ny(text, fold=1))

    assert fire == ny("2026-11-02T01:30")


def test_a_fire_is_strictly_later_to_the_microsecond() -> None:
    cron = Cron("0 8 * * *", NEW_YORK)
    at = ny("2025-11-21T08:00")

    assert cron.next_after(at.replace(minute=59, second=59, hour=12, microsecond=999_999)) == at
    assert cron.next_after(at.replace(microsecond=1)) == ny("2025-11-22T08:00")


@pytest.mark.parametrize(
    ("day", "new_york"),
    [
        ("2026-10-23", "09:30"),
        ("2026-10-26", "10:30"),
        ("2026-10-30", "10:30"),
        ("2026-11-02", "09:30"),
        ("2027-03-12", "09:30"),
        ("2027-03-15", "10:30"),
        ("2027-03-26", "10:30"),
        ("2027-03-29", "09:30"),
    ],
)
def test_paris_is_an_hour_nearer_in_the_weeks_between_the_changes(day: str, new_york: str) -> None:
    fire = Cron("30 15 * * 1-5", PARIS).next_after(ny(f"{day}T00:00"))

    assert fire == ny(f"{day}T{new_york}")


def test_berlin_has_its_own_changes() -> None:
    spring = Cron("30 2 * * *", BERLIN).next_after(in_zone(BERLIN, "2026-03-28T12:00"))
    autumn = Cron("30 2 * * *", BERLIN).next_after(in_zone(BERLIN, "2026-10-25T02:30"))

    assert spring == in_zone(BERLIN, "2026-03-29T03:00")
    assert autumn == in_zone(BERLIN, "2026-10-26T02:30")


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("soon", r"'soon' is no cron expression \(1 fields; it needs five fields: minute hour"),
        ("0 0 8 * * 1-5", r"\(6 fields; it needs five"),
        ("0 8 * *", r"\(4 fields; it needs five"),
        ("", r"\(0 fields; it needs five"),
        ("@daily", r"\(1 fields; it needs five"),
        ("61 8 * * *", r"no cron expression \(Bad minute\)"),
        ("0 8 * * 1-9", r"no cron expression \(Bad day-of-week\)"),
        ("0 8 * * 5-1", r"no cron expression \(Bad day-of-week\)"),
        ("0 8 30 2 *", r"no cron expression \(Bad day-of-month\)"),
        ("0 8 */0 * *", r"no cron expression \(Bad day-of-month\)"),
        ("9" * 5000 + " 8 * * *", "no cron expression"),
    ],
)
def test_what_is_no_expression_is_refused_by_its_key(expression: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=f"^schedule.scanner_cron: .*{problem}") as refused:
        Cron.checked(expression, NEW_YORK, "schedule.scanner_cron")

    assert len(refused.value.problems) == 1
    assert "\n" not in str(refused.value)


def test_a_checked_expression_is_the_same() -> None:
    assert Cron.checked("0 8 * * 1-5", NEW_YORK, "key") == Cron("0 8 * * 1-5", NEW_YORK)


def test_an_expression_that_never_fires_is_refused() -> None:
    weekday_and_sunday = "0 8 LW * */7"

    with pytest.raises(ConfigError, match=r"key: '0 8 LW \* \*/7' never fires"):
        Cron.checked(weekday_and_sunday, NEW_YORK, "key")
    assert Cron(weekday_and_sunday, NEW_YORK).next_after(ny("2025-11-21T08:00")) is None


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("Europ/Berlin", "is no time zone; did you mean Europe/Berlin?"),
        ("", "is no time zone; for example America/New_York"),
        ("../../etc/passwd", "is no time zone"),
        ("/etc/passwd", "is no time zone"),
        ("America", "is no time zone"),
        ("America/New_York\x00", "is no time zone"),
    ],
)
def test_an_unknown_zone_is_refused_by_its_key(name: str, problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        zone_of(name, "schedule.timezone")

    assert str(refused.value).startswith(f"schedule.timezone: {name!r} {problem}")


def test_a_zone_is_one_of_the_standard_library() -> None:
    assert type(zone_of("Europe/Paris", "key")) is ZoneInfo
    assert zone_of("UTC", "key").key == "UTC"
