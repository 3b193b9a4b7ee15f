"""Finds symbols whose minute and daily bars are not on one basis: a gap between them is none."""

from collections.abc import Iterator
from datetime import date

import numpy as np

from fin_agent.adapters.bars.columns import BarColumns, days_since_1970
from fin_agent.domain.history import DataIssue
from fin_agent.domain.session import TradingSession

_FEEDS = 0.02  # two feeds of one market are nearer to each other


class BasisCheck:
    """Compares the last regular minute of a session with the daily bar of that session (USD).

    A close lies between the day's low and high, so what is farther off is adjusted for something
    that the other is not: a spin-off, a split without a record, a dividend paid in shares.
    """

    def __init__(self, daily: BarColumns) -> None:
        self._daily = daily
        self._codes = {symbol: code for code, symbol in enumerate(daily.symbols)}
        self._starts = np.searchsorted(daily.codes, np.arange(len(daily.symbols) + 1))
        self._apart: dict[str, list[tuple[date, str]]] = {}

    def add(self, bars: BarColumns, session: TradingSession) -> None:
        """Compare the minute bars of one session."""
        opened, closed = (round(at.timestamp() * 1000) for at in (session.open, session.close))
        regular = bars.take((bars.times >= opened) & (bars.times < closed))
        last = np.flatnonzero(np.diff(regular.codes, append=-1))
        for row in last:
            symbol, close = regular.symbols[regular.codes[row]], regular.values[3, row]
            day = self._row(symbol, session.date)
            if day is None or self._daily.adjusted[day] != regular.adjusted[row]:
                continue
            high, low = self._daily.values[1, day], self._daily.values[2, day]
            if not low / (1.0 + _FEEDS) <= close <= high * (1.0 + _FEEDS):
                what = (
                    f"the last minute closes at {close:g}, the day's range is {low:g} to {high:g}"
                )
                self._apart.setdefault(symbol, []).append((session.date, what))

    def findings(self) -> Iterator[DataIssue]:
        """One for each symbol, with its first session."""
        for symbol, found in sorted(self._apart.items()):
            at, what = found[0]
            later = len(found) - 1
            sessions = "session" if later == 1 else "sessions"
            more = f", and in {later} later {sessions}" if later else ""
            detail = (
                f"{what}{more}: one of the two is adjusted and the other is not, so that every gap"
                " is wrong; import both on one basis"
            )
            yield DataIssue("basis", "suspect", "1m", symbol, str(at), detail)

    def _row(self, symbol: str, day: date) -> int | None:
        code = self._codes.get(symbol)
        if code is None:
            return None
        first, end = self._starts[code], self._starts[code + 1]
        wanted = days_since_1970(day)
        row = int(first + np.searchsorted(self._daily.times[first:end], wanted))
        return row if row < end and self._daily.times[row] == wanted else None
