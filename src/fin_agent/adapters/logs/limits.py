"""How many lines a minute: by what is said, and in all. What is left out is counted exactly.

Lines of the audit and trading channels are not limited: they repeat the event log, whose rate is
limited by what may be traded.
"""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic

_MINUTE_S = 60.0
_SUMMARIES = 10  # lines a minute that say what was left out
_KEYS = 1000
_OTHERS = ("other lines", 0, "")
UNLIMITED = ("fin_agent.audit", "fin_agent.trading")

Key = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class LogLimits:
    """Lines a minute: of one kind, and in all with what says how many were left out."""

    per_key: int = 20
    total: int = 100


class LineLimiter:
    """Counts lines in windows of one minute; used by any thread."""

    def __init__(
        self, limits: LogLimits | None = None, seconds: Callable[[], float] = monotonic
    ) -> None:
        self._limits = limits or LogLimits()
        self._seconds = seconds
        self._lock = Lock()
        self._began = seconds()
        self._lines = 0
        self._seen: Counter[Key] = Counter()
        self._left_out: Counter[Key] = Counter()
        self.dropped = 0

    def admits(self, record: logging.LogRecord) -> bool:
        """Whether a line may be written now; it is counted either way."""
        if record.name.startswith(UNLIMITED):
            return True
        key = _key(record)
        with self._lock:
            room = self._limits.total - min(_SUMMARIES, self._limits.total // 2)
            if key not in self._seen and len(self._seen) >= _KEYS:
                key = _OTHERS
            self._seen[key] += 1
            if self._seen[key] <= self._limits.per_key and self._lines < room:
                self._lines += 1
                return True
            self._left_out[key] += 1
            self.dropped += 1
            return False

    def due(self) -> list[tuple[str, int]]:
        """After a minute: what was left out in it, with the count; the largest by name."""
        with self._lock:
            if self._seconds() - self._began < _MINUTE_S:
                return []
            return self._summary()

    def rest(self) -> list[tuple[str, int]]:
        """What was left out since the last summary, at the end."""
        with self._lock:
            return self._summary()

    def _summary(self) -> list[tuple[str, int]]:
        left, self._left_out = self._left_out, Counter()
        self._began, self._lines = self._seconds(), 0
        self._seen.clear()
        named = left.most_common(min(_SUMMARIES, self._limits.total // 2) - 1)
        rest = left.total() - sum(count for _, count in named)
        told = [(f"{name}: {text}", count) for (name, _, text), count in named]
        return told + ([("other lines", rest)] if rest else [])


def _key(record: logging.LogRecord) -> Key:
    """What makes two lines the same: who says it, how bad it is, its template and its error."""
    error = record.exc_info[0] if record.exc_info else None
    what = "" if error is None else f" ({error.__name__})"
    return record.name, record.levelno, f"{str(record.msg)[:80]}{what}"
