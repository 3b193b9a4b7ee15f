"""Every daily bar on file as flat columns, and where each symbol stands before a session.

Rows are sorted by symbol, then date, so that "the last n bars on file" is a slice whatever dates
a symbol lacks. Symbols with splits have further rows: one run for each era between two ex-dates,
as traded then, so that no session pays for adjusting prices.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from functools import cache
from math import prod
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import pyarrow as pa

from fin_agent.adapters.bars.adjustment import Splits, SymbolSplits, as_traded
from fin_agent.adapters.bars.columns import day_of
from fin_agent.adapters.bars.daily_rows import DailyRows, Days, read_rows
from fin_agent.adapters.bars.rounding import Flags, Floats, Ints
from fin_agent.domain.errors import CorruptData

LOOKBACK = 20  # bars before an era that its first session's features look at
_SPAN = 1 << 22  # days: more than any calendar has
_STEPS = 4  # bars to walk on to a later day; beyond that, searching is faster


@runtime_checkable
class BarReader(Protocol):
    """What the columnar code asks of the bar store."""

    @property
    def generation(self) -> int: ...
    def symbols(self) -> list[str]: ...
    def minute_dates(self) -> list[date]: ...
    def splits(self) -> list[tuple[str, date, float]]: ...
    def read_daily(
        self, first: date | None, last: date | None, symbols: Sequence[str] | None = None
    ) -> pa.Table: ...
    def read_minutes(self, day: date, symbols: Sequence[str] | None = None) -> pa.Table: ...


class AsOf(NamedTuple):
    """Where each symbol stands before a session's day.

    ``ends`` is the row after its last completed bar, ``coming`` that row's day (``_SPAN``: it has
    no further bar), ``bars`` the number of completed bars.
    """

    day: int
    ends: Ints
    coming: Days
    bars: Ints


class _Runs(NamedTuple):
    """Runs of rows of one symbol each; ``origin`` is the row that its first bar has or would."""

    origin: Ints
    stop: Ints


class _View(NamedTuple):
    """Each symbol's run of rows on a day: what its keys start from, its origin and its end."""

    keys: Ints
    origins: Ints
    stops: Ints


