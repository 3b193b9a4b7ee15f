"""Reads the bar store; every table is sorted by symbol, then time.

A read never sees half an import: it opens the files that one manifest names, and starts again
with the new manifest when an import has removed them meanwhile.
"""

import os
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fin_agent.adapters.bars import manifest as manifests
from fin_agent.adapters.bars.kept_rows import KeptRows
from fin_agent.adapters.bars.manifest import ACTIONS, QUARANTINE, BarFile, Manifest
from fin_agent.domain.errors import CorruptData, StateUnavailable

PRICES = ("open", "high", "low", "close")
VALUES = (*PRICES, "volume")

_WORDS = pa.dictionary(pa.int32(), pa.string())
_VALUE_FIELDS = [(name, pa.float64()) for name in VALUES]
_ORIGIN_FIELDS = [("adjusted", pa.bool_()), ("source", _WORDS)]
DAILY = pa.schema([("symbol", _WORDS), ("date", pa.date32()), *_VALUE_FIELDS, *_ORIGIN_FIELDS])
MINUTES = pa.schema(
    [
        ("symbol", _WORDS),
        ("timestamp", pa.timestamp("ms", tz="UTC")),
        *_VALUE_FIELDS,
        *_ORIGIN_FIELDS,
    ]
)
ACTION_ROWS = pa.schema(
    [
        ("symbol", pa.string()),
        ("date", pa.date32()),
        ("action", pa.string()),  # split: new shares per old; dividend: USD per share
        ("value", pa.float64()),
        ("source", pa.string()),
    ]
)
QUARANTINED_ROWS = pa.schema(
    [
        ("resolution", pa.string()),
        ("symbol", pa.string()),
        ("at", pa.string()),  # ISO date, or ISO time in UTC
        ("rule", pa.string()),
        *_VALUE_FIELDS,
        ("source", pa.string()),
        ("file", pa.string()),
    ]
)
SCHEMAS = {"1d": DAILY, "1m": MINUTES, ACTIONS: ACTION_ROWS, QUARANTINE: QUARANTINED_ROWS}
TIME_COLUMN = {"1d": "date", "1m": "timestamp"}

_ATTEMPTS = 20  # imports that may overtake one read


