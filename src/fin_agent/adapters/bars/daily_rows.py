"""Daily bars as flat columns, straight from a stored table."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fin_agent.adapters.bars.adjustment import as_traded, traded_volume
from fin_agent.adapters.bars.rounding import Flags, Floats, Ints
from fin_agent.adapters.bars.store import VALUES, codes_of, values_of
from fin_agent.domain.errors import CorruptData

Days = npt.NDArray[np.int32]


class DailyRows(NamedTuple):
    """Daily bars: days since 1970, prices in USD, volume in shares (NaN: not known)."""

    day: Days
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    @property
    def total(self) -> int:
        return len(self.day)

    @property
    def prices(self) -> tuple[Floats, ...]:
        return (self.open, self.high, self.low, self.close)

    def take(self, index: Ints | Flags) -> "DailyRows":
        return DailyRows._make(column[index] for column in self)

    def with_rows(self, more: "DailyRows") -> "DailyRows":
        values = zip(self[1:], more[1:], strict=True)
        days = np.concatenate([self.day, more.day])
        return DailyRows(days, *(np.concatenate(pair) for pair in values))

    def as_traded(self, multiplier: Floats, divisor: Floats) -> "DailyRows":
        prices = (as_traded(price, multiplier, divisor) for price in self.prices)
        return DailyRows._make([self.day, *prices, traded_volume(self.volume, multiplier, divisor)])


def read_rows(table: pa.Table, position: Mapping[str, int]) -> tuple[DailyRows, Ints, Flags]:
    """The usable rows of a stored table, how many each symbol has, and whether adjusted."""
    table = table.unify_dictionaries().combine_chunks()
    rows = DailyRows(
        values_of(table, "date", "int32"),
        *(values_of(table, name) for name in VALUES),
    )
    adjusted = values_of(table, "adjusted", "bool")
    places = _places(table, position)
    if not _all_usable(rows, places):
        usable = np.logical_and.reduce([places >= 0, *map(_usable, rows.prices)])
        rows, adjusted, places = rows.take(usable), adjusted[usable], places[usable]
    return rows, _counts(places, len(position)), adjusted


def _places(table: pa.Table, position: Mapping[str, int]) -> npt.NDArray[np.int32]:
    """The symbol of each row; -1 where nobody asked for it."""
    if not table.num_rows:
        return np.empty(0, np.int32)
    column = table["symbol"].chunk(0)
    places = [position.get(word, -1) for word in column.dictionary.to_pylist()]
    codes = codes_of(column)
    is_same = places == [*range(len(places))]
    return codes if is_same else np.asarray(np.array(places, np.int32)[codes])


def _counts(places: npt.NDArray[np.int32], symbols: int) -> Ints:
    """How many rows each symbol has; rows come symbol by symbol, so only their ends are asked."""
    ends = np.append(np.flatnonzero(places[1:] != places[:-1]), len(places) - 1)
    found = places[ends] if len(places) else places
    if (found[1:] <= found[:-1]).any():
        raise CorruptData("daily bars are not sorted by symbol")
    counts = np.zeros(symbols, np.int64)
    counts[found] = np.diff(ends, prepend=-1) if len(places) else 0
    return counts


def _all_usable(rows: DailyRows, places: npt.NDArray[np.int32]) -> bool:
    """Nearly always true, and much faster than to ask every row."""
    if not rows.total:
        return True
    return bool(places.min() >= 0) and all(p.min() > 0 and p.max() < np.inf for p in rows.prices)


def _usable(prices: Floats) -> Flags:
    """A price that is not above 0 is no price: such a row is no bar."""
    return np.isfinite(prices) & (prices > 0)
