"""When a job is due: at a cron time on session days, before that day's close."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from fin_agent.adapters.scheduling.cron import Cron
from fin_agent.domain.session import NEW_YORK, TradingSession
from fin_agent.ports import CalendarPort

_LONGEST_CLOSURE = timedelta(days=14)  # the bank holiday of March 1933 took eleven days
_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)


class FireTimes(ABC):
    """The instants at which a job is due."""

    @abstractmethod
    def next_after(self, instant: datetime) -> datetime | None:
        """The first one strictly after an instant, in UTC; None when none is in sight.

        Raises:
            Unavailable: the calendar does not reach that far.
        """


@dataclass(frozen=True, slots=True)
class CronTimes(FireTimes):
    """A cron expression, on session days of the exchange and before that day's close only.

    The session is the one of the fire's date in New York, whatever the cron's own zone is.
    """

    cron: Cron
    calendar: CalendarPort

    def next_after(self, instant: datetime) -> datetime | None:
        fire = self.cron.next_after(instant)
        while fire is not None:
            day = fire.astimezone(NEW_YORK).date()
            session = self.calendar.session(day)
            if session is not None and fire < session.close:
                return fire
            coming = _next_session(self.calendar, day)
            if coming is None:
                return None
            fire = self.cron.next_after(_midnight(coming.date) - _INSTANT)
        return None


def _next_session(calendar: CalendarPort, day: date) -> TradingSession | None:
    coming = calendar.sessions(day + _DAY, day + _LONGEST_CLOSURE)
    return coming[0] if coming else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), NEW_YORK).astimezone(UTC)
