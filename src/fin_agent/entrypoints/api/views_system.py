"""Builds the answers about the machine: log, dead letters, quotas, health, settings, runs."""

from dataclasses import asdict
from typing import Any

from fin_agent.composition import api_health
from fin_agent.composition.api_reads import Asked, events_after
from fin_agent.composition.bootstrap import App
from fin_agent.composition.jobs import Job, Jobs
from fin_agent.composition.live_view import LiveView
from fin_agent.composition.maintenance import state_path
from fin_agent.composition.state import Recorded, dead_letters
from fin_agent.composition.usage import provider_use
from fin_agent.entrypoints.api.models.commands import Backtest, Backtests
from fin_agent.entrypoints.api.models.log import DeadLetter, DeadLetters, Event, Events
from fin_agent.entrypoints.api.models.system import (
    Capability,
    Check,
    Doctor,
    FactorWeight,
    LogTail,
    Quota,
    Quotas,
    Settings,
)
from fin_agent.entrypoints.api.paging import paged
from fin_agent.entrypoints.api.views_status import configured_weights
from fin_agent.entrypoints.documents.log import dead_document, event_row
from fin_agent.entrypoints.documents.standing import quotas_document

_TAIL_BYTES = 512 * 1024


async def events_of(app: App, asked: Asked, after: int | None, limit: int) -> Events:
    """Events behind a place, or the newest; ``next_cursor`` goes on from the last of them."""
    found, last = await events_after(app, asked, after, limit)
    items = [event_of(recorded) for recorded in found]
    is_full = after is not None and len(items) == limit
    after_them = str(items[-1].seq) if is_full else None
    return Events(items=items, count=len(items), next_cursor=after_them, last_seq=last)


def event_of(recorded: Recorded) -> Event:
    """One event with its envelope."""
    return Event.model_validate(event_row(recorded))


async def dead_letters_of(app: App, cursor: str | None, limit: int) -> DeadLetters:
    """What was given up; the trace stays in the log of the machine."""
    found = await dead_letters(app) if state_path(app).is_file() else []
    rows: Any = dead_document(found)["dead_letters"]
    letters = [DeadLetter.model_validate(row) for row in rows]
    return DeadLetters(**paged(letters, cursor, limit))


async def quotas_of(app: App, cursor: str | None, limit: int) -> Quotas:
    """The calls that still count."""
    limits = api_health.quota_limits(app)
    rows: Any = quotas_document(await provider_use(app))["quotas"]
    found = [
        Quota.model_validate({**row, "limits": list(limits.get(row["provider"], ()))})
        for row in rows
    ]
    return Quotas(**paged(found, cursor, limit))


async def doctor_of(app: App, *, outside: bool) -> Doctor:
    """The health of everything."""
    found, able = await api_health.looked_at(app, outside=outside)
    return Doctor(
        at=app.clock.now(),
        ok=all(check.state != api_health.FAIL for check in found),
        checks=[Check.model_validate(asdict(check)) for check in found],
        capabilities=[Capability.model_validate(asdict(one)) for one in able],
    )


async def settings_of(app: App, view: LiveView) -> Settings:
    """The settings in force."""
    return Settings(
        settings=app.settings.model_dump(mode="json"),
        files=[str(path) for path in app.loaded.files],
        weights=[
            FactorWeight(factor=name, configured=weight, next_scan=view.weights.get(name, weight))
            for name, weight in configured_weights(app).items()
        ],
        plugins=api_health.plug_ins(),
    )


async def log_tail(app: App, lines: int) -> LogTail:
    """The newest lines of the newest log file."""
    files = sorted((app.data_dir / "logs").glob("*.log*"), key=lambda path: path.stat().st_mtime)
    plain = [path for path in files if path.suffix in {".log", ".jsonl"}]
    if not plain:
        return LogTail(file=None, lines=[])
    with plain[-1].open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _TAIL_BYTES))
        text = file.read().decode("utf-8", "replace")
    return LogTail(file=str(plain[-1]), lines=text.splitlines()[-lines:])


async def backtests_of(app: App, jobs: Jobs) -> Backtests:
    """Runs that were asked for, newest first, then those of the command line."""
    asked = [backtest_of(job) for job in jobs.all("backtest")]
    runs = [_run(name) for name in reversed(app.runs())]
    return Backtests(items=[*asked, *runs], count=len(asked) + len(runs))


def _run(name: str) -> Backtest:
    return Backtest(name=name, state="done", asked_at=None, first=None, last=None)


def backtest_of(job: Job) -> Backtest:
    """A run that a person asked for here."""
    words = list(job.words)
    return Backtest.model_validate(
        {
            "name": job.job_id,
            "state": job.state,
            "asked_at": job.asked_at,
            "first": words[words.index("--from") + 1],
            "last": words[words.index("--to") + 1],
            "problem": job.problem,
        }
    )
