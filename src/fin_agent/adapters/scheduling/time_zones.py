"""Whether the time zone database knows New York: its version, and its next two clock changes."""

import zoneinfo
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from zoneinfo import ZoneInfo

from fin_agent.domain.errors import Unavailable
from fin_agent.ports import CalendarPort

_NAME = "America/New_York"
_OPENS = time(9, 30)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_AHEAD = 400  # days: two changes lie within
_WEEK = timedelta(days=7)
_UNKNOWN = "unknown"
_REMEDY = "update the system's tzdata, or set PYTHONTZPATH= (empty) to use the package's"


@dataclass(frozen=True, slots=True)
class ZoneData:
    """One copy of the database: where it is, which IANA release, and its New York."""

    place: str
    version: str
    new_york: ZoneInfo


@dataclass(frozen=True, slots=True)
class ZoneCheck:
    """What ``doctor`` prints: the copy in use, its next two changes, and what is wrong with it.

    With a ``problem`` scans run at the wrong hour or sessions begin at another time than the
    calendar says; a ``warning`` changes nothing yet. Each is one line that ends with the remedy.
    """

    used: ZoneData
    changes: Sequence[datetime]
    problems: Sequence[str]
    warnings: Sequence[str]


def zone_data(search: Sequence[str] | None = None) -> ZoneData:
    """The copy that Python uses: the first folder of its search path that has it, or the package.

    ``search`` is that path, ``zoneinfo.TZPATH`` if it is not given.
    """
    for folder in map(Path, zoneinfo.TZPATH if search is None else search):
        if (folder / _NAME).is_file():
            return ZoneData(str(folder), _version(folder), ZoneInfo.no_cache(_NAME))
    return packaged_zone_data()


def packaged_zone_data() -> ZoneData:
    """The copy of the ``tzdata`` package, whose version the lock file pins."""
    folder = resources.files("tzdata.zoneinfo")
    with folder.joinpath(*_NAME.split("/")).open("rb") as file:
        new_york = ZoneInfo.from_file(file, key=_NAME)
    return ZoneData("the package tzdata", _version(folder), new_york)


def check_zone_data(
    calendar: CalendarPort,
    now: datetime,
    used: ZoneData | None = None,
    pinned: ZoneData | None = None,
) -> ZoneCheck:
    """Judge the zone data in use against the pinned copy, the law and the calendar's opens."""
    used, pinned = used or zone_data(), pinned or packaged_zone_data()
    changes = next_changes(used.new_york, now)
    expected = next_changes(pinned.new_york, now)
    problems, warnings = [], []
    about = f"time zones of {used.place} ({used.version})"
    if changes != expected:
        theirs = f"{_days(expected)} in the pinned {pinned.version}"
        problems.append(f"{about} change New York's clock on {_days(changes)}, {theirs}; {_REMEDY}")
    elif _UNKNOWN not in (used.version, pinned.version) and used.version < pinned.version:
        warnings.append(f"{about} are older than the pinned {pinned.version}; {_REMEDY}")
    if changes != (law := list(_by_law(now))):
        problems.append(f"{about} change New York's clock on {_days(changes)}, by law {_days(law)}")
    try:
        problems += _wrong_opens(calendar, used.new_york, changes)
    except Unavailable as error:
        warnings.append(f"the clock changes cannot be compared with the calendar: {error}")
    return ZoneCheck(used, changes, problems, warnings)


def next_changes(zone: ZoneInfo, after: datetime, count: int = 2) -> list[datetime]:
    """The next changes of a zone's offset within 400 days, to the minute, in UTC."""
    begin = after.astimezone(UTC).replace(second=0, microsecond=0)
    found: list[datetime] = []
    for day in range(_AHEAD):
        early, late = begin + day * _DAY, begin + (day + 1) * _DAY
        if len(found) < count and _offset(zone, early) != _offset(zone, late):
            found.append(_change(zone, early, late))
    return found


def _change(zone: ZoneInfo, early: datetime, late: datetime) -> datetime:
    while half := (late - early) // 2 // timedelta(minutes=1) * timedelta(minutes=1):
        same = _offset(zone, early) == _offset(zone, early + half)
        early, late = (early + half, late) if same else (early, early + half)
    return late


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta | None:
    return instant.astimezone(zone).utcoffset()


def _by_law(now: datetime, count: int = 2) -> Iterator[datetime]:
    """02:00 on March's second and November's first Sunday (15 U.S.C. 260a, since 2007), in UTC."""
    for year in range(now.year, now.year + count + 1):
        for month, sunday, hour in ((3, 2, 7), (11, 1, 6)):
            first = date(year, month, 1)
            day = first + timedelta(days=(6 - first.weekday()) % 7) + (sunday - 1) * _WEEK
            change = datetime.combine(day, time(hour), UTC)
            if change > now and count:
                count -= 1
                yield change


def _wrong_opens(
    calendar: CalendarPort, zone: ZoneInfo, changes: Sequence[datetime]
) -> Iterator[str]:
    """The sessions beside a change that do not open at 09:30 by this zone."""
    for change in changes:
        day = change.astimezone(zone).date()
        for session in calendar.sessions(day - _WEEK, day + _WEEK):
            opens = session.open.astimezone(zone).time()
            if opens != _OPENS:
                yield f"by {zone.key} {session.date} opens at {opens:%H:%M}, not 09:30; {_REMEDY}"


def _days(changes: Sequence[datetime]) -> str:
    return " and ".join(f"{change:%Y-%m-%d %H:%M} UTC" for change in changes) or "no day"


def _version(folder: Traversable) -> str:
    """The release as the system's files tell it: Debian's ``tzdata.zi``, macOS's ``+VERSION``."""
    for name in ("tzdata.zi", "+VERSION"):
        try:
            text = folder.joinpath(name).read_text(encoding="ascii")
            return text.partition("\n")[0].removeprefix("# version").strip() or _UNKNOWN
        except (OSError, UnicodeDecodeError):
            continue
    return _UNKNOWN
