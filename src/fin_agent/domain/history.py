"""What comes into the bar store, what lies in it, and what is doubtful about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """What is missing of completed sessions by symbol, and what the quotas allow to ask now.

    ``today`` is the day of asking: the last session's or a later one.
    """

    sessions: Sequence[date]
    today: date
    symbols: int
    missing: Mapping[str, tuple[date, ...]]
    asked: Sequence[str]
    postponed: Sequence[str]

    @property
    def wanted(self) -> int:
        return sum(len(days) for days in self.missing.values())


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What bringing daily bars up to date did; ``first`` and ``last`` are sessions.

    ``wanted`` bars were missing in the store, ``added`` came, ``absent`` the sources do not have
    (nothing traded, not listed yet) and are not asked for again. ``failed`` says by symbol why
    nothing came, ``short`` how many bars are still missing, ``postponed`` names the symbols that
    the quotas do not allow now. ``rebased`` rows were stored adjusted before a split was known.
    """

    first: date
    last: date
    symbols: int
    current: int
    asked: int
    wanted: int
    added: int = 0
    absent: int = 0
    splits: int = 0
    dividends: int = 0
    rebased: int = 0
    quarantined: Mapping[str, int] = field(default_factory=dict)
    sources: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    short: Mapping[str, int] = field(default_factory=dict)
    postponed: Sequence[str] = ()
    problems: Sequence[str] = ()

    @property
    def is_complete(self) -> bool:
        """Whether every bar that can be had is stored."""
        return not (self.failed or self.short or self.postponed)
