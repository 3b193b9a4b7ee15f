"""New York's time by the law alone, so that neither zoneinfo nor cronsim checks itself."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

SCANS = {"primary": 8 * 60, "refresh": 9 * 60 + 25, "second_look": 12 * 60 + 15}
_MINUTE = timedelta(minutes=1)
_HOUR = 60


@dataclass
class Figures:
    """What was checked, and every check that came out wrong."""

    checked: int = 0
    wrong: list[str] = field(default_factory=list)

    def expect(self, found: object, expected: object, about: str) -> None:
        self.checked += 1
        if found != expected:
            self.wrong.append(f"{about}: {found}, expected {expected}")


def clock_changes(year: int) -> tuple[date, date]:
    """The days on which New York's clock changes at 02:00 (Uniform Time Act, 1986 and 2005)."""
    if year < 2007:
        return sunday(date(year, 4, 1)), sunday(date(year, 10, 25))
    return sunday(date(year, 3, 8)), sunday(date(year, 11, 1))


def sunday(day: date) -> date:
    """The first Sunday from a day on."""
    return day + timedelta(days=(6 - day.weekday()) % 7)


def in_utc(day: date, minute: int) -> datetime:
    """The instant of a job at a minute of a New York day: the next valid one, the first of two."""
    spring, autumn = clock_changes(day.year)
    if day == spring and minute // _HOUR == 2:
        minute, behind = 3 * _HOUR, 4
    elif day == spring:
        behind = 5 if minute < 2 * _HOUR else 4
    elif day == autumn:
        behind = 4 if minute < 2 * _HOUR else 5
    else:
        behind = 4 if spring < day < autumn else 5
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return midnight + (behind * _HOUR + minute) * _MINUTE
