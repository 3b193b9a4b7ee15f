"""What the completed daily bars say before a session, for every symbol at once.

Bit by bit equal to ``domain.indicators`` on each symbol's bars on file: sums run in the same
left-to-right order (cumulative sums would round differently).
"""

from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple

import numpy as np

from fin_agent.adapters.bars.columns import day_of
from fin_agent.adapters.bars.panel import AsOf, DailyPanel
from fin_agent.adapters.bars.rounding import Flags, Floats, Ints
from fin_agent.domain.indicators import ADV_SESSIONS, RVOL_SESSIONS
from fin_agent.domain.snapshot import DailyFeatures

_ATR_LONG, _ATR_SHORT = 14, 5
_LONGEST = max(_ATR_LONG + 1, ADV_SESSIONS, RVOL_SESSIONS)
_NEEDED = (_ATR_LONG + 1, _ATR_SHORT + 1, ADV_SESSIONS, RVOL_SESSIONS)  # bars for each mean
_BLOCK = 1 << 14  # rows: their columns stay in the processor's cache
_ROWS_PER_LOOK = 48  # averaging all rows pays once sessions x symbols exceed 1/48 of them


class DailyColumns(NamedTuple):
    """``DailyFeatures`` as columns: USD and shares, NaN where not computable, day -1: no bar."""

    bars: Ints
    last_day: Ints
    ends_yesterday: Flags
    prev_close: Floats
    atr14: Floats
    atr5: Floats
    adv: Floats
    mean_volume: Floats
    source: str = "bars"

    def take(self, places: Ints) -> "DailyColumns":
        """The symbols at these places."""
        return DailyColumns._make([*(column[..., places] for column in self[:-1]), self.source])

    def session(self, row: int) -> "DailyColumns":
        """One of several sessions, each of which is a row."""
        return DailyColumns._make([*(column[row] for column in self[:-1]), self.source])

    def of(self, place: int) -> DailyFeatures:
        """One symbol's features, as the domain knows them."""
        last_day = int(self.last_day[place])
        return DailyFeatures(
            bars=int(self.bars[place]),
            last_date=day_of(last_day) if self.bars[place] else None,
            ends_yesterday=bool(self.ends_yesterday[place]),
            prev_close=_known(self.prev_close[place]),
            atr14=_known(self.atr14[place]),
            atr5=_known(self.atr5[place]),
            adv=_known(self.adv[place]),
            mean_volume=_known(self.mean_volume[place]),
            source=self.source,
        )


def _known(value: np.float64) -> float | None:
    plain = float(value)
    return plain if isfinite(plain) else None


class _Means(NamedTuple):
    """Means over the last bars up to a row, that row included."""

    atr14: Floats
    atr5: Floats
    adv: Floats
    mean_volume: Floats

    def take(self, rows: Ints) -> "_Means":
        return _Means._make(column.take(rows) for column in self)


_Values = tuple[Ints, Ints, Floats, Floats, Floats, Floats, Floats]


