"""What phrases mean: good or bad by themselves, a direction, or a thing that moves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

Phrase = tuple[str, ...]


class Movement(NamedTuple):
    """A direction: signed ``strength`` with a known thing, signed ``alone`` without one."""

    strength: float
    alone: float


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a phrase can say; at least one of the three.

    ``thing`` is the sign of having more of it: 1 profit, -1 cost, 0 says nothing.
    """

    valence: float | None = None
    movement: Movement | None = None
    thing: int | None = None


class Found(NamedTuple):
    """A phrase found in the words from ``start`` to ``end``."""

    start: int
    end: int
    meaning: Meaning


class Vocabulary:
    """Phrases and their meanings."""

    def __init__(self, meanings: Mapping[Phrase, Meaning]) -> None:
        self._by_first: dict[str, list[tuple[Phrase, Meaning]]] = {}
        for phrase in sorted(meanings, key=len, reverse=True):
            self._by_first.setdefault(phrase[0], []).append((phrase, meanings[phrase]))

    def find(self, words: list[str]) -> list[Found]:
        """The known phrases from left to right; the longest wins and none overlap."""
        found, at = [], 0
        while at < len(words):
            match = self._longest(words, at)
            if match is not None:
                found.append(match)
            at = match.end if match is not None else at + 1
        return found

    def _longest(self, words: list[str], at: int) -> Found | None:
        for phrase, meaning in self._by_first.get(words[at], ()):
            end = at + len(phrase)
            if tuple(words[at:end]) == phrase:
                return Found(at, end, meaning)
        return None
