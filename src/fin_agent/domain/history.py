"""What comes into the bar store, what lies in it, and what is doubtful about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to read a file: ``kind`` bars or actions, ``resolution`` 1d or 1m, None: guess."""

    kind: str = "bars"
    resolution: str | None = None
    adjusted: bool = False
    source: str | None = None
    replace: bool = False


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What one file brought: rows by fate; ``problems`` holds one line for every reason."""

    file: str
    kind: str
    resolution: str | None
    rows: int
    added: int
    unchanged: int
    replaced: int
    conflicts: int
    quarantined: Mapping[str, int]
    suspects: Mapping[str, int]
    symbols: int
    first: date | None
    last: date | None
    problems: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class StoredSet:
    """One resolution and source of the bar store, for ``data list``."""

    kind: str
    resolution: str
    source: str
    symbols: int
    rows: int
    first: date
    last: date
    adjusted: bool


@dataclass(frozen=True, slots=True)
class DataIssue:
    """One finding of ``data check``: which rule, where, how bad, and what to do about it.

    ``severity`` is ``quarantined`` (the row is not used) or ``suspect`` (it is used).
    """

    rule: str
    severity: str
    resolution: str
    symbol: str
    at: str
    detail: str
