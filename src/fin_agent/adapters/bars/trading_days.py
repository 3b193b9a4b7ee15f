"""The exchange's sessions as arrays, for the dates that a set of bars spans."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from fin_agent.adapters.bars.columns import day_of, days_since_1970
from fin_agent.adapters.bars.rounding import Flags, Ints
from fin_agent.domain.errors import Unavailable
from fin_agent.domain.session import TradingSession
from fin_agent.ports import CalendarPort

_HOUR_MS = 3_600_000
_EXTENDED_MS = 16 * _HOUR_MS  # 04:00 to 20:00 New York
_BEFORE_EXTENDED_MS = 4 * _HOUR_MS
_PLAUSIBLE = (days_since_1970(date(1900, 1, 1)), days_since_1970(date(2200, 1, 1)))


@dataclass(frozen=True, slots=True)
class TradingDays:
    """Session dates in days since 1970, and 04:00 New York of each in milliseconds."""

    days: Ints
    begins: Ints

    def has(self, days: Ints) -> Flags:
        """Which dates are sessions."""
        return np.isin(days, self.days)

    def ordinals(self, days: Ints) -> Ints:
        """The place of each date in the sequence of sessions."""
        return np.searchsorted(self.days, days)

    def place(self, milliseconds: Ints) -> tuple[Flags, Flags]:
        """Which times fall on a session's date, and which of them from 04:00 to before 20:00."""
        if not len(self.days):
            nowhere = np.zeros(milliseconds.shape, np.bool_)
            return nowhere, nowhere
        midnights = self.begins - _BEFORE_EXTENDED_MS
        index = np.searchsorted(midnights, milliseconds, side="right") - 1
        since = milliseconds - self.begins[np.maximum(index, 0)]
        on_session = (index >= 0) & (since < _EXTENDED_MS + _BEFORE_EXTENDED_MS)
        return on_session, on_session & (since >= 0) & (since < _EXTENDED_MS)


def trading_days(calendar: CalendarPort, days: Ints) -> TradingDays:
    """The sessions from the first to the last of these dates, as far as the calendar knows."""
    distinct = np.unique(days[is_plausible(days)])
    sessions: Sequence[TradingSession] = ()
    if len(distinct):
        try:
            sessions = calendar.sessions(day_of(distinct[0]), day_of(distinct[-1]))
        except Unavailable:
            known = [day for day in map(day_of, distinct) if _is_known(calendar, day)]
            sessions = calendar.sessions(known[0], known[-1]) if known else ()
    return TradingDays(
        np.array([days_since_1970(session.date) for session in sessions], np.int64),
        np.array(
            [round(session.pre_market_open.timestamp() * 1000) for session in sessions], np.int64
        ),
    )


def is_plausible(days: Ints | int) -> Any:  # noqa: ANN401 - a flag for each, or one
    """Whether days since 1970 lie between 1900 and 2200."""
    low, high = _PLAUSIBLE
    return (low <= days) & (days <= high)


def _is_known(calendar: CalendarPort, day: date) -> bool:
    try:
        calendar.session(day)
    except Unavailable:
        return False
    return True
