"""What moved: "profit rose", "cut costs", "a fall in sales"."""

from fin_agent.adapters.wording.line import Line
from fin_agent.adapters.wording.tokens import MARKS, is_number
from fin_agent.adapters.wording.vocabulary import Found

_REACH_AFTER, _REACH_BEFORE = 4, 9  # words looked through for the thing
_LINKS = (
    "to from by on as with for after amid but and while at due than despite because since until "
    "when over or is are was were has have will which that in"
)
_NO_OBJECT = MARKS | frozenset(_LINKS.split())
_CONJUNCTIONS = "but while whereas although though as after despite amid on"
_NEW_CLAUSE = MARKS - {","} | frozenset(_CONJUNCTIONS.split())
_UNITS = frozenset({"%", "pct", "percent", "pc", "per"})


def moved(line: Line, index: int) -> list[Found]:
    """The things that the direction word at ``index`` moves: its object, else its subject."""
    return _object(line, index) or _subject(line, index)


def _object(line: Line, index: int) -> list[Found]:
    at = _skip_link(line.words, line.found[index].end)
    last = min(len(line.words), at + _REACH_AFTER)
    while at < last:
        nearby = line.starting.get(at)
        if nearby is not None:
            meaning = line.found[nearby].meaning
            if meaning.thing is not None:
                return _side_by_side(line, nearby, 1)
            if meaning.movement is not None:
                return []
            at = line.found[nearby].end
        elif line.words[at] in _NO_OBJECT or is_number(line.words[at]):
            return []
        else:
            at += 1
    return []


def _skip_link(words: list[str], at: int) -> int:
    """Past the "in" of "a fall in sales" and the number of "cuts 500 jobs"."""
    if at < len(words) and words[at] in {"in", "of"}:
        at += 1
    if at < len(words) and is_number(words[at]) and not _UNITS.intersection(words[at + 1 : at + 2]):
        at += 1
    return at


def _subject(line: Line, index: int) -> list[Found]:
    at = line.found[index].start
    first = max(0, at - _REACH_BEFORE)
    while at > first:
        nearby = line.ending.get(at)
        if nearby is not None:
            if line.found[nearby].meaning.thing is not None:
                return _side_by_side(line, nearby, -1)
            at = line.found[nearby].start
        elif line.words[at - 1] in _NEW_CLAUSE:
            return []
        else:
            at -= 1
    return []


def _side_by_side(line: Line, index: int, step: int) -> list[Found]:
    """The thing and those that touch it: "sales growth", "order intake volumes"."""
    things = [line.found[index]]
    while 0 <= (index := index + step) < len(line.found):
        other, last = line.found[index], things[-1]
        touches = other.start == last.end if step > 0 else other.end == last.start
        if not touches or other.meaning.thing is None:
            break
        things.append(other)
    return things
