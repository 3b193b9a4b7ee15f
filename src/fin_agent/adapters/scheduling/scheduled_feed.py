"""A session's feed with the scans of the schedule at their places between its minutes."""

from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, aclosing, nullcontext
from datetime import datetime, timedelta

from fin_agent.adapters.scheduling.agenda import Agenda, Missed, Pass
from fin_agent.domain.session import TradingSession
from fin_agent.ports import FeedItem, MinuteBars, Pulse, ScanDue, SessionFeedPort

_IN_TIME = timedelta(minutes=1)
_MACHINE_S = 10.0  # real seconds in which a busy machine may notice


class Timetable:
    """The scans that are due, each given once; ``tell`` hears of those that were missed.

    A scan that is noticed within a minute, or within ten real seconds under a fast clock, is made
    as of the time it was planned for; a later one as of the minute in which it was noticed.
    """

    def __init__(self, agenda: Agenda, tell: Callable[[Missed], None], speed: float = 1.0) -> None:
        self._agenda = agenda
        self._tell = tell
        self._in_time = max(_IN_TIME, timedelta(seconds=_MACHINE_S * speed))
        self._again: deque[ScanDue] = deque()

    def repeat(self, scans: Sequence[ScanDue]) -> None:
        """Give scans once more that a crash cut off."""
        self._again.extend(scans)

    def due(self, now: datetime) -> Iterator[ScanDue]:
        """Every scan that is due now, oldest first."""
        while self._again:
            yield self._again.popleft()
        while (found := self._agenda.take(now)) is not None:
            if isinstance(found, Pass):
                yield ScanDue(found.job, found.due, self._dated(found))
            else:
                self._tell(found)

    def next_at(self) -> datetime | None:
        """When the next scan is due; None before the first question."""
        return self._agenda.next_at()

    def _dated(self, found: Pass) -> datetime:
        if found.at - found.due <= self._in_time:
            return found.due
        return found.at.replace(second=0, microsecond=0)


class ScheduledFeed(SessionFeedPort):
    """Another feed; a scan comes as soon as every minute before its instant has come.

    ``while_scanning`` is entered for as long as a scan is made.
    """

    def __init__(
        self,
        feed: SessionFeedPort,
        timetable: Timetable,
        while_scanning: Callable[[datetime], AbstractContextManager[None]] = lambda _: (
            nullcontext()
        ),
    ) -> None:
        self._feed = feed
        self._timetable = timetable
        self._while_scanning = while_scanning
        self._waiting: deque[ScanDue] = deque()

    async def follow(
        self, session: TradingSession, symbols: Sequence[str]
    ) -> AsyncGenerator[FeedItem, None]:
        known = 0  # minutes that have come
        async with aclosing(self._feed.follow(session, symbols)) as items:
            async for item in items:
                if isinstance(item, Pulse):
                    self._waiting.extend(self._timetable.due(item.now))
                elif isinstance(item, MinuteBars):
                    known = item.minute + 1
                yield item
                while self._waiting and session.minute_of(self._waiting[0].at) <= known:
                    due = self._waiting.popleft()
                    with self._while_scanning(due.at):
                        yield due
