"""One stored day's one-minute bars as columns, and the bars made of them.

Minutes count from the session's open (0 is the opening minute, negative is pre-market). Bars
without volume are none. Prices are as traded on the day itself.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice, repeat
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from fin_agent.adapters.bars.adjustment import Splits, as_traded, traded_volume
from fin_agent.adapters.bars.columns import days_since_1970
from fin_agent.adapters.bars.rounding import Flags, Floats, Ints
from fin_agent.adapters.bars.store import VALUES, codes_of, values_of
from fin_agent.domain.errors import CorruptData
from fin_agent.domain.market import Bar
from fin_agent.domain.session import TradingSession
from fin_agent.ports import MinuteBars

_MINUTE_MS = 60_000
_SPAN = 1 << 12  # minutes: more than two days


class LastTrades(NamedTuple):
    """The last trade of each symbol: price in USD, minute at which its bar ended, if any."""

    price: Floats
    end: Ints
    is_known: Flags


class Traded(NamedTuple):
    """Shares traded up to a moment, and which symbols have bars in which hours at all."""

    volume: Floats
    has_pre_market: Flags
    has_extended: Flags


class DayMinutes:
    """The bars of one session date from 04:00 New York on, sorted by symbol and minute."""

    def __init__(self, table: pa.Table, session: TradingSession, splits: Splits) -> None:
        self.session = session
        table = table.unify_dictionaries().combine_chunks()
        codes, words = _coded(table)
        minutes = _minutes(table, session)
        kept = values_of(table, "volume") > 0
        kept &= minutes >= session.minute_of(session.pre_market_open)
        self._count = int(np.count_nonzero(kept))
        self._position = {word: code for code, word in enumerate(words)}
        self._names = np.array([*words, None], object)
        self._nowhere = len(words)  # the place of every symbol without bars: an empty run
        self._codes, self._minutes = codes[kept], _with_end(minutes, kept, self._count, 0)
        self._columns = [
            _with_end(values_of(table, name), kept, self._count, np.nan) for name in VALUES
        ]
        counts = np.bincount(self._codes, minlength=len(words) + 1)
        self._stops = np.cumsum(counts)
        self._starts = self._stops - counts
        self._keys = self._codes * _SPAN + self._minutes[:-1]
        if (self._keys[1:] <= self._keys[:-1]).any():
            raise CorruptData(f"minute bars of {session.date} are not sorted, or hold one twice")
        self._undo_later_splits(splits, values_of(table, "adjusted", "bool")[kept])

    @property
    def is_stored(self) -> bool:
        return self._count > 0

    def places(self, symbols: Sequence[str]) -> Ints:
        """Where each symbol's bars are in this day: what the other questions take."""
        nowhere = repeat(self._nowhere)
        return np.fromiter(map(self._position.get, symbols, nowhere), np.int64, len(symbols))

    def opens(self, places: Ints) -> tuple[Floats, Flags]:
        """The opens of the bars at the opening minute, and which symbols have one."""
        rows = self._rows_before(places, 0)
        return self._columns[0][rows], (rows < self._stops[places]) & (self._minutes[rows] == 0)

    def last_trades(self, places: Ints, minute: int) -> LastTrades:
        """The last trade in bars that were complete at a minute, pre-market included."""
        ends = self._rows_before(places, minute)
        rows = ends - 1  # -1 is the empty row at the end
        return LastTrades(
            self._columns[3][rows], self._minutes[rows] + 1, ends > self._starts[places]
        )

    def traded(self, places: Ints, minute: int) -> Traded:
        """Shares traded from 04:00 New York in bars that were complete at a minute."""
        starts, stops = self._starts[places], self._stops[places]
        ends = self._rows_before(places, minute)
        bounds = np.stack([starts, ends], axis=1).ravel()
        sums = np.add.reduceat(self._columns[4], bounds)[::2] if len(places) else np.empty(0)
        pre_market = self._rows_before(places, 0) > starts
        late = (stops > starts) & (self._minutes[stops - 1] >= self.session.minutes)
        return Traded(np.where(ends > starts, sums, 0.0), pre_market, pre_market | late)

    def minute_bars(self, symbols: Iterable[str]) -> Iterator[MinuteBars]:
        """Every minute of the session once, with the bars of these symbols by symbol.

        Bars are made when their minute comes: thousands that live at once would keep the garbage
        collector busy for longer than it takes to make them.
        """
        rows = self._regular_rows(symbols)
        numbers = self._minutes[rows]
        rows = rows[np.argsort(numbers.astype(np.int16), kind="stable")]  # 16 bits: a radix sort
        columns = [column[rows].tolist() for column in (self._minutes, *self._columns)]
        bars = map(_NEW_BAR, repeat(Bar), zip(*columns, strict=True))
        found = zip(self._names[self._codes[rows]].tolist(), bars, strict=True)
        for minute, count in enumerate(np.bincount(numbers, minlength=self.session.minutes)):
            yield MinuteBars(minute, dict(islice(found, count)))

    def digest(self, symbols: Sequence[str]) -> bytes:
        """A hash over every bar of these symbols; empty when there is none."""
        names = sorted({*symbols} & self._position.keys())
        is_wanted = np.zeros(self._nowhere + 1, np.bool_)
        is_wanted[[self._position[name] for name in names]] = True
        rows = np.flatnonzero(is_wanted[self._codes])
        if not len(rows):
            return b""
        total = sha256("\n".join(names).encode())
        counts = (self._stops - self._starts)[[self._position[name] for name in names]]
        for column in (counts, self._minutes[rows], *(c[rows] for c in self._columns)):
            total.update(column.tobytes())
        return total.digest()

    def _regular_rows(self, symbols: Iterable[str]) -> Ints:
        names = sorted({*symbols} & self._position.keys())
        places = np.array([self._position[name] for name in names], np.int64)
        firsts, stops = (
            self._rows_before(places, 0),
            self._rows_before(places, self.session.minutes),
        )
        runs = [np.arange(first, stop) for first, stop in zip(firsts, stops, strict=True)]
        return np.concatenate([np.empty(0, np.int64), *runs])

    def _rows_before(self, places: Ints, minute: int) -> Ints:
        return np.asarray(self._keys.searchsorted(places * _SPAN + minute))

    def _undo_later_splits(self, splits: Splits, adjusted: Flags) -> None:
        day = days_since_1970(self.session.date)
        for symbol in splits.keys() & self._position.keys():
            multiplier, place = splits[symbol].multiplier(day), self._position[symbol]
            rows = slice(int(self._starts[place]), int(self._stops[place]))
            if multiplier != 1 and adjusted[rows].any():
                factors = np.where(adjusted[rows], multiplier, 1.0)
                same = np.ones(len(factors))
                for price in self._columns[:4]:
                    price[rows] = as_traded(price[rows], factors, same)
                self._columns[4][rows] = traded_volume(self._columns[4][rows], factors, same)


# A tuple from a tuple, in C: `Bar(...)` and `Bar._make` run Python for each of millions of bars.
_NEW_BAR: Callable[[type[Bar], Any], Bar] = tuple.__new__


def _coded(table: pa.Table) -> tuple[Ints, list[str]]:
    if not table.num_rows:
        return np.empty(0, np.int64), []
    column = table["symbol"].chunk(0)
    return codes_of(column).astype(np.int64), column.dictionary.to_pylist()


def _minutes(table: pa.Table, session: TradingSession) -> Ints:
    milliseconds: Ints = values_of(table, "timestamp", "int64")
    return (milliseconds - round(session.open.timestamp() * 1000)) // _MINUTE_MS


def _with_end(
    column: np.ndarray[Any, Any], kept: Flags, count: int, end: float
) -> np.ndarray[Any, Any]:
    """The kept values and one more, so that the row after the last one can be asked for."""
    result = np.empty(count + 1, column.dtype)
    np.compress(kept, column, out=result[:-1])
    result[-1] = end
    return result
