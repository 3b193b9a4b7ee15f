"""The minute side of the bar store: days as they are needed, and what volume is normal by when.

Only the last days stay in memory; of older ones, the volume up to the asked clock time.
"""

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import NamedTuple, TypeVar

import numpy as np

from fin_agent.adapters.bars.adjustment import Splits
from fin_agent.adapters.bars.columns import days_since_1970
from fin_agent.adapters.bars.minutes import DayMinutes
from fin_agent.adapters.bars.panel import BarReader
from fin_agent.adapters.bars.rounding import Floats
from fin_agent.domain.indicators import RVOL_MIN_SESSIONS, RVOL_SESSIONS
from fin_agent.domain.session import TradingSession
from fin_agent.ports import CalendarPort

_DAYS = 2  # a session, and the one before it
_VOLUMES = 4 * RVOL_SESSIONS  # two clock times a day over twice the sessions that are averaged

K = TypeVar("K")
V = TypeVar("V")


class _Recent(OrderedDict[K, V]):
    """Keeps the entries used last."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def or_new(self, key: K, make: Callable[[], V]) -> V:
        if key in self:
            self.move_to_end(key)
        else:
            self[key] = make()
            if len(self) > self._limit:
                self.popitem(last=False)
        return self[key]


class _ByThen(NamedTuple):
    """Shares traded by a clock time of one day, and 1 for symbols with extended hours stored."""

    volume: Floats
    counts: Floats


class MinuteArchive:
    """Reads the store's minute bars day by day."""

    def __init__(
        self, store: BarReader, calendar: CalendarPort, splits: Callable[[], Splits]
    ) -> None:
        self._store = store
        self._calendar = calendar
        self._splits = splits
        self._generation: int | None = None
        self._dates: list[date] = []
        self._symbols: Sequence[str] = ()
        self._days: _Recent[date, DayMinutes] = _Recent(_DAYS)
        self._volumes: _Recent[tuple[date, int], _ByThen] = _Recent(_VOLUMES)

    def day(self, session: TradingSession) -> DayMinutes:
        """The stored bars of a session; empty when it is not stored."""
        self._refresh()
        return self._of(session)

    def normal_volume(self, symbols: Sequence[str], session: TradingSession, minute: int) -> Floats:
        """Mean shares traded by a minute over the last 20 stored sessions before this one.

        NaN for symbols with fewer than 10 of them with extended hours. Shares are counted as on
        the session's day.
        """
        self._refresh()
        if symbols != self._symbols:
            self._symbols = symbols
            self._volumes.clear()
        end = bisect_left(self._dates, session.date)
        volume, counts = np.zeros(len(symbols)), np.zeros(len(symbols))
        for day in self._dates[max(0, end - RVOL_SESSIONS) : end]:
            by_then = self._volumes.or_new((day, minute), partial(self._by_then, day, minute))
            volume += self._split_since(by_then.volume, day, session.date)
            counts += by_then.counts
        enough = counts >= RVOL_MIN_SESSIONS
        return np.where(enough, volume / np.maximum(counts, 1.0), np.nan)

    def _refresh(self) -> None:
        generation = self._store.generation
        if generation != self._generation:
            self._days.clear()
            self._volumes.clear()
            self._dates = self._store.minute_dates()
            self._generation = generation

    def _of(self, session: TradingSession) -> DayMinutes:
        def read() -> DayMinutes:
            return DayMinutes(self._store.read_minutes(session.date), session, self._splits())

        return self._days.or_new(session.date, read)

    def _by_then(self, day: date, minute: int) -> _ByThen:
        session = self._calendar.session(day)
        if session is None:
            nothing = np.zeros(len(self._symbols))
            return _ByThen(nothing, nothing)
        bars = self._of(session)
        traded = bars.traded(bars.places(self._symbols), minute)
        volume = np.where(traded.has_extended, traded.volume, 0.0)
        return _ByThen(volume, traded.has_extended.astype(np.float64))

    def _split_since(self, volume: Floats, day: date, session_date: date) -> Floats:
        first, last = days_since_1970(day), days_since_1970(session_date)
        split = self._splits().between(first, last)
        if not split:
            return volume
        splits = self._splits()
        factors = [splits[s].divisor(first, last) if s in split else 1.0 for s in self._symbols]
        return np.asarray(volume * np.array(factors))
