"""The one place that reads the clock."""

from datetime import UTC, datetime

from fin_agent.ports import ClockPort


class SystemClock(ClockPort):
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock(ClockPort):
    """A clock that stands still: replays, tests, reports that must be reproducible."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at
