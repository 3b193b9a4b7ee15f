"""Reads a Parquet or CSV file of bars or actions, whatever its columns' case and types.

Only the shape is judged here: a file that is not what it says is refused with one line.
"""

import csv
import gzip
import textwrap
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from fin_agent.adapters.bars.store import PRICES
from fin_agent.domain.errors import CorruptData

TIMES = ("timestamp", "date")
ACTION_KINDS = ("split", "dividend")
_NUMBERS = (*PRICES, "volume", *ACTION_KINDS)
_WANTED = ("symbol", *TIMES, *_NUMBERS, "source")
_PARQUET = b"PAR1"
_GZIP = b"\x1f\x8b"
_HEAD = 4096
_LONGEST_REASON = 160


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The columns of a file that matter, by lower-case name, and what was left out."""

    path: Path
    table: pa.Table
    ignored: Sequence[str] = field(default_factory=tuple)

    @property
    def columns(self) -> frozenset[str]:
        return frozenset(self.table.column_names)

    def refuse(self, found: str, remedy: str) -> NoReturn:
        _refuse(self.path, found, remedy)


def read_source(path: Path) -> SourceFile:
    """Read a file's columns of interest.

    Raises:
        CorruptData: it cannot be read, or two columns have the same name.
    """
    try:
        packed, head = _head(path)
        if not head:
            _refuse(path, "the file is empty", "fetch it again")
        if head.startswith(_PARQUET):
            return _read_parquet(path)
        if path.suffix.lower() in {".parquet", ".pq"} or b"\0" in head:
            _refuse(path, "neither Parquet nor text", "give a Parquet or CSV file")
        return _read_csv(path, head, packed=packed)
    except (pa.ArrowException, OSError, EOFError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        found = f"cannot be read ({reason or _one_line(error)})"
        _refuse(path, found, "check the file, or fetch it again", error)


def require(source: SourceFile, names: Sequence[str]) -> None:
    """Refuse a file without rows, or without a column for each of these names and the time.

    Raises:
        CorruptData: with the names that are missing and those that were found.
    """
    missing = [name for name in names if name not in source.columns]
    if not source.columns & set(TIMES):
        missing.append("timestamp or date")
    if missing:
        found = ", ".join([*source.table.column_names, *source.ignored])
        source.refuse(f"no column {', '.join(missing)}; found {found}", "rename the columns")
    if not source.table.num_rows:
        source.refuse("holds no rows", "fetch it again")


def _head(path: Path) -> tuple[bool, bytes]:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head.startswith(_GZIP):
        return False, head
    with gzip.open(path) as unpacked:
        return True, unpacked.read(_HEAD)


def _read_parquet(path: Path) -> SourceFile:
    if path.stat().st_size <= 2 * len(_PARQUET):
        _refuse(path, "the Parquet file is cut off", "fetch it again")
    file = pq.ParquetFile(path)
    wanted, ignored = _chosen(path, file.schema_arrow.names)
    table = file.read(columns=list(wanted)) if wanted else pa.table({})
    return SourceFile(path, _renamed(table, wanted), ignored)


def _read_csv(path: Path, head: bytes, *, packed: bool) -> SourceFile:
    first_line = head.decode("utf-8-sig", errors="replace").splitlines()[0]
    wanted, ignored = _chosen(path, next(csv.reader([first_line]), []))
    types = {
        given: pa.float64() if name in _NUMBERS else pa.string() for given, name in wanted.items()
    }
    if not wanted:
        return SourceFile(path, pa.table({}), ignored)
    options = pacsv.ConvertOptions(column_types=types, include_columns=list(wanted))
    with pa.input_stream(path, compression="gzip" if packed else None) as stream:
        table = pacsv.read_csv(stream, convert_options=options)
    return SourceFile(path, _renamed(table, wanted), ignored)


def _chosen(path: Path, names: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    wanted: dict[str, str] = {}
    for given in names:
        name = given.strip().lower()
        if name in wanted.values():
            _refuse(path, f"two columns are named {name}", "remove one of them")
        if name in _WANTED:
            wanted[given] = name
    return wanted, [given for given in names if given not in wanted]


def _renamed(table: pa.Table, wanted: dict[str, str]) -> pa.Table:
    return table.rename_columns([wanted[given] for given in table.column_names])


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return textwrap.shorten(text, _LONGEST_REASON, placeholder="...")


def _refuse(path: Path, found: str, remedy: str, cause: BaseException | None = None) -> NoReturn:
    raise CorruptData(f"{path}: {found}; {remedy}") from cause