class DailyPanel:
    """The daily bars of some symbols, sorted; a symbol without bars has no rows."""

    def __init__(self, table: pa.Table, symbols: Sequence[str], splits: Splits) -> None:
        self.symbols = tuple(sorted({*symbols}))
        self.position = {symbol: place for place, symbol in enumerate(self.symbols)}
        self.splits = splits
        rows, counts, adjusted = read_rows(table, self.position)
        stops = np.cumsum(counts)
        eras = _Eras(rows, adjusted, stops - counts, stops)
        for symbol in splits.keys() & self.position.keys():
            eras.add(self.position[symbol], splits[symbol])
        self._base = (stops - counts, stops, adjusted)
        self._eras = eras.segments
        self._changes = sorted({day for days, _ in self._eras.values() for day in days})
        self.rows, self._runs, lengths = eras.finished()
        segments = np.repeat(np.arange(len(lengths), dtype=np.int64) * _SPAN, lengths)
        self._keys = segments + self.rows.day
        if (self._keys[1:] <= self._keys[:-1]).any():
            raise CorruptData("daily bars are not sorted by date, or hold one twice")
        self._views: dict[int, _View] = {}
        self._last: tuple[_View, AsOf] | None = None
        self._ahead: dict[int, AsOf] = {}

    def as_of(self, day: int) -> AsOf:
        """Where each symbol stands before a day (since 1970)."""
        ahead = self._ahead.get(day)
        if ahead is not None:
            return ahead
        view, last = self._view(day), self._last
        if last is None or last[0] is not view or last[1].day != day:
            found = self._walked(view, last[1], day) if last and last[0] is view else None
            last = self._last = (view, found or self._searched(view, day))
        return last[1]

    def look_ahead(self, days: Sequence[int]) -> list[AsOf]:
        """Where each symbol stands before these days, which come next; they are remembered."""
        self._ahead = {}
        self._ahead = {day: self.as_of(day) for day in days}
        return [*self._ahead.values()]

    def today(self, as_of: AsOf) -> tuple[Ints, Flags]:
        """The row of each symbol's bar of that very day, and whether it has one."""
        return np.minimum(as_of.ends, max(0, self.rows.total - 1)), as_of.coming == as_of.day

    def _walked(self, view: "_View", last: AsOf, day: int) -> AsOf | None:
        """From one day on to a later one: a bar or two, so that a backtest need not search."""
        ends, coming = last.ends, last.coming
        for _ in range(_STEPS if day > last.day else 0):
            is_past = coming < day
            if not is_past.any():
                return AsOf(day, ends, coming, ends - view.origins)
            ends = ends + is_past
            coming = self._coming(view, ends)
        return None

    def _searched(self, view: "_View", day: int) -> AsOf:
        ends = self._keys.searchsorted(view.keys + day)
        return AsOf(day, ends, self._coming(view, ends), ends - view.origins)

    def _coming(self, view: "_View", ends: Ints) -> Days:
        if not self.rows.total:
            return np.full(len(ends), _SPAN, np.int32)
        coming = self.rows.day.take(ends, mode="clip")
        coming[ends >= view.stops] = _SPAN
        return coming

    def days(self, places: Sequence[int]) -> Ints:
        """Every day on which one of these symbols has a bar."""
        starts, stops, _ = self._base
        first = int(self.rows.day.min(initial=0))
        seen = np.zeros(int(self.rows.day.max(initial=0)) - first + 1, np.bool_)
        for place in places:
            seen[self.rows.day[starts[place] : stops[place]] - first] = True
        return np.flatnonzero(seen) + first

    def closes(self, symbol: str, day: int, limit: int) -> dict[str, float]:
        """The last closes before a day by ISO date, as traded on that day."""
        days, closes = self.last_closes(symbol, day, limit)
        return dict(zip(map(_iso, days.tolist()), closes.tolist(), strict=True))

    def last_closes(self, symbol: str, day: int, limit: int) -> tuple[Days, Floats]:
        """The days of the last bars before a day, and their closes as traded on that day."""
        starts, stops, adjusted = self._base
        place = self.position.get(symbol)
        if place is None:
            return self.rows.day[:0], self.rows.close[:0]
        first, stop = int(starts[place]), int(stops[place])
        end = first + int(self.rows.day[first:stop].searchsorted(day))
        wanted = slice(max(first, end - limit), end)
        days, closes = self.rows.day[wanted], self.rows.close[wanted]
        splits = self.splits.get(symbol)
        if splits is not None:
            closes = as_traded(closes, *_factors(splits, days, adjusted[wanted], day))
        return days, closes

    def recent(self, symbols: Sequence[str], day: int, count: int) -> tuple[Days, Floats] | None:
        """Days and closes of the last bars before a day, a row a symbol.

        None when one of them has fewer bars, or a split that changes older closes.
        """
        if any(symbol in self.splits or symbol not in self.position for symbol in symbols):
            return None
        places, as_of = [self.position[symbol] for symbol in symbols], self.as_of(day)
        if as_of.bars[places].min() < count:
            return None
        rows = as_of.ends[places][:, None] + np.arange(-count, 0)
        return self.rows.day[rows], self.rows.close[rows]

    def _view(self, day: int) -> "_View":
        """Each symbol's run of rows on a day; the same between splits."""
        era = bisect_right(self._changes, day)
        view = self._views.get(era)
        if view is None:
            runs = np.arange(len(self.symbols), dtype=np.int64)
            for place, (ex_days, segments) in self._eras.items():
                runs[place] = segments[bisect_right(ex_days, day)]
            view = _View(runs * _SPAN, self._runs.origin[runs], self._runs.stop[runs])
            self._views = {era: view}  # sessions come in order: only the last one is worth keeping
        return view


