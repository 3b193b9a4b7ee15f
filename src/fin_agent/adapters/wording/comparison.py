"""Figures side by side: "profit of EUR 5.2 mn, compared to EUR 3.1 mn", "a loss ... a profit"."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from fin_agent.adapters.wording.line import Line
from fin_agent.adapters.wording.tokens import MARKS, Amount, amounts
from fin_agent.adapters.wording.vocabulary import Found

_REACH_BETWEEN, _REACH_BEFORE = 9, 12  # words between the figures, and between thing and figure
_COMPARED = (
    ("compared", "to"),
    ("compared", "with"),
    ("as", "against"),
    ("versus",),
    ("vs",),
    ("against",),
    ("from",),
)
_CONJUNCTIONS = "but while whereas although though after despite amid"
_NEW_CLAUSE = MARKS - {",", "(", ")"} | frozenset(_CONJUNCTIONS.split())


class Comparison(NamedTuple):
    """At word ``place``: 1 better than before, -1 worse, 0 the same; ``spoken_for`` are used up."""

    place: int
    verdict: int
    spoken_for: frozenset[int]


def comparisons(line: Line) -> Iterator[Comparison]:
    """Two figures of one thing, or of a loss and a profit, when no direction word tells already."""
    for now, before in pairwise(amounts(line.words)):
        place = _comparator(line.words, now, before)
        thing = _thing_of(line, now)
        if place is None or thing is None or now.is_percent != before.is_percent:
            continue
        between = [f for f in line.found if thing.start < f.start < before.start]
        if any(f.meaning.movement for f in between):
            continue
        then = next((f for f in between if f.start >= now.end and f.meaning.thing), thing)
        used = {thing.start, *(f.start for f in between if f.start >= now.end)}
        yield Comparison(place, _verdict(thing, now, then, before), frozenset(used))


def _comparator(words: list[str], now: Amount, before: Amount) -> int | None:
    between = tuple(words[now.end : before.start])
    if between == ("(",):  # EUR 52.0 mn (48.1 mn)
        return now.end
    if len(between) <= _REACH_BETWEEN:
        for offset in range(len(between)):
            if any(between[offset : offset + len(c)] == c for c in _COMPARED):
                return now.end + offset
    return None


def _thing_of(line: Line, amount: Amount) -> Found | None:
    """The nearest thing before a figure, when more or less of it matters."""
    for found in reversed(line.found):
        if found.end <= amount.start and found.meaning.thing is not None:
            between = line.words[found.end : amount.start]
            if len(between) > _REACH_BEFORE or not _NEW_CLAUSE.isdisjoint(between):
                return None
            return found if found.meaning.thing else None
    return None


def _verdict(thing: Found, now: Amount, then: Found, before: Amount) -> int:
    scale = now.scale or before.scale or 1.0  # the scale is often said once
    worth = now.number * scale * (thing.meaning.thing or 0)
    was = before.number * (before.scale or scale) * (then.meaning.thing or 0)
    return (worth > was) - (worth < was)