class BarStore:
    """The read side of ``<data_dir>/bars``; a store that does not exist is empty.

    ``kept`` saves a process from decoding every daily bar again.
    """

    def __init__(self, root: Path, kept: KeptRows | None = None) -> None:
        self.root = root
        self._kept = kept
        self._path = str(root / manifests.NAME)  # asked thousands of times: joining is not free
        self._cached: tuple[tuple[int, int, int], Manifest] | None = None

    def manifest(self) -> Manifest:
        """The current manifest; read again only when the file has changed."""
        path = self._path
        try:
            status = os.stat(path)  # noqa: PTH116 - half the time of a Path's
        except (FileNotFoundError, NotADirectoryError):
            return Manifest()
        except OSError as error:
            raise StateUnavailable(f"{path}: cannot be read ({error.strerror})") from error
        stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
        cached = self._cached
        if cached is None or cached[0] != stamp:
            cached = self._cached = (stamp, manifests.load(self.root))
        return cached[1]

    @property
    def generation(self) -> int:
        """A fingerprint of the content: 0 when empty, equal for equal content."""
        return self.manifest().generation

    def symbols(self) -> list[str]:
        """Every symbol with a daily or minute bar, sorted; reads no bars."""
        return self.manifest().symbols()

    def daily_dates(self) -> tuple[date, date] | None:
        """The first and the last date with a daily bar."""
        files = [file for _, file in self.manifest().of("1d")]
        first = [file.first for file in files if file.first is not None]
        last = [file.last for file in files if file.last is not None]
        return (min(first), max(last)) if first and last else None

    def minute_dates(self) -> list[date]:
        """Every session date with minute bars, oldest first."""
        return [date.fromisoformat(day) for day, _ in self.manifest().of("1m")]

    def read_daily(
        self, first: date | None, last: date | None, symbols: Sequence[str] | None = None
    ) -> pa.Table:
        """Daily bars from first to last, both included, in the schema ``DAILY``.

        ``symbol`` is one chunk whose dictionary is sorted, so its codes ascend like the symbols.
        """

        def overlapping(current: Manifest) -> list[BarFile]:
            return [file for _, file in current.of("1d") if file.overlaps(first, last)]

        def read() -> pa.Table:
            found = self._read(overlapping)
            tables = [_between(_only(table, symbols), first, last) for table in found]
            return _by_symbol(tables) if tables else no_rows(DAILY)

        if self._kept is None or (first, last, symbols) != (None, None, None):
            return read()
        return self._kept.of([self.root / file.name for file in overlapping(self.manifest())], read)

    def read_minutes(self, day: date, symbols: Sequence[str] | None = None) -> pa.Table:
        """One-minute bars of a session date, pre- and post-market included, as ``MINUTES``."""
        partition = manifests.partition_of("1m", day)
        tables = self._read(lambda current: _files(current, partition))
        return _by_symbol([_only(tables[0], symbols)]) if tables else no_rows(MINUTES)

    def read_partition(self, partition: str) -> pa.Table | None:
        """One whole partition, None when nothing is stored in it."""
        tables = self._read(lambda current: _files(current, partition))
        return tables[0] if tables else None

    def actions(self) -> pa.Table:
        """Splits and dividends in the schema ``ACTION_ROWS``, by symbol, date and action."""
        table = self.read_partition(ACTIONS)
        return no_rows(ACTION_ROWS) if table is None else table

    def splits(self) -> list[tuple[str, date, float]]:
        """Symbol, ex-date and new shares per old share of every split, by symbol and date."""
        return splits_of(self.actions())

    def quarantine(self) -> pa.Table:
        """The rows that imports refused, in the schema ``QUARANTINED_ROWS``."""
        table = self.read_partition(QUARANTINE)
        return no_rows(QUARANTINED_ROWS) if table is None else table

    def _read(self, choose: Callable[[Manifest], Sequence[BarFile]]) -> list[pa.Table]:
        tried: int | None = None
        for _ in range(_ATTEMPTS):
            current = self.manifest()
            try:
                return [self._open(file) for file in choose(current)]
            except FileNotFoundError as error:
                if current.generation == tried:
                    raise CorruptData(
                        f"{error.filename or self.root}: named by the manifest but missing; "
                        "restore it, or remove the bars directory and import again"
                    ) from error
                tried = current.generation
        raise StateUnavailable(f"{self.root}: imports replace its files faster than they are read")

    def _open(self, file: BarFile) -> pa.Table:
        path = self.root / file.name
        try:
            return pq.ParquetFile(path, memory_map=True).read()
        except FileNotFoundError:
            raise
        except (pa.ArrowException, OSError) as error:
            found = " ".join(str(error).split())
            raise CorruptData(
                f"{path}: cannot be read ({found}); restore it, or import its source again"
            ) from error


def splits_of(actions: pa.Table) -> list[tuple[str, date, float]]:
    """Symbol, ex-date and new shares per old share of the splits among these actions."""
    if not actions.num_rows:
        return []
    import pyarrow.compute as pc  # 65 ms that a store without actions need not wait for

    is_split = pc.match_substring_regex(actions["action"], "^split$")  # `equal` imports pandas
    table = actions.filter(is_split)
    columns = (table[name].to_pylist() for name in ("symbol", "date", "value"))
    return list(zip(*columns, strict=True))


def _files(current: Manifest, partition: str) -> list[BarFile]:
    return [current.files[partition]] if partition in current.files else []


def _only(table: pa.Table, symbols: Sequence[str] | None) -> pa.Table:
    if symbols is None:
        return table
    import pyarrow.compute as pc

    return table.filter(pc.is_in(table["symbol"], pa.array(symbols, pa.string())))


