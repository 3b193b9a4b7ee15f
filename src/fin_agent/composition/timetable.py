"""The ``schedule`` settings become the jobs of the agent's day."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fin_agent.composition.settings import ScheduleSettings
from fin_agent.domain.errors import ConfigError
from fin_agent.domain.events import Event
from fin_agent.domain.session import NEW_YORK, ScanRequested, TradingSession
from fin_agent.ports import CalendarPort

if TYPE_CHECKING:  # pendulum takes 50 ms to import, and most commands need no schedule
    from fin_agent.adapters.scheduling.agenda import Job
    from fin_agent.adapters.scheduling.cron import Cron

PRIMARY, REFRESH, SECOND_LOOK = "primary", "refresh", "second_look"
_KEYS = {PRIMARY: "scanner_cron", REFRESH: "refresh_cron", SECOND_LOOK: "second_look_cron"}
_MINUTE = timedelta(minutes=1)
_SCAN_LATE = 10 * _MINUTE  # a scan that is later would be overtaken by the open or the next one
_BEFORE = timedelta(seconds=1)


def crons(schedule: ScheduleSettings) -> Mapping[str, "Cron"]:
    """The cron of every scan by its name.

    Raises:
        ConfigError: the zone or an expression is wrong; every problem with its key.
    """
    from fin_agent.adapters.scheduling.cron import Cron, zone_of

    found: dict[str, Cron] = {}
    problems: list[str] = []
    zone = NEW_YORK
    try:
        zone = zone_of(schedule.timezone, "schedule.timezone")
    except ConfigError as error:
        problems += error.problems
    for name, key in _KEYS.items():
        try:
            found[name] = Cron.checked(getattr(schedule, key), zone, f"schedule.{key}")
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return found


def scan_jobs(
    schedule: ScheduleSettings, calendar: CalendarPort, speed: float = 1.0
) -> Sequence["Job"]:
    """The scans of a session day: ``primary``, ``refresh`` and ``second_look``.

    ``speed`` is that of an accelerated clock: a delay of the machine is so much longer by it, and
    so is the lateness that is borne.

    Raises:
        ConfigError: the zone or an expression is wrong; every problem with its key.
    """
    from fin_agent.adapters.scheduling.agenda import Job
    from fin_agent.adapters.scheduling.session_times import CronTimes

    late = _SCAN_LATE * max(1.0, speed)
    return [Job(name, CronTimes(cron, calendar), late) for name, cron in crons(schedule).items()]


def begun_passes(events: Sequence[Event]) -> Mapping[str, Sequence[tuple[datetime, datetime]]]:
    """The passes that a day's log says were begun, as the memory of the agenda keeps them."""
    found: dict[str, list[tuple[datetime, datetime]]] = {}
    for event in events:
        if event.type == ScanRequested.__name__:
            told = json.loads(event.payload)
            due = datetime.fromisoformat(told["due"])
            found.setdefault(told["job"], []).append((due, due))
    return {job: sorted(spans) for job, spans in found.items()}


def second_look(schedule: ScheduleSettings, session: TradingSession) -> str:
    """The New York clock time of a session's second look.

    Raises:
        ConfigError: the cron expression is none, or does not fire inside the session.
    """
    from fin_agent.adapters.scheduling.cron import Cron, zone_of

    expression, key = schedule.second_look_cron, "schedule.second_look_cron"
    zone = zone_of(schedule.timezone, "schedule.timezone")
    at = Cron.checked(expression, zone, key).next_after(session.open - _BEFORE)
    if at is None or at >= session.close:
        raise ConfigError([f"{key}: {expression!r} misses {session.date}"])
    return at.astimezone(NEW_YORK).strftime("%H:%M")
