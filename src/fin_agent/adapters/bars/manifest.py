"""The manifest: the one file that says which Parquet files are the bar store.

It is replaced as a whole, so a reader sees a store before an import or after it, never between.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from fin_agent.domain.errors import CorruptData, StateUnavailable

NAME = "manifest.json"
ACTIONS = "actions"
QUARANTINE = "quarantine"
_VERSION = 1
_GENERATION_DIGITS = 15  # 60 bits: fits every integer column


@dataclass(frozen=True, slots=True)
class BarFile:
    """One Parquet file below the store's root; ``name`` holds a hash of its content."""

    name: str
    rows: int
    first: date | None  # None in the quarantine, where a time may be missing
    last: date | None

    def overlaps(self, first: date | None, last: date | None) -> bool:
        """Whether it may hold a bar from first to last; None is no limit."""
        begins_in_time = last is None or self.first is None or self.first <= last
        return begins_in_time and (first is None or self.last is None or self.last >= first)


class SetKey(NamedTuple):
    """What ``data list`` shows as one line."""

    kind: str
    resolution: str
    source: str
    adjusted: bool


@dataclass(frozen=True, slots=True)
class SetSummary:
    """How much of one set is stored."""

    rows: int
    first: date
    last: date
    symbols: frozenset[str]

    def __add__(self, other: "SetSummary") -> "SetSummary":
        return SetSummary(
            self.rows + other.rows,
            min(self.first, other.first),
            max(self.last, other.last),
            self.symbols | other.symbols,
        )


@dataclass(frozen=True, slots=True)
class Manifest:
    """The current files by partition: ``1d/2025``, ``1m/2025/2025-09-15``, ``actions``."""

    files: Mapping[str, BarFile] = field(default_factory=dict)
    sets: Mapping[SetKey, SetSummary] = field(default_factory=dict)
    generation: int = 0

    def of(self, resolution: str) -> list[tuple[str, BarFile]]:
        """The last part of the partition (year or session date) and its file, in time order."""
        prefix = f"{resolution}/"
        return [
            (partition.rpartition("/")[2], file)
            for partition, file in sorted(self.files.items())
            if partition.startswith(prefix)
        ]

    def symbols(self) -> list[str]:
        """Every symbol with a bar, sorted."""
        found: set[str] = set()
        for key, summary in self.sets.items():
            if key.kind == "bars":
                found |= summary.symbols
        return sorted(found)


def partition_of(resolution: str, day: date) -> str:
    """Where the bars of a day belong: daily bars by year, minutes by session date."""
    return f"1d/{day.year}" if resolution == "1d" else f"1m/{day.year}/{day.isoformat()}"


def added(
    sets: Mapping[SetKey, SetSummary], more: Iterable[tuple[SetKey, SetSummary]]
) -> dict[SetKey, SetSummary]:
    """The sets with further rows in them."""
    result = dict(sets)
    for key, summary in more:
        result[key] = result[key] + summary if key in result else summary
    return result


def encoded(files: Mapping[str, BarFile], sets: Mapping[SetKey, SetSummary]) -> bytes:
    """The manifest as it is written; the same content is the same bytes."""
    document = {
        "version": _VERSION,
        "files": {partition: _plain(file) for partition, file in sorted(files.items())},
        "sets": [
            {**key._asdict(), **_plain(summary), "symbols": sorted(summary.symbols)}
            for key, summary in sorted(sets.items())
        ],
    }
    return json.dumps(document, separators=(",", ":")).encode()


def _plain(item: BarFile | SetSummary) -> dict[str, Any]:
    dates = {name: day and day.isoformat() for name, day in _dates(item).items()}
    return {**asdict(item), **dates}


def _dates(item: BarFile | SetSummary) -> dict[str, date | None]:
    return {"first": item.first, "last": item.last}


def load(root: Path) -> Manifest:
    """The manifest of a store; a store without one is empty.

    Raises:
        CorruptData: the manifest is not one of ours.
        StateUnavailable: it cannot be read.
    """
    path = root / NAME
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Manifest()
    except OSError as error:
        raise StateUnavailable(f"{path}: cannot be read ({error.strerror})") from error
    try:
        return decoded(content)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        remedy = "restore it from a backup, or remove the bars directory and import again"
        raise CorruptData(
            f"{path}: not a manifest of the bar store ({error!r}); {remedy}"
        ) from error


def decoded(content: bytes) -> Manifest:
    document = json.loads(content)
    if document["version"] != _VERSION:
        raise ValueError(f"version {document['version']}, this program reads {_VERSION}")
    digest = hashlib.sha256(content).hexdigest()[:_GENERATION_DIGITS]
    return Manifest(
        {name: BarFile(**_dated(file)) for name, file in document["files"].items()},
        dict(_set_of(item) for item in document["sets"]),
        int(digest, 16),
    )


def _dated(item: dict[str, Any]) -> dict[str, Any]:
    dates = {name: item[name] and date.fromisoformat(item[name]) for name in ("first", "last")}
    return {**item, **dates}


def _set_of(item: dict[str, Any]) -> tuple[SetKey, SetSummary]:
    dated = _dated(item)
    key = SetKey(*(dated[name] for name in SetKey._fields))
    summary = SetSummary(dated["rows"], dated["first"], dated["last"], frozenset(dated["symbols"]))
    return key, summary