class FeatureReader:
    """Reads one panel's features session by session."""

    def __init__(self, panel: DailyPanel) -> None:
        self._panel = panel
        self._looks = 0
        self._all: _Means | None = None
        self._last: tuple[int, _Values] | None = None

    def before(self, as_of: AsOf, previous: int) -> DailyColumns:
        """Every symbol's features before a session; ``previous`` is the day of the last one."""
        if self._last is None or self._last[0] != as_of.day:
            self._last = (as_of.day, self._read(as_of.ends, as_of.bars))
        return _columns(self._last[1], previous)

    def ahead(self, as_of: Sequence[AsOf], previous: Sequence[int]) -> DailyColumns:
        """The same before several sessions at once: a row each."""
        ends, bars = (np.array([stand[place] for stand in as_of]) for place in (1, 3))
        return _columns(self._read(ends, bars), np.array(previous)[:, None])

    def _read(self, ends: Ints, bars: Ints) -> _Values:
        rows = self._panel.rows
        if not rows.total:
            nothing = np.full(len(bars), np.nan)
            return bars, bars - 1, nothing, nothing, nothing, nothing, nothing
        last = np.maximum(ends - 1, 0)
        means = self._means(last)
        last_day, prev_close = rows.day.take(last).astype(np.int64), rows.close.take(last)
        if bars.min() < _LONGEST:
            last_day[bars == 0] = -1
            prev_close[bars == 0] = np.nan
            for needed, column in zip(_NEEDED, means, strict=True):
                column[bars < needed] = np.nan
        return bars, last_day, prev_close, *means

    def _means(self, last: Ints) -> _Means:
        self._looks += last.size * _ROWS_PER_LOOK
        if self._all is None:
            if self._looks < self._panel.rows.total:
                return self._means_at(last)
            self._all = self._means_everywhere()
        return self._all.take(last)

    def _means_at(self, last: Ints) -> _Means:
        """Means up to some rows; those that reach before a symbol's first bar tell nothing."""
        rows = self._panel.rows

        def at(column: Floats, back: int) -> Floats:
            return column.take(last - back, mode="clip")

        def true_range(back: int) -> Floats:
            return _true_range(at(rows.high, back), at(rows.low, back), at(rows.close, back + 1))

        volumes = [at(rows.volume, back) for back in _backwards(ADV_SESSIONS)]
        closes = [at(rows.close, back) for back in _backwards(ADV_SESSIONS)]
        ranges = [true_range(back) for back in _backwards(_ATR_LONG)]
        values = [close * volume for close, volume in zip(closes, volumes, strict=True)]
        return _averaged(ranges, values, volumes)

    def _means_everywhere(self) -> _Means:
        count = self._panel.rows.total
        parts = [self._means_at(np.arange(min(_LONGEST, count)))]
        parts += [
            self._means_between(start, min(start + _BLOCK, count))
            for start in range(_LONGEST, count, _BLOCK)
        ]
        return _Means._make(np.concatenate(columns) for columns in zip(*parts, strict=True))

    def _means_between(self, start: int, stop: int) -> _Means:
        rows = self._panel.rows
        wide, before = slice(start - _LONGEST + 1, stop), slice(start - _LONGEST, stop - 1)
        true_range = _true_range(rows.high[wide], rows.low[wide], rows.close[before])
        value, volume = rows.close[wide] * rows.volume[wide], rows.volume[wide]

        def shifted(column: Floats, n: int) -> list[Floats]:
            ends = (len(column) - back for back in _backwards(n))
            return [column[end - (stop - start) : end] for end in ends]

        return _averaged(
            shifted(true_range, _ATR_LONG),
            shifted(value, ADV_SESSIONS),
            shifted(volume, RVOL_SESSIONS),
        )


def _columns(values: _Values, previous: int | Ints) -> DailyColumns:
    bars, last_day, prev_close, atr14, atr5, adv, volume = values
    yesterday = last_day == previous
    return DailyColumns(bars, last_day, yesterday, prev_close, atr14, atr5, adv, volume)


def _backwards(n: int) -> range:
    """How far back the last n bars are, the oldest first."""
    return range(n - 1, -1, -1)


def _true_range(high: Floats, low: Floats, before: Floats) -> Floats:
    widest = np.maximum(np.abs(high - before), np.abs(low - before))
    return np.maximum(high - low, widest)


def _averaged(ranges: list[Floats], values: list[Floats], volumes: list[Floats]) -> _Means:
    return _Means(*map(_mean, (ranges, ranges[-_ATR_SHORT:], values, volumes)))


def _mean(columns: list[Floats]) -> Floats:
    """The mean of each row, summed strictly from left to right like ``indicators.total``."""
    result = columns[0].copy()
    for column in columns[1:]:
        result += column
    result /= len(columns)
    return result
