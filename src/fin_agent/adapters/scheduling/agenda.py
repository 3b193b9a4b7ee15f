"""Which passes are due now: each once, late ones by rule, and none ever dated back.

A pass that is noticed at most ``Job.late`` after its time is run, as of the present. Later than
that it is missed and said to be missed, and the next pass is run. What was due before the agent
started is not run at all. Steps of the clock change neither rule.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from types import MappingProxyType

from fin_agent.adapters.scheduling.session_times import FireTimes
from fin_agent.domain.errors import CorruptData, Unavailable

_REMEMBERED = 2000  # spans of a job: one more each time that a pass was missed
_LOOK_BACK = timedelta(days=8)  # missed passes are named as far back as this
_START_GRACE = timedelta(minutes=1)
Span = tuple[datetime, datetime]
_NOTHING: Mapping[str, Sequence[Span]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Job:
    """A name, the times it is due at, and how late it may still be run."""

    name: str
    times: FireTimes
    late: timedelta


@dataclass(frozen=True, slots=True)
class Pass:
    """A job to be run now: ``at`` is the present, ``due`` the time it was planned for (UTC)."""

    job: str
    due: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Missed:
    """A job that was not run for that time, and will not be unless the clock is set back."""

    job: str
    due: datetime
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class FiredPasses:
    """The passes that were run, by job: the memory that makes each run once over restarts.

    Kept as spans from a first to a last pass with none left out between, so that years of them
    stay short.
    """

    spans: Mapping[str, Sequence[Span]] = field(default_factory=lambda: _NOTHING)

    def knows(self, job: str, due: datetime) -> bool:
        spans = self.spans.get(job, ())
        before = bisect_right(spans, due, key=itemgetter(0))
        return before > 0 and due <= spans[before - 1][1]

    def also(
        self, job: str, due: datetime, next_after: Callable[[datetime], datetime | None]
    ) -> "FiredPasses":
        """With one more; ``next_after`` gives the job's next time, to join it to its neighbours."""
        spans = list(self.spans.get(job, ()))
        place = bisect_right(spans, due, key=itemgetter(0))
        first = last = due
        if place < len(spans) and next_after(due) == spans[place][0]:
            last = spans.pop(place)[1]
        if place > 0 and next_after(spans[place - 1][1]) == due:
            place -= 1
            first = spans.pop(place)[0]
        spans.insert(place, (first, last))
        return FiredPasses({**self.spans, job: tuple(spans[-_REMEMBERED:])})

    def document(self) -> dict[str, list[list[str]]]:
        """Plain values for a store: ISO 8601 in UTC."""
        return {
            job: [[moment.isoformat() for moment in span] for span in spans]
            for job, spans in self.spans.items()
        }

    @classmethod
    def of_document(cls, document: Mapping[str, Sequence[Sequence[str]]]) -> "FiredPasses":
        """What ``document`` gave.

        Raises:
            CorruptData: it is something else.
        """
        try:
            spans = {
                str(job): tuple(sorted((_utc(first), _utc(last)) for first, last in pairs))
                for job, pairs in dict(document).items()
            }
        except (TypeError, ValueError) as error:
            raise CorruptData(f"the memory of passes cannot be read: {error}") from error
        return cls(spans)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


class Agenda:
    """The jobs of an agent that started at an instant, with what was already run.

    A start up to a minute late still counts as on time, so that a restart in the moment of a pass
    loses nothing.
    """

    def __init__(
        self, jobs: Sequence[Job], started: datetime, fired: FiredPasses | None = None
    ) -> None:
        self.fired = fired or FiredPasses()
        self._jobs = {job.name: job for job in jobs}
        self._since = started - _START_GRACE
        self._seen = self._since
        self._next: dict[str, datetime | None] = {}
        self._blocked: dict[str, str] = {}
        self._found: deque[tuple[datetime, str, str]] = deque()

    @property
    def blocked(self) -> str:
        """Why a job has no next pass (the calendar ends); empty while all have one."""
        return next(iter(self._blocked.values()), "")

    def next_at(self) -> datetime | None:
        """When the next pass is due; None when none is known."""
        return min((due for due in self._next.values() if due is not None), default=None)

    def take(self, now: datetime) -> Pass | Missed | None:
        """The next thing to do or to say at this instant; None when there is nothing.

        A pass counts as fired from here on: ``fired`` is stored before the pass is run.
        """
        if now != self._seen or not self._next:
            self._look(now)
        while self._found:
            due, name, reason = self._found.popleft()
            if reason:
                return Missed(name, due, now, reason)
            if due > now or self.fired.knows(name, due):
                continue
            if now - due > self._jobs[name].late:
                return Missed(name, due, now, _too_late(now - due))
            self._settle(self._jobs[name], due)
            return Pass(name, due, now)
        return None

    def _look(self, now: datetime) -> None:
        stepped_back = now < self._seen
        if stepped_back:
            self._since = min(self._since, now)
        found: list[tuple[datetime, str, str]] = []
        for job in self._jobs.values():
            coming = self._next.get(job.name)
            if stepped_back or coming is None or coming <= now:
                self._blocked.pop(job.name, None)
                found += self._due(job, now)
                self._next[job.name] = self._after(job, now)
        self._found.extend(sorted(found))
        self._seen = now

    def _due(self, job: Job, now: datetime) -> list[tuple[datetime, str, str]]:
        """The passes between the last look and now: the newest is run, those before are missed."""
        begin = max(self._since, min(self._seen, now - job.late), now - _LOOK_BACK)
        times: list[datetime] = []
        due = self._after(job, begin)
        while due is not None and due <= now:
            if not self.fired.knows(job.name, due):
                times.append(due)
            due = self._after(job, due)
        if not times:
            return []
        *earlier, newest = times
        said = [(due, job.name, self._passed_over(job, due, now)) for due in earlier]
        late = _too_late(now - newest) if now - newest > job.late else ""
        return [*said, (newest, job.name, late)]

    def _passed_over(self, job: Job, due: datetime, now: datetime) -> str:
        if now - due > job.late:
            return _too_late(now - due)
        self._settle(job, due)  # the later one stands for it
        return "overtaken by its next time"

    def _settle(self, job: Job, due: datetime) -> None:
        self.fired = self.fired.also(job.name, due, lambda instant: self._after(job, instant))

    def _after(self, job: Job, instant: datetime) -> datetime | None:
        try:
            return job.times.next_after(instant)
        except Unavailable as error:
            self._blocked[job.name] = str(error)
            return None


def _too_late(by: timedelta) -> str:
    import pendulum

    return f"{pendulum.duration(seconds=int(by.total_seconds())).in_words()} late"
