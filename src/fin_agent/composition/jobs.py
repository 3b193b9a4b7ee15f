"""Work that a person asks for and that takes a while: each in a process of its own, one at a time.

So a backtest never holds the trading loop up, and a crash in it is its own. A job is a file: what
was asked, how it stands; its document lies beside it.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from fin_agent.adapters.control import written
from fin_agent.composition.bootstrap import App
from fin_agent.domain.errors import FinAgentError, Unavailable, UsageError

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
_MOST_WAITING = 8
_MOST_KEPT = 200
_LONGEST_S = 1800.0
_LARGEST = 64 * 1024 * 1024  # bytes of a document
_NICE = 10
_STOPPED = "the agent was stopped meanwhile; ask again"


@dataclass(frozen=True, slots=True)
class Job:
    """One asked-for run of a command; ``words`` are its arguments, ``problem`` why it failed.

    ``facts`` says what its document holds, for lists of jobs: single values as they are, of lists
    how long they are.
    """

    job_id: str
    command: str
    words: Sequence[str]
    asked_at: str
    state: str = WAITING
    problem: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        return self.state in {DONE, FAILED}


class Jobs:
    """Every job of a data directory; one process of the agent owns them."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._folder = app.data_dir / "api" / "jobs"
        self._turn = asyncio.Semaphore(1)
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def begin(self) -> None:
        """What an earlier process did not finish is failed; the oldest of many are forgotten.

        Raises:
            StateUnavailable: the folder cannot be written.
        """
        jobs = self.all()
        for job in jobs:
            if not job.is_over:
                self._keep(replace(job, state=FAILED, problem=_STOPPED))
        for job in jobs[_MOST_KEPT:]:
            for path in (self._file(job.job_id), self._document(job.job_id)):
                path.unlink(missing_ok=True)

    def ask(self, job_id: str, command: str, words: Sequence[str], at: datetime) -> Job:
        """Start a job, or find the one of this id; call it in the agent's loop.

        Raises:
            Unavailable: too many are waiting already.
            StateUnavailable: the job cannot be written down.
        """
        known = self.named(job_id)
        if known is not None and known.problem != _STOPPED:
            return known
        if len(self._tasks) >= _MOST_WAITING:
            raise Unavailable(f"{_MOST_WAITING} are waiting already; ask again when one is done")
        job = Job(job_id, command, tuple(words), at.isoformat())
        self._keep(job)
        task = asyncio.create_task(self._run(job))
        self._tasks[job_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(job_id, None))
        return job

    async def finished(self, job_id: str) -> Job:
        """Wait for a job to be over.

        Raises:
            UsageError: there is none of this id.
        """
        task = self._tasks.get(job_id)
        if task is not None:
            await asyncio.wait([task])
        job = self.named(job_id)
        if job is None:
            raise UsageError(f"{job_id}: there is no such job")
        return job

    def named(self, job_id: str) -> Job | None:
        """The job of an id; blocks for a file."""
        if not job_id or not all(c.isalnum() or c in "-_" for c in job_id):
            return None
        return _read(self._file(job_id))

    def all(self, command: str | None = None) -> list[Job]:
        """Every job, newest first; blocks for files."""
        paths = self._folder.glob("*.job") if self._folder.is_dir() else ()
        found = [job for path in paths if (job := _read(path)) is not None]
        jobs = [job for job in found if command in {None, job.command}]
        return sorted(jobs, key=lambda job: (job.asked_at, job.job_id), reverse=True)

    def document(self, job: Job) -> Mapping[str, Any] | None:
        """What a job printed, None while it is not done; blocks for a file."""
        if job.state != DONE:
            return None
        found: Mapping[str, Any] = json.loads(self._document(job.job_id).read_bytes())
        return found

    async def close(self) -> None:
        """End what runs."""
        for task in list(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _run(self, job: Job) -> None:
        facts: Mapping[str, Any] = {}
        try:
            async with self._turn:
                self._keep(replace(job, state=RUNNING))
                async with asyncio.timeout(_LONGEST_S):
                    problem, facts = await self._lived(job)
        except asyncio.CancelledError:
            with suppress(FinAgentError):
                self._keep(replace(job, state=FAILED, problem=_STOPPED))
            raise
        except TimeoutError:
            problem = f"it took more than {_LONGEST_S / 60:.0f} minutes"
        except OSError as error:
            problem = f"it could not be started ({error.strerror})"
        state = DONE if problem is None else FAILED
        self._keep(replace(job, state=state, problem=problem, facts=facts))

    async def _lived(self, job: Job) -> tuple[str | None, Mapping[str, Any]]:
        """Run the command; why it failed (None: it did not), and what its document holds."""
        out = self._document(job.job_id)
        fresh = out.with_suffix(".new")
        with fresh.open("wb") as file:
            line = [sys.executable, "-m", "fin_agent", job.command, *self._line(), *job.words]
            child = await asyncio.create_subprocess_exec(
                *line,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=file,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
            try:
                with suppress(OSError):  # it is over already
                    os.setpriority(os.PRIO_PROCESS, child.pid, _NICE)
                code = await child.wait()
            finally:
                if child.returncode is None:
                    with suppress(ProcessLookupError):
                        child.kill()
                    await child.wait()
        found = await asyncio.to_thread(_judged, fresh, code)
        fresh.replace(out)
        return found

    def _line(self) -> list[str]:
        """The options that give a command these settings on this data directory."""
        loaded, choices = self._app.loaded, self._app.loaded.choices
        config = ["--config", str(loaded.files[0])] if loaded.files else []
        profile = [] if choices.profile is None else ["--profile", choices.profile]
        changed = [word for one in choices.assignments for word in ("--set", one)]
        return ["--json", *config, *profile, *changed, "--data-dir", str(self._app.data_dir)]

    def _keep(self, job: Job) -> None:
        written(self._file(job.job_id), json.dumps(asdict(job)))

    def _file(self, job_id: str) -> Path:
        return self._folder / f"{job_id}.job"

    def _document(self, job_id: str) -> Path:
        return self._folder / f"{job_id}.json"


def _read(path: Path) -> Job | None:
    try:
        return Job(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):  # none, or none of ours
        return None


def _judged(path: Path, code: int) -> tuple[str | None, Mapping[str, Any]]:
    if path.stat().st_size > _LARGEST:
        return "its document is too large; ask for less", {}
    try:
        document = json.loads(path.read_bytes())
    except ValueError:
        return f"it ended with code {code} and no document", {}
    error = document.get("error")
    if error is not None:
        return "; ".join(map(str, error["problems"])), {}
    lists = {name: len(value) for name, value in document.items() if isinstance(value, list)}
    plain = {n: v for n, v in document.items() if isinstance(v, str | int | float)}
    return None, {**plain, **lists}
