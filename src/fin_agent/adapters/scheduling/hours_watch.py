"""What the venue's own clock says about our clock and our calendar, once a minute."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from fin_agent.adapters.scheduling.skew_watch import SkewWatch
from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.session import NEW_YORK, VenueHours, hours_disagreement
from fin_agent.ports import CalendarPort

_EVERY_S = 60.0
_BEFORE_OPEN = timedelta(minutes=60)

AskHours = Callable[[], Awaitable[VenueHours | None]]


class HoursWatch:
    """Asks from an hour before each open to the close; what does not answer is asked again.

    ``sources`` are asked in order until one tells; the times go to ``skew`` if that is a clock of
    its own (``is_clock``), and not a status that may be minutes old.
    """

    def __init__(
        self,
        calendar: CalendarPort,
        now: Callable[[], datetime],
        skew: SkewWatch,
        sources: list[tuple[AskHours, bool]],
    ) -> None:
        self._calendar = calendar
        self._now = now
        self._skew = skew
        self._sources = sources
        self.doubt: str | None = None

    async def watch(self) -> None:
        """Look once a minute until cancelled."""
        while self._sources:
            await self.look()
            await asyncio.sleep(_EVERY_S)

    async def look(self) -> None:
        """Ask once, when a session is near; ``doubt`` is then why no entry may be sent."""
        now = self._now()
        session = self._calendar.session(now.astimezone(NEW_YORK).date())
        if session is None or not session.open - _BEFORE_OPEN <= now < session.close:
            self.doubt = None
            return
        told = await self._told()
        if told is None:
            return
        is_today = told.at.astimezone(NEW_YORK).date() == session.date
        self.doubt = hours_disagreement(session, told) if is_today else None

    async def _told(self) -> VenueHours | None:
        for ask, is_clock in self._sources:
            sent = self._now()
            try:
                told = await ask()
            except (Unavailable, Refused):
                continue
            if told is not None:
                if is_clock:
                    self._skew.heard(sent, self._now(), told.at)
                return told
        return None
