"""One trading day of the exchange, and every moment the agent cares about in it.

All times are aware; everything "before the close" is relative to THIS day's close, so half-days
need no special case.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import ClassVar
from zoneinfo import ZoneInfo

from fin_agent.domain.errors import InvalidValue
from fin_agent.domain.events import DomainEvent, canonical

NEW_YORK = ZoneInfo("America/New_York")
_PRE_MARKET_OPEN_HOUR = 4
_MINUTE = timedelta(minutes=1)
_FULL_DAY_MINUTES = 390  # 09:30 to 16:00
_TOLERANCE = _MINUTE  # between two clocks, and while a market is just opening or closing


@dataclass(frozen=True, slots=True)
class SessionRules:
    """The ``session`` settings, in minutes; ``max_chase_pct`` in percent of the reference."""

    entry_window_minutes: int = 120
    opening_range_minutes: int = 30
    flat_minutes_before_close: int = 15
    no_entry_minutes_before_close: int = 20
    max_chase_pct: float = 2.0


@dataclass(frozen=True, slots=True)
class TradingSession:
    """One day on which the exchange trades, with its own open and close (aware)."""

    date: date
    open: datetime
    close: datetime

    def __post_init__(self) -> None:
        if self.open.tzinfo is None or self.close.tzinfo is None or self.close <= self.open:
            msg = f"session {self.date}: open and close must be aware and in order"
            raise InvalidValue(msg)

    @property
    def minutes(self) -> int:
        """Regular minutes: 390 on a full day, 210 on a day that closes at 13:00."""
        return (self.close - self.open) // _MINUTE

    @property
    def pre_market_open(self) -> datetime:
        """04:00 New York of the session's date."""
        local = self.open.astimezone(NEW_YORK)
        return local.replace(hour=_PRE_MARKET_OPEN_HOUR, minute=0, second=0, microsecond=0)

    @property
    def is_half_day(self) -> bool:
        return self.minutes < _FULL_DAY_MINUTES

    def minute_of(self, at: datetime) -> int:
        """Whole minutes from the open to ``at``; negative before the open."""
        return (at - self.open) // _MINUTE

    def time_of(self, minute: int) -> datetime:
        """The New York time at which a bar with this minute number starts."""
        return (self.open + minute * _MINUTE).astimezone(NEW_YORK)

    def entry_end(self, rules: SessionRules) -> int:
        """The minute at which no entry may fill any more."""
        last = self.minutes - rules.no_entry_minutes_before_close
        return max(0, min(rules.entry_window_minutes, last))

    def flat_at(self, rules: SessionRules) -> int:
        """The minute at which everything is taken out."""
        return max(0, self.minutes - rules.flat_minutes_before_close)


@dataclass(frozen=True, slots=True)
class VenueHours:
    """What a venue says about itself at an instant of its own clock; all times aware.

    ``next_open`` and ``next_close`` are the next ones after ``at``; None when it does not say.
    """

    at: datetime
    is_open: bool
    next_open: datetime | None = None
    next_close: datetime | None = None


def hours_disagreement(session: TradingSession | None, venue: VenueHours) -> str | None:
    """Why a venue and our calendar do not mean the same day; None when they agree.

    ``session`` is the calendar's for the venue's date in New York, None on days without one.
    Asked before the open it already finds an unscheduled closure, a late open or an early close;
    while they disagree at the open nothing is traded.
    """
    at = venue.at.astimezone(NEW_YORK)
    if session is None:
        return _opens_on_a_closed_day(at, venue)
    if session.date != at.date():
        raise InvalidValue(f"the session of {session.date} does not belong to {at.date()}")
    edges = (session.open, session.close)
    ours = session.open <= venue.at < session.close
    if ours != venue.is_open and all(abs(venue.at - edge) > _TOLERANCE for edge in edges):
        says = f"at {at:%H:%M} on {session.date} the venue is {_open(venue.is_open)}"
        return f"{says}, by the calendar it is {_open(ours)}{_until(venue)}"
    return _other_times(session, venue)


def _opens_on_a_closed_day(at: datetime, venue: VenueHours) -> str | None:
    opens = venue.next_open and venue.next_open.astimezone(NEW_YORK)
    if venue.is_open:
        return f"at {at:%H:%M} on {at.date()} the venue is open, the calendar has no session"
    if opens and opens.date() == at.date():
        return f"on {at.date()} the venue opens at {opens:%H:%M}, the calendar has no session"
    return None


def _other_times(session: TradingSession, venue: VenueHours) -> str | None:
    """An open or close of this session that the venue puts elsewhere."""
    for edge, ours, theirs in (
        ("opens", session.open, venue.next_open),
        ("closes", session.close, venue.next_close),
    ):
        ahead = venue.at < ours - _TOLERANCE
        if theirs is not None and ahead and abs(theirs - ours) > _TOLERANCE:
            local = theirs.astimezone(NEW_YORK)
            expected = f"the calendar says {ours.astimezone(NEW_YORK):%Y-%m-%d %H:%M}"
            return f"the venue next {edge} on {local:%Y-%m-%d at %H:%M}, {expected}"
    return None


def _open(is_open: bool) -> str:  # noqa: FBT001 - a word for a flag
    return "open" if is_open else "closed"


def _until(venue: VenueHours) -> str:
    if venue.is_open or venue.next_open is None:
        return ""
    return f"; it says that it opens at {venue.next_open.astimezone(NEW_YORK):%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class SessionOpened(DomainEvent):
    """A day begins: what it is decided by and decided on.

    ``settings`` is canonical JSON, ``inputs`` a hash over the day's stored data.
    """

    session: TradingSession
    equity: Decimal
    settings: str
    inputs: str

    def payload(self) -> dict[str, object]:
        return {
            "open": self.session.open,
            "close": self.session.close,
            "equity": self.equity,
            "settings": json.loads(self.settings),
            "inputs": self.inputs,
        }

    def text(self) -> str:
        """The canonical payload; the settings are that already and the same every day."""
        session, inputs = self.session, {"equity": self.equity, "inputs": self.inputs}
        text = canonical({**inputs, "open": session.open, "close": session.close, "settings": None})
        return text.replace('"settings":null', f'"settings":{self.settings}', 1)


@dataclass(frozen=True, slots=True)
class ScanRequested(DomainEvent):
    """A scan of the schedule begins as of ``at``; ``due`` is when it was planned for.

    It is stored before the scan, so that a restart knows which scans were begun.
    """

    is_decision: ClassVar[bool] = False

    job: str
    due: datetime
    at: datetime

    def payload(self) -> dict[str, object]:
        return {"job": self.job, "due": self.due, "at": self.at}


@dataclass(frozen=True, slots=True)
class SessionLocked(DomainEvent):
    """Realised + unrealised reached the daily loss cap: no entries, everything out."""

    minute: int
    day_pnl: Decimal
    cap: Decimal

    def payload(self) -> dict[str, object]:
        return {"minute": self.minute, "day_pnl": self.day_pnl, "cap": self.cap}


@dataclass(frozen=True, slots=True)
class SessionClosed(DomainEvent):
    """The day's result in account currency; ``flat`` says that nothing was held at the close."""

    equity: Decimal
    pnl: Decimal
    trades: int
    flat: bool
    kpi_hits: int

    def payload(self) -> dict[str, object]:
        return {
            "equity": self.equity,
            "pnl": self.pnl,
            "trades": self.trades,
            "flat": self.flat,
            "kpi_hits": self.kpi_hits,
        }
