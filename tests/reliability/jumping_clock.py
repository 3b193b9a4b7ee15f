"""A clock that is set at random, and what must hold of the passes whatever it shows."""

import random
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from fin_agent.adapters.scheduling.agenda import Agenda, FiredPasses, Job, Missed, Pass
from fin_agent.adapters.scheduling.cron import Cron
from fin_agent.adapters.scheduling.session_times import CronTimes
from fin_agent.domain.session import NEW_YORK
from fin_agent.testing.fakes import FakeCalendar
from tests.reliability.new_york import SCANS, Figures, in_utc

_MINUTE = timedelta(minutes=1)
_HOUR = 60


class JumpingClock:
    """A year of weekdays under a clock that is set at random, with restarts in between."""

    def __init__(self, seed: int) -> None:
        self.figures = Figures()
        self._random = random.Random(seed)
        calendar = FakeCalendar.weekdays(date(2025, 1, 1), date(2025, 12, 31))
        often = [9 * _HOUR + n for n in range(0, 7 * _HOUR, 10)]
        minutes = {**{name: [at] for name, at in SCANS.items()}, "often": often}
        crons = {name: f"{at % _HOUR} {at // _HOUR} * * 1-5" for name, at in SCANS.items()}
        crons["often"] = "*/10 9-15 * * 1-5"
        self._jobs = [
            Job(name, CronTimes(Cron(text, NEW_YORK), calendar), 10 * _MINUTE)
            for name, text in crons.items()
        ]
        self._late = self._jobs[0].late
        days = [s.date for s in calendar.sessions(date(2025, 1, 1), date(2025, 12, 31))]
        self._table = {
            name: [in_utc(day, at) for day in days for at in times]
            for name, times in minutes.items()
        }
        self.now = datetime(2025, 6, 2, 11, 55, tzinfo=UTC)
        self.given: set[tuple[str, datetime]] = set()
        self.passes = self.missed = self.restarts = 0
        self._seen = self.now
        self._start()

    def _start(self, fired: FiredPasses | None = None) -> None:
        stored = fired and FiredPasses.of_document(fired.document())
        self._agenda = Agenda(self._jobs, self.now, stored)
        self._since = self._seen = self.now - _MINUTE
        self._look()

    def jump(self) -> None:
        """A few quiet looks, then a step of the clock, and sometimes a restart."""
        dice = self._random
        for _ in range(3):
            self.now += timedelta(seconds=dice.uniform(0.1, 400))
            self._look()
        size = dice.choice([30.0, 30.0, 900.0, 900.0, 7200.0, 7200.0, 3 * 86_400.0])
        self.now += timedelta(seconds=dice.uniform(-size, size))
        if dice.random() < 0.3:  # beside a time that matters
            times = self._table[dice.choice([job.name for job in self._jobs])]
            near = times[bisect_left(times, self.now) % len(times)]
            self.now = near + timedelta(seconds=dice.uniform(-2, 2))
        if not date(2025, 2, 1) < self.now.date() < date(2025, 12, 1):
            self.now = datetime(2025, 6, 2, tzinfo=UTC) + timedelta(days=dice.randrange(60))
        if dice.random() < 0.05:
            self.restarts += 1
            self._start(self._agenda.fired)
        self._look()

    def _look(self) -> None:
        if self.now < self._seen:
            self._since = min(self._since, self.now)
        said: set[tuple[str, datetime]] = set()
        while (found := self._agenda.take(self.now)) is not None:
            said.add((found.job, found.due))
            self._judge(found)
        for name, times in self._table.items():
            self._complete(name, times, said)
        self._seen = self.now

    def _judge(self, found: Pass | Missed) -> None:
        figures, key = self.figures, (found.job, found.due)
        late = self.now - found.due
        figures.expect(found.at, self.now, f"the present of {found}")
        if isinstance(found, Missed):
            self.missed += 1
            overtaken = "overtaken" in found.reason
            figures.expect(overtaken or late > self._late, True, f"too early to give up {found}")
            self.given |= {key} if overtaken else set()
            return
        self.passes += 1
        figures.expect(key in self.given, False, f"twice {found}")
        figures.expect(timedelta(0) <= late <= self._late, True, f"early or late {found}")
        figures.expect(found.due > self._since, True, f"from before the start {found}")
        self.given.add(key)

    def _complete(
        self, name: str, times: Sequence[datetime], said: set[tuple[str, datetime]]
    ) -> None:
        """Nothing in reach is left over, and nothing that time went past is left unsaid."""
        reach = max(self._since, self.now - self._late)
        for due in times[bisect_right(times, reach) : bisect_right(times, self.now)]:
            self.figures.expect((name, due) in self.given, True, f"forgotten {name} {due}")
        passed = max(self._since, self._seen)
        for due in times[bisect_right(times, passed) : bisect_right(times, self.now)]:
            known = (name, due) in self.given or (name, due) in said
            self.figures.expect(known, True, f"unsaid {name} {due}")
