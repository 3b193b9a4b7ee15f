"""Bars as numpy columns: what import and checks compute on.

Times are whole numbers in UTC: days since 1970 for daily bars, milliseconds for minutes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from fin_agent.adapters.bars.manifest import SetKey, SetSummary
from fin_agent.adapters.bars.rounding import Flags, Floats, Ints
from fin_agent.adapters.bars.store import SCHEMAS, TIME_COLUMN, VALUES

DAY_MS = 86_400_000
_NEW_YORK_WINTER_MS = 5 * 3_600_000


@dataclass(frozen=True, slots=True)
class BarColumns:
    """Bars of one resolution; ``codes`` and ``origins`` index the sorted symbols and sources.

    ``values`` has one row for each of open, high, low, close and volume.
    """

    resolution: str
    symbols: Sequence[str]
    codes: Ints
    times: Ints
    values: Floats
    adjusted: Flags
    sources: Sequence[str]
    origins: Ints

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, index: Ints | Flags) -> "BarColumns":
        """The rows at these positions, or where a mask is true."""
        return replace(
            self,
            codes=self.codes[index],
            times=self.times[index],
            values=self.values[:, index],
            adjusted=self.adjusted[index],
            origins=self.origins[index],
        )

    @property
    def days(self) -> Ints:
        """Session date of each bar in days since 1970; right for bars inside 04:00-20:00."""
        return self.times if self.resolution == "1d" else session_days(self.times)

    def is_sorted(self) -> bool:
        """Whether symbol and time ascend strictly."""
        same = self.codes[1:] == self.codes[:-1]
        later = (self.codes[1:] > self.codes[:-1]) | (same & (self.times[1:] > self.times[:-1]))
        return bool(later.all())

    def keys(self, low: int, span: int) -> Ints:
        """One number for symbol and time that sorts as they do."""
        return self.codes * span + (self.times - low)

    def summaries(self) -> list[tuple[SetKey, SetSummary]]:
        """What these bars add to ``data list``: one summary for every source and basis."""
        result = []
        for origin, source in enumerate(self.sources):
            for adjusted in (False, True):
                mask = (self.origins == origin) & (self.adjusted == adjusted)
                if mask.any():
                    key = SetKey("bars", self.resolution, source, adjusted)
                    result.append((key, self.take(mask).summary()))
        return result

    def summary(self) -> SetSummary:
        days = self.days
        symbols = frozenset(self.symbols[code] for code in np.unique(self.codes))
        return SetSummary(len(self), day_of(days.min()), day_of(days.max()), symbols)

    def to_table(self) -> pa.Table:
        """The rows in the schema of their resolution, each dictionary sorted and in use."""
        times = pa.array(self.times, pa.int64())
        if self.resolution == "1d":
            times = times.cast(pa.int32())
        schema = SCHEMAS[self.resolution]
        columns = [
            _words(self.symbols, self.codes),
            times.cast(schema.field(1).type),
            *(pa.array(row) for row in self.values),
            pa.array(self.adjusted),
            _words(self.sources, self.origins),
        ]
        return pa.Table.from_arrays(columns, schema=schema)


def from_table(table: pa.Table, resolution: str) -> BarColumns:
    """The columns of a stored table."""
    table = table.unify_dictionaries().combine_chunks()
    symbols, codes = coded(_one(table["symbol"], table.num_rows))
    sources, origins = coded(_one(table["source"], table.num_rows))
    whole = pa.int32() if resolution == "1d" else pa.int64()
    times = table[TIME_COLUMN[resolution]].cast(whole).to_numpy().astype(np.int64)
    return BarColumns(
        resolution,
        symbols,
        codes,
        times,
        np.vstack([table[name].to_numpy() for name in VALUES]),
        table["adjusted"].to_numpy(),
        sources,
        origins,
    )


def _one(column: pa.ChunkedArray, rows: int) -> Any:  # noqa: ANN401 - pyarrow is untyped
    return column.chunk(0) if rows else pa.array([], pa.string()).dictionary_encode()


def coded(column: Any) -> tuple[list[str], Ints]:  # noqa: ANN401 - pyarrow is untyped
    """A dictionary array as its sorted words and the code of each row; null is code -1."""
    words = column.dictionary.to_pylist()
    order = sorted(range(len(words)), key=words.__getitem__)
    rank = np.empty(len(words) + 1, np.int64)
    rank[-1] = -1
    rank[order] = np.arange(len(words))
    codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return [words[index] for index in order], rank[codes]


def _words(words: Sequence[str], codes: Ints) -> pa.DictionaryArray:
    used = np.unique(codes)
    dictionary = pa.array([words[code] for code in used], pa.string())
    indices = np.searchsorted(used, codes).astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(indices), dictionary)


def together(first: BarColumns, second: BarColumns) -> tuple[BarColumns, BarColumns]:
    """Two sets of bars with the same symbols and sources, so that their codes compare."""
    symbols = sorted({*first.symbols, *second.symbols})
    sources = sorted({*first.sources, *second.sources})
    return _recoded(first, symbols, sources), _recoded(second, symbols, sources)


def _recoded(bars: BarColumns, symbols: list[str], sources: list[str]) -> BarColumns:
    return replace(
        bars,
        symbols=symbols,
        codes=_translation(bars.symbols, symbols)[bars.codes],
        sources=sources,
        origins=_translation(bars.sources, sources)[bars.origins],
    )


def _translation(old: Sequence[str], new: Sequence[str]) -> Ints:
    place = {word: index for index, word in enumerate(new)}
    return np.array([place[word] for word in old], np.int64)


def joined(first: BarColumns, second: BarColumns) -> BarColumns:
    """Both sets of bars, which share symbols and sources, one after the other."""
    return replace(
        first,
        codes=np.concatenate([first.codes, second.codes]),
        times=np.concatenate([first.times, second.times]),
        values=np.concatenate([first.values, second.values], axis=1),
        adjusted=np.concatenate([first.adjusted, second.adjusted]),
        origins=np.concatenate([first.origins, second.origins]),
    )


def session_days(milliseconds: Ints) -> Ints:
    """The New York date of times between 01:00 and 23:00 there, in days since 1970."""
    return (milliseconds - _NEW_YORK_WINTER_MS) // DAY_MS


def day_of(days: int) -> date:
    """A count of days since 1970 as a date."""
    return date.fromordinal(int(days) + _EPOCH_ORDINAL)


_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def days_since_1970(day: date) -> int:
    return day.toordinal() - _EPOCH_ORDINAL


def time_texts(resolution: str, times: Ints) -> list[str]:
    """Times as ISO dates, or as ISO times in UTC to the second."""
    if resolution == "1d":
        return [str(text) for text in times.astype("datetime64[D]")]
    exact = times.astype("datetime64[ms]")
    if not (times % 1000).any():
        exact = times.astype("datetime64[ms]").astype("datetime64[s]")
    return [f"{text}Z" for text in exact.astype(str)]
