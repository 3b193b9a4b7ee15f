"""Checks of this machine: settings, zones, calendar, disk, database, stored bars, ports."""

import asyncio
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from fin_agent.adapters.bars.store import BarStore
from fin_agent.adapters.scheduling.time_zones import check_zone_data
from fin_agent.composition.addresses import check_addresses
from fin_agent.composition.bootstrap import App
from fin_agent.composition.findings import Cause, Finding, failure, fine, warning
from fin_agent.composition.kill_switch import agent_in
from fin_agent.composition.maintenance import newest_backup
from fin_agent.composition.standing import standing_or_problem
from fin_agent.domain.errors import ConfigError, CorruptData, Unavailable, UsageError
from fin_agent.domain.session import NEW_YORK

_LEAST_FREE = 100 << 20  # bytes: the reserve for exits, the log of a day and a backup
_LITTLE_FREE = 1 << 30
_AHEAD = timedelta(days=30)
_FIXED_SQLITE = (3, 51, 3)  # reliability row 11
_HISTORY_DAYS = timedelta(days=45)

Check = Callable[[App], Coroutine[Any, Any, list[Finding]]]


async def configuration(app: App) -> list[Finding]:
    """What the settings name but is not there."""
    problems = await app.configuration_problems()
    try:
        check_addresses(app.settings.providers)
    except ConfigError as error:
        problems += error.problems
    if not problems:
        files = ", ".join(str(path) for path in app.loaded.files) or "the shipped defaults"
        return [fine("configuration", files)]
    remedy = "change it in config.yaml, the environment or --set; fin-agent config show"
    return [
        failure("configuration", problem, remedy, Cause.CONFIGURATION, blocks=True)
        for problem in problems
    ]


async def universe(app: App) -> list[Finding]:
    """How many symbols are scanned."""
    try:
        found = await app.instruments()
    except ConfigError:
        return []  # told by ``configuration``
    except (CorruptData, UsageError) as error:
        remedy = "name a file in universe.file, or import bars"
        return [failure("universe", str(error), remedy, Cause.STATE, blocks=True)]
    return [fine("universe", f"{len(found):,} symbols ({app.settings.universe.file})")]


async def time_zones(app: App) -> list[Finding]:
    """The zone database, the calendar's reach and its next session."""
    now = app.clock.now()
    checked = await asyncio.to_thread(check_zone_data, app.calendar, now)
    found = [
        failure("time zones", problem, "", Cause.STATE, blocks=True) for problem in checked.problems
    ]
    found += [warning("time zones", text, "") for text in checked.warnings]
    if not found:
        change = checked.changes[0].astimezone(NEW_YORK).date() if checked.changes else "none"
        found.append(fine("time zones", f"{checked.used.version}; next clock change {change}"))
    return found + _calendar(app)


def _calendar(app: App) -> list[Finding]:
    today = app.clock.now().astimezone(NEW_YORK).date()
    try:
        coming = app.calendar.sessions(today, today + _AHEAD)
    except Unavailable as error:
        remedy = "update fin-agent: exchange_calendars knows the sessions"
        return [failure("calendar", str(error), remedy, Cause.STATE, blocks=True)]
    if not coming:
        remedy = "update fin-agent: exchange_calendars knows the sessions"
        return [failure("calendar", "no session in 30 days", remedy, Cause.STATE, blocks=True)]
    halves = [str(session.date) for session in coming if session.is_half_day]
    half = f"; closes early on {', '.join(halves)}" if halves else ""
    return [fine("calendar", f"next session {coming[0].date}{half}")]


async def disk(app: App) -> list[Finding]:
    """Whether the data directory can be written, is private, and has room."""
    return await asyncio.to_thread(_disk, app.data_dir)


def _disk(folder: Path) -> list[Finding]:
    remedy = f"make {folder} writable for this user, or choose another: --data-dir"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
        free = shutil.disk_usage(folder).free
        is_open = folder.stat().st_mode & 0o077
    except OSError as error:
        detail = f"{folder}: cannot be written ({error.strerror})"
        return [failure("disk", detail, remedy, Cause.STATE, blocks=True)]
    room = f"{free / (1 << 30):,.1f} GiB free in {folder}"
    if free < _LEAST_FREE:
        remedy = "free 100 MiB or more: entries stop on a full disk"
        return [failure("disk", room, remedy, Cause.STATE, blocks=True)]
    found = [fine("disk", room)]
    if free < _LITTLE_FREE:
        found = [warning("disk", room, "free some space before it stops entries")]
    if is_open:
        detail = f"{folder}: others on this machine may read it"
        found.append(warning("disk", detail, f"chmod 700 {folder}"))
    return found


async def database(app: App) -> list[Finding]:
    """Whether the state database can be read, and what it says about trading."""
    found = await standing_or_problem(app)
    problem = found.database.problem
    if problem is not None:
        remedy = "fin-agent db verify, then db restore FILE"
        return [failure("database", str(problem), remedy, Cause.STATE, blocks=True)]
    if not found.database.is_there:
        told = [fine("database", "none yet: the first run makes it")]
    else:
        size = found.database.size / (1 << 20)
        told = [fine("database", f"{found.database.events:,} events, {size:,.1f} MiB")]
        if newest_backup(app) is None:
            told.append(warning("backup", "there is none", "fin-agent db backup"))
    if sqlite3.sqlite_version_info < _FIXED_SQLITE:
        detail = f"SQLite {sqlite3.sqlite_version}: one writing connection is used because of it"
        told.append(fine("sqlite", detail))
    if found.killed is not None:
        told.append(warning("halted", found.killed, "fin-agent resume"))
    told.append(fine("agent", agent_in(app.data_dir) or "none runs"))
    return told


async def stored_bars(app: App) -> list[Finding]:
    """Whether the daily bars that every scan rests on are there and current."""
    store = BarStore(app.data_dir / "bars")
    span = await asyncio.to_thread(store.daily_dates)
    sync = "fin-agent data sync"
    if span is None:
        return [failure("daily bars", "none are stored", sync, Cause.STATE)]
    today = app.clock.now().astimezone(NEW_YORK).date()
    previous = app.calendar.previous(today).date
    detail = f"{span[0]} to {span[1]}, {len(store.symbols()):,} symbols"
    if span[1] < previous:
        return [warning("daily bars", f"{detail}; the last session was {previous}", sync)]
    if span[1] - span[0] < _HISTORY_DAYS:
        return [warning("daily bars", f"{detail}; too short for ATR and volume", sync)]
    return [fine("daily bars", detail)]


LOCAL: Sequence[Check] = (configuration, universe, time_zones, disk, database, stored_bars)
BLOCKING: Sequence[Check] = (configuration, universe, time_zones, disk)
