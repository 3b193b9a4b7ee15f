"""A headline as the engine gets it: its words, with a valence where something was said."""

from fin_agent.adapters.wording.comparison import comparisons
from fin_agent.adapters.wording.line import Line, kind_of
from fin_agent.adapters.wording.movement import moved
from fin_agent.adapters.wording.tokens import MARKS, words_of
from fin_agent.adapters.wording.vocabulary import Vocabulary

_BETTER = 1.8  # valence of a figure that is better than the one it is compared with


def weighed(text: str, vocabulary: Vocabulary) -> list[str | float]:
    """The words in order; a word or phrase that counts is its valence instead.

    A direction word counts by what it moves, a comparison by its figures, everything else by
    itself. A thing that was moved or compared does not count once more.
    """
    words = words_of(text)
    line = Line(words, vocabulary.find(words))
    valences: dict[int, float] = {}
    used: set[int] = set()
    for comparison in comparisons(line):
        valences[comparison.place] = _BETTER * comparison.verdict
        used |= comparison.spoken_for - {comparison.place}
    _move(line, valences, used)
    for found in line.found:
        if found.meaning.valence is not None and found.start not in used:
            valences.setdefault(found.start, found.meaning.valence)
    return _spoken(line, valences)


def _move(line: Line, valences: dict[int, float], used: set[int]) -> None:
    for index, found in enumerate(line.found):
        movement = found.meaning.movement
        if movement is None or found.start in used or found.start in valences:
            continue
        things = moved(line, index)
        if things:
            valences[found.start] = movement.strength * kind_of(things)
            used |= {thing.start for thing in things}
        elif found.meaning.valence is None:
            valences[found.start] = movement.alone


def _spoken(line: Line, valences: dict[int, float]) -> list[str | float]:
    spoken: list[str | float] = []
    at = 0
    while at < len(line.words):
        index = line.starting.get(at)
        end = at + 1 if index is None else line.found[index].end
        phrase, valence = "_".join(line.words[at:end]), valences.get(at)
        if valence:
            spoken.append(valence)
        elif phrase not in MARKS:
            spoken.append(phrase)
        at = end
    return spoken