def _between(table: pa.Table, first: date | None, last: date | None) -> pa.Table:
    if not table.num_rows or first is last is None:
        return table
    import pyarrow.compute as pc

    days = table["date"]
    mask = None
    if first is not None and pc.min(days).as_py() < first:
        mask = pc.greater_equal(days, pa.scalar(first))
    if last is not None and pc.max(days).as_py() > last:
        until = pc.less_equal(days, pa.scalar(last))
        mask = until if mask is None else pc.and_(mask, until)
    return table if mask is None else table.filter(mask)


def _by_symbol(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables that follow each other in time, each sorted by symbol, as one."""
    merged = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
    if not merged.num_rows:
        return no_rows(merged.schema)
    merged = merged.set_column(0, "symbol", _sorted_dictionary(merged["symbol"].chunk(0)))
    if len(tables) == 1:
        return merged
    order = np.argsort(codes_of(merged["symbol"].chunk(0)), kind="stable")
    columns = [_taken(merged, name, order) for name in merged.column_names]
    return pa.Table.from_arrays(columns, schema=merged.schema)


def _taken(table: pa.Table, name: str, rows: np.ndarray[Any, Any]) -> pa.Array:
    """Rows of a column without nulls; ``Table.take`` is slower and imports pyarrow.compute."""
    column = table[name].chunk(0)
    kind = column.type
    if pa.types.is_dictionary(kind):
        codes = whole_numbers(codes_of(column)[rows])
        return pa.DictionaryArray.from_arrays(codes, column.dictionary)
    if pa.types.is_boolean(kind):
        values = np.packbits(values_of(table, name, "bool")[rows], bitorder="little")
    else:
        values = values_of(table, name, f"i{kind.bit_width // 8}")[rows]
    return pa.Array.from_buffers(kind, len(rows), [None, pa.py_buffer(values)])


def _sorted_dictionary(column: Any) -> pa.DictionaryArray:  # noqa: ANN401 - pyarrow is untyped
    words = column.dictionary.to_pylist()
    if words == sorted(words):
        return column
    order = np.array(sorted(range(len(words)), key=words.__getitem__), np.int64)
    rank = np.empty(len(words), np.int32)
    rank[order] = np.arange(len(words), dtype=np.int32)
    codes = rank[codes_of(column)]
    in_order = column.dictionary.take(whole_numbers(order))
    return pa.DictionaryArray.from_arrays(whole_numbers(codes), in_order)


def whole_numbers(values: np.ndarray[Any, Any]) -> pa.Array:
    """An Arrow array over int32 or int64 values; ``pa.array`` would import pandas (0.3 s)."""
    kind = pa.int32() if values.dtype == np.int32 else pa.int64()
    buffer = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(kind, len(values), [None, buffer])


def no_rows(schema: pa.Schema) -> pa.Table:
    """An empty table; ``Schema.empty_table`` would import pandas (0.3 s)."""
    return pa.Table.from_batches([], schema=schema)


def values_of(table: pa.Table, name: str, kind: str = "float64") -> np.ndarray[Any, Any]:
    """A column without nulls as numpy values of its own width.

    Dates and timestamps are read as the integers they are; ``to_numpy`` would import pandas.
    """
    column = table[name]
    if not column.num_chunks:
        return np.empty(0, kind)
    values = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    if kind == "bool":
        bits = np.frombuffer(values.buffers()[1], np.uint8)
        end = values.offset + len(values)
        return np.unpackbits(bits, count=end, bitorder="little")[values.offset :].view(np.bool_)
    return np.frombuffer(values.buffers()[1], kind)[values.offset : values.offset + len(values)]


def codes_of(column: pa.DictionaryArray) -> np.ndarray[Any, Any]:
    """The codes of a dictionary column without nulls, without importing pandas."""
    codes = column.indices
    values = np.frombuffer(codes.buffers()[1], np.int32)
    return values[codes.offset : codes.offset + len(codes)]
