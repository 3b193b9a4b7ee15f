"""The answers on a day's tape, by question."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from fin_agent.adapters.tape.line import AGENT
from fin_agent.adapters.tape.reader import tape_lines, taped_days
from fin_agent.domain.errors import CorruptData, Unavailable


class TapedDays:
    """Reads a day when it is first asked for.

    Of several answers to a question the first counts: it was decided on, later ones come from
    restarts.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._days: dict[date, dict[str, dict[str, list[Any]]]] = {}

    def answers(self, day: date, kind: str) -> Mapping[str, list[Any]]:
        """The decoded answers of a kind by key, in the order in which they were given.

        Raises:
            Unavailable: the day has no tape.
            CorruptData: its tape was changed.
        """
        if day not in self._days:
            self._days = {day: self._read(day)}
        return self._days[day].get(kind, {})

    def first(self, day: date, kind: str, key: str) -> Any | None:  # noqa: ANN401 - decoded JSON
        """The first answer, or None when the question was never asked."""
        return next(iter(self.answers(day, kind).get(key, ())), None)

    def _read(self, day: date) -> dict[str, dict[str, list[Any]]]:
        if day not in taped_days(self._folder):
            raise Unavailable(f"there is no tape of {day}")
        found: dict[str, dict[str, list[Any]]] = {}
        for line in tape_lines(self._folder, day, AGENT):
            try:
                answer = json.loads(line.payload)
            except ValueError as error:
                raise CorruptData(f"the tape of {day}: {line.kind} is no JSON") from error
            found.setdefault(line.kind, {}).setdefault(line.key, []).append(answer)
        return found