class _Eras:
    """Collects the eras of symbols with splits; an era that needs no change uses stored rows."""

    def __init__(self, rows: DailyRows, adjusted: Flags, starts: Ints, stops: Ints) -> None:
        self.segments: dict[int, tuple[tuple[int, ...], tuple[int, ...]]] = {}
        self._rows = rows
        self._adjusted = adjusted
        self._starts = starts
        self._stops = stops
        self._first: list[int] = []
        self._stop: list[int] = []
        self._origin: list[int] = []
        self._multipliers: list[float] = []
        self._divisors: list[tuple[int, int, float]] = []
        self._total = 0

    def add(self, place: int, splits: SymbolSplits) -> None:
        start, stop = int(self._starts[place]), int(self._stops[place])
        if start == stop:
            return
        ex_rows = start + self._rows.day[start:stop].searchsorted(np.array(splits.ex_days))
        bounds = [start, *ex_rows.tolist(), stop]
        any_adjusted = bool(self._adjusted[start:stop].any())
        segments = []
        for era, multiplier in enumerate(_later_products(splits.ratios)):
            first = max(start, bounds[era] - LOOKBACK)
            raw_before = not self._adjusted[first : bounds[era]].all()
            if (any_adjusted and multiplier != 1) or raw_before:
                segments.append(len(self._starts) + len(self._first))
                cuts = zip(bounds[1 : era + 1], splits.ratios[:era], strict=True)
                self._divisors += [(self._total, cut - first, r) for cut, r in cuts if cut > first]
                self._append(first, bounds[era + 1], start, multiplier)
            else:
                segments.append(place)
        if any(segment != place for segment in segments):
            self.segments[place] = (splits.ex_days, tuple(segments))

    def _append(self, first: int, stop: int, start: int, multiplier: float) -> None:
        self._origin.append(self._rows.total + self._total - (first - start))
        self._first.append(first)
        self._stop.append(stop)
        self._multipliers.append(multiplier)
        self._total += stop - first

    def finished(self) -> tuple[DailyRows, _Runs, Ints]:
        """All rows, the runs in them, and the runs' lengths."""
        lengths = self._stops - self._starts
        if not self._first:
            return self._rows, _Runs(self._starts, self._stops), lengths
        first, more = np.array(self._first), np.array(self._stop) - np.array(self._first)
        ends = np.cumsum(more)
        source = np.repeat(first - (ends - more), more) + np.arange(self._total)
        flags = self._adjusted[source]
        multiplier = np.where(flags, np.repeat(np.array(self._multipliers), more), 1.0)
        divisor = np.ones(self._total)
        for offset, count, ratio in self._divisors:
            divisor[offset : offset + count] *= ratio
        divisor[flags] = 1.0
        rows = self._rows.with_rows(self._rows.take(source).as_traded(multiplier, divisor))
        origin = np.concatenate([self._starts, np.array(self._origin)])
        stop = np.concatenate([self._stops, self._rows.total + ends])
        return rows, _Runs(origin, stop), np.concatenate([lengths, more])


def _later_products(ratios: Sequence[float]) -> list[float]:
    """What undoes the splits after each era, from the first era to the last."""
    return [prod(ratios[era:]) for era in range(len(ratios) + 1)]


def _factors(splits: SymbolSplits, days: Days, adjusted: Flags, day: int) -> tuple[Floats, Floats]:
    divisor = np.ones(len(days))
    for ex_day, ratio in zip(splits.ex_days, splits.ratios, strict=True):
        if ex_day <= day:
            divisor[days < ex_day] *= ratio
    return np.where(adjusted, splits.multiplier(day), 1.0), np.where(adjusted, 1.0, divisor)


@cache
def _iso(day: int) -> str:
    return day_of(day).isoformat()
