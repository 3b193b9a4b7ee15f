"""Turns the columns of a file into bars: types, precision, resolution, source."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fin_agent.adapters.bars.columns import BarColumns, coded
from fin_agent.adapters.bars.reading_files import ACTION_KINDS, SourceFile, require
from fin_agent.adapters.bars.rounding import Flags, Floats, Ints, rounded_column
from fin_agent.adapters.bars.store import PRICES, VALUES
from fin_agent.adapters.bars.times import (
    MINUTE_US,
    FileTimes,
    as_days,
    guessed_resolution,
    read_times,
)
from fin_agent.domain.history import ImportOptions

_TEN_THOUSAND = 1e4  # four decimals: what a float32 still holds of a price
_OPEN_MINUTE, _CLOSE_MINUTE = 9 * 60 + 30, 16 * 60
_ENDINGS = {".gz", ".csv", ".parquet", ".pq", ".txt"}


@dataclass(frozen=True, slots=True)
class FileBars:
    """The bars of a file in its own order; code -1 is no symbol, ``timeless`` no time."""

    bars: BarColumns
    timeless: Flags
    off_grid: Flags
    problems: Sequence[str]

    @property
    def keyless(self) -> Flags:
        """Rows without symbol or without time."""
        return (self.bars.codes < 0) | self.timeless


def file_bars(source: SourceFile, options: ImportOptions) -> FileBars:
    """The bars of a file, not judged yet.

    Raises:
        CorruptData: a column is missing, of a wrong type, or the resolution is not 1d or 1m.
    """
    require(source, ("symbol", *VALUES))
    symbols, codes = words(source, "symbol")
    sources, origins = sources_of(source, options.source)
    times = read_times(source, options.resolution)
    days = as_days(times)
    resolution = guessed_resolution(
        source, times, codes, options.resolution, daily=days is not None
    )
    whole, off_grid = times.microseconds // 1000, times.microseconds % MINUTE_US != 0
    if days is not None and resolution == "1d":
        whole, off_grid = days, np.zeros(len(days), np.bool_)
    values = np.vstack([numbers(source, name) for name in VALUES])
    adjusted = np.full(len(codes), options.adjusted, np.bool_)
    bars = BarColumns(resolution, symbols, codes, whole, values, adjusted, sources, origins)
    return FileBars(bars, times.missing, off_grid, _problems(source, times, resolution))


def words(source: SourceFile, name: str) -> tuple[list[str], Ints]:
    """The sorted words of a text column and the code of each row, -1 where there is none.

    Raises:
        CorruptData: the column holds no text.
    """
    column = source.table[name]
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        source.refuse(f"column {name} is {column.type}, not text", "write it as text")
    trimmed = pc.utf8_trim_whitespace(column.cast(pa.string()))
    present = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
    return coded(_one_chunk(present).dictionary_encode())


def _one_chunk(column: pa.ChunkedArray) -> Any:  # noqa: ANN401 - pyarrow is untyped
    combined = column.combine_chunks()
    return combined.chunk(0) if isinstance(combined, pa.ChunkedArray) else combined


def sources_of(source: SourceFile, asked: str | None) -> tuple[list[str], Ints]:
    """Where each row is from: as asked, else the file's own column, else the file's name."""
    rows = source.table.num_rows
    default = asked or stem(source.path)
    if asked is not None or "source" not in source.columns:
        return [default], np.zeros(rows, np.int64)
    names, codes = words(source, "source")
    if (codes >= 0).all():
        return names, codes
    every = sorted({*names, default})
    place = np.array([every.index(name) for name in [*names, default]], np.int64)
    return every, place[codes]  # code -1 is the last place: the default


def stem(path: Path) -> str:
    """The file's name without its endings."""
    while path.suffix.lower() in _ENDINGS:
        path = path.with_suffix("")
    return path.name


def numbers(source: SourceFile, name: str) -> Floats:
    """A column of numbers as float64, NaN where there is none; prices rounded.

    Raises:
        CorruptData: the column holds something else.
    """
    column = source.table[name]
    kind = column.type
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    if not is_number:
        source.refuse(f"column {name} is {kind}, not a number", "write numbers with a point")
    values = column.cast(pa.float64(), safe=False).to_numpy()
    if name not in PRICES:
        return np.array(values)
    return _four_decimals(values) if _is_single(kind) else rounded_column(values)


def _is_single(kind: pa.DataType) -> bool:
    return bool(pa.types.is_float32(kind) or pa.types.is_float16(kind))


def _four_decimals(values: Floats) -> Floats:
    rounded: Floats = np.rint(values * _TEN_THOUSAND) / _TEN_THOUSAND
    return rounded


def _is_local(times: FileTimes) -> bool:
    """Whether times without a zone fill exactly the regular session of New York."""
    minutes = times.microseconds[~times.missing] // MINUTE_US % (24 * 60)
    return bool(minutes.min() == _OPEN_MINUTE and minutes.max() < _CLOSE_MINUTE)


def _problems(source: SourceFile, times: FileTimes, resolution: str) -> list[str]:
    problems = []
    ignored = [*source.ignored]
    if {"date", "timestamp"} <= source.columns:
        ignored.append("date" if times.column == "timestamp" else "timestamp")
    if resolution == "1m":
        ignored += sorted(source.columns & set(ACTION_KINDS))
    if ignored:
        problems.append(f"ignored columns: {', '.join(ignored)}")
    if times.zone is None and resolution == "1m":
        hint = ", but they look like New York times: add the offset" if _is_local(times) else ""
        problems.append(f"column {times.column} has no time zone: taken as UTC{hint}")
    singles = [name for name in PRICES if _is_single(source.table[name].type)]
    if singles:
        problems.append(f"{', '.join(singles)}: single precision, rounded to 4 decimals")
    return problems
