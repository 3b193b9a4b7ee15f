"""Sessions for which the sources have no bar of a symbol: they are not asked for again.

A stock that was not listed yet or did not trade has none, however often it is asked.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from fin_agent.domain.errors import StateUnavailable


class AbsentDays:
    """Spans of sessions by symbol, in one small JSON file; a damaged file is asked anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._spans = _read(path)

    def of(self, symbol: str, days: Iterable[date]) -> set[date]:
        """Which of these days are known to be absent."""
        spans = self._spans.get(symbol, [])
        return {day for day in days if any(first <= day <= last for first, last in spans)}

    def add(self, symbol: str, days: Collection[date], sessions: Sequence[date]) -> None:
        """Remember days without a bar; sessions that follow each other become one span."""
        held = {*days, *self.of(symbol, sessions)}
        spans = [*self._spans.get(symbol, [])]
        follows = False
        for day in sessions:
            if day in held:
                first = spans.pop()[0] if follows else day
                spans.append((first, day))
            follows = day in held
        self._spans[symbol] = _joined(spans)

    def save(self) -> None:
        """Raises StateUnavailable when the file cannot be written."""
        text = {
            symbol: [[str(first), str(last)] for first, last in spans]
            for symbol, spans in sorted(self._spans.items())
        }
        fresh = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh.write_text(json.dumps(text), encoding="utf-8")
            fresh.replace(self._path)
        except OSError as error:
            raise StateUnavailable(f"{self._path}: cannot be written ({error.strerror})") from error


def _joined(spans: Iterable[tuple[date, date]]) -> list[tuple[date, date]]:
    """Spans in order, those that overlap as one."""
    joined: list[tuple[date, date]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1]:
            begin, end = joined.pop()
            joined.append((begin, max(end, last)))
        else:
            joined.append((first, last))
    return joined


def _read(path: Path) -> dict[str, list[tuple[date, date]]]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return {symbol: [_span(span) for span in spans] for symbol, spans in _items(told)}
    except (OSError, ValueError, TypeError):
        return {}


def _items(told: object) -> Iterable[tuple[str, list[list[str]]]]:
    return told.items() if isinstance(told, Mapping) else ()


def _span(span: Sequence[str]) -> tuple[date, date]:
    first, last = span
    return date.fromisoformat(first), date.fromisoformat(last)
