"""The time programme: every clock change, every session, and clocks that jump.

``python -m tests.reliability.schedule --budget full`` runs all of it and prints the figures; the
test suite runs a small part.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq

from fin_agent.adapters.calendar import ExchangeCalendar
from fin_agent.adapters.clock import ClockReading
from fin_agent.adapters.scheduling.agenda import Agenda, Pass
from fin_agent.adapters.scheduling.cron import Cron
from fin_agent.adapters.scheduling.skew import SkewLevel, judge_skew
from fin_agent.adapters.scheduling.vigil import ClockStepped, Slept, Vigil
from fin_agent.composition.settings import ScheduleSettings
from fin_agent.composition.timetable import scan_jobs
from fin_agent.domain.session import NEW_YORK, SessionRules
from fin_agent.ports import CalendarPort
from tests.reliability.jumping_clock import JumpingClock
from tests.reliability.new_york import SCANS, Figures, clock_changes, in_utc

ALL_MINUTES = range(24 * 60)
RECORDED = ("xnys_sessions_2005_2025", "xnys_sessions_1990_2023")
DISPUTED = {date(1998, 11, 27), date(1998, 12, 24), date(1999, 12, 31)}  # shared/data/README.md
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_HOUR = 60


def every_change(minutes: Sequence[int], years: range = range(2000, 2041)) -> Figures:
    """A daily job at each minute over each change: once the day before, that day, the day after."""
    figures = Figures()
    for day in (day for year in years for day in clock_changes(year)):
        for minute in minutes:
            cron = Cron(f"{minute % _HOUR} {minute // _HOUR} * * *", NEW_YORK)
            days = [day - _DAY, day, day + _DAY]
            expected = [in_utc(one, minute) for one in days]
            start = in_utc(day - _DAY, 0) - _MINUTE
            found = list(fires(cron, start, expected[-1]))
            figures.expect(found, expected, f"{cron.expression} on {day}")
    return figures


def every_hour(years: range = range(2000, 2041)) -> Figures:
    """Jobs of every hour and every quarter follow the wall: 23 and 25 hours, none twice."""
    figures = Figures()
    for year in years:
        for day, hours in zip(clock_changes(year), (23, 25), strict=True):
            start, end = in_utc(day, 0), in_utc(day + _DAY, 0)
            for expression, step in (("0 * * * *", 60), ("*/15 * * * *", 15)):
                found = list(fires(Cron(expression, NEW_YORK), start - _MINUTE, end - _MINUTE))
                expected = [start + n * step * _MINUTE for n in range(hours * 60 // step)]
                figures.expect(found, expected, f"{expression} on {day}")
    return figures


def fires(cron: Cron, after: datetime, last: datetime) -> Iterator[datetime]:
    """The fires of a cron up to and including an instant."""
    fire = cron.next_after(after)
    while fire is not None and fire <= last:
        yield fire
        fire = cron.next_after(fire)


def every_session(calendar: CalendarPort, rows: Sequence[dict[str, Any]]) -> Figures:
    """Each scan on each recorded session, at its instant and no other; flat before the close."""
    figures = Figures()
    for row in rows:
        session = calendar.session(row["session"])
        if session is not None and row["session"] not in DISPUTED:
            flat = session.time_of(session.flat_at(SessionRules()))
            figures.expect(flat, row["close_utc"] - 15 * _MINUTE, f"flat on {row['session']}")
    for job in scan_jobs(ScheduleSettings(), calendar):
        instant = rows[0]["open_utc"] - _DAY
        for row in rows:
            due = expected_time(job.name, row)
            found = job.times.next_after(instant)
            if row["session"] not in DISPUTED:
                figures.expect(found, due, f"{job.name} on {row['session']}")
            instant = max(due, found or due)
    return figures


def expected_time(name: str, row: dict[str, Any]) -> datetime:
    return in_utc(row["session"], SCANS[name])


def recorded_sessions(data: Path, name: str) -> list[dict[str, Any]]:
    """The sessions of a recorded list; one of them has a Sunday (shared/data/README.md)."""
    rows: list[dict[str, Any]] = pq.read_table(data / f"calendar/{name}.parquet").to_pylist()
    return [row for row in rows if row["session"].weekday() < 5]


def every_tick(calendar: CalendarPort, first: date, last: date, step: timedelta) -> Figures:
    """An agenda that is asked every few minutes for years: every scan once, nothing missed."""
    figures = Figures()
    jobs = scan_jobs(ScheduleSettings(), calendar)
    now, end = in_utc(first, 0), in_utc(last, 0)
    agenda = Agenda(jobs, now)
    found: list[tuple[datetime, str]] = []
    while now < end:
        while (one := agenda.take(now)) is not None:
            figures.expect(type(one), Pass, str(one))
            found.append((one.due, one.job))
        now += step
    days = [session.date for session in calendar.sessions(first, last - _DAY)]
    expected = [(in_utc(day, minute), name) for day in days for name, minute in SCANS.items()]
    figures.expect(found, expected, "all scans")
    figures.checked += len(expected)
    return figures


def jumps(count: int, seed: int = 1) -> tuple[Figures, JumpingClock]:
    """A clock set at random so many times: nothing twice, nothing early, nothing silently lost."""
    clock = JumpingClock(seed)
    for _ in range(count):
        clock.jump()
    return clock.figures, clock


def gaps(count: int, seed: int = 1) -> Figures:
    """Seconds with sleeps of 1 s to 8 h, stops and steps in them: each is told for what it is."""
    figures, dice = Figures(), random.Random(seed)
    wall, monotonic, boottime = 1.7e9, 100.0, 5000.0
    vigil = Vigil(lambda: ClockReading(wall, monotonic, boottime))
    for _ in range(count):
        asleep = dice.choice([0.0, dice.uniform(1, 8 * 3600)])
        stood = dice.choice([1.0, 1.0, dice.uniform(1, 60)])
        step = dice.choice([0.0, 0.0, dice.uniform(-86_400, 86_400), dice.uniform(-4, 4)])
        wall += asleep + stood + step
        monotonic += stood
        boottime += asleep + stood
        slept = [one for one in vigil.look() if isinstance(one, Slept)]
        figures.expect(len(slept), int(asleep + stood > 5), f"slept {asleep} {stood}")
        if slept:
            figures.expect(abs(slept[0].suspended - asleep) < 0.001, True, f"{slept} {asleep}")
        wall += 1 + step
        monotonic, boottime = monotonic + 1, boottime + 1
        stepped = [one.seconds for one in vigil.look() if isinstance(one, ClockStepped)]
        figures.expect(len(stepped), int(abs(step) > 2), f"step {step}")
    return figures


def skews() -> Figures:
    """Offsets of 1 ms to a day, both ways, measured exactly and through slow answers."""
    figures = Figures()
    at = datetime(2025, 11, 21, 13, tzinfo=UTC)
    for milliseconds in (1, 10, 500, 1000, 1001, 2500, 5000, 5001, 60_000, 86_400_000):
        for sign in (1, -1):
            ours = at + sign * timedelta(milliseconds=milliseconds)
            level = SkewLevel.NO_ENTRIES if milliseconds > 5000 else SkewLevel.WARN
            exact = level if milliseconds > 1000 else SkewLevel.FINE
            figures.expect(judge_skew(ours, ours, at).level, exact, f"{sign * milliseconds} ms")
            slow = judge_skew(ours - 2 * timedelta(seconds=1), ours + timedelta(seconds=2), at)
            proved = milliseconds > 7000
            expected = SkewLevel.NO_ENTRIES if proved else SkewLevel.UNKNOWN
            figures.expect(slow.level, expected, f"{sign * milliseconds} ms, slowly")
    return figures


def main() -> int:
    """Run the programme and print one line for each part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budget", choices=("small", "full"), default="small")
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared" / "data")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    full = options.budget == "full"
    wrong = 0
    with TemporaryDirectory() as cache:
        for name, part in parts(ExchangeCalendar(Path(cache)), options, full=full):
            begun = time.perf_counter()
            figures = part()
            took = time.perf_counter() - begun
            wrong += len(figures.wrong)
            print(f"{name}: {figures.checked} checked, {len(figures.wrong)} wrong, {took:.1f} s")
            for line in figures.wrong[:5]:
                print(f"  {line}")
    return 1 if wrong else 0


def parts(calendar: CalendarPort, options: argparse.Namespace, *, full: bool) -> Iterator[Any]:
    """The name and the function of every part, by budget."""
    minutes = ALL_MINUTES if full else few_minutes()
    count, seed = (10_000 if full else 1_000), options.seed
    yield f"82 clock changes x {len(minutes)} minutes", lambda: every_change(minutes)
    yield "82 clock changes, hourly and quarterly", every_hour
    for name in RECORDED if full else RECORDED[:1]:
        rows = recorded_sessions(options.data, name)
        yield f"{len(rows)} sessions x 5 jobs ({name})", lambda r=rows: every_session(calendar, r)
    first = date(2005 if full else 2024, 1, 1)
    step = timedelta(minutes=5)
    yield f"ticks from {first}", lambda: every_tick(calendar, first, date(2026, 1, 1), step)
    yield f"{count} clock jumps (seed {seed})", lambda: jumps(count, seed)[0]
    yield f"{count} sleeps and steps (seed {seed})", lambda: gaps(count, seed)
    yield "clock skews", skews


def few_minutes() -> list[int]:
    """The job times, every quarter, and the minutes around the change."""
    quarters = {n for n in ALL_MINUTES if n % 15 == 0}
    edges = {2 * _HOUR + n for n in (-61, -1, 1, 59, 61)}
    return sorted({*SCANS.values(), *quarters, *edges})


if __name__ == "__main__":
    sys.exit(main())
