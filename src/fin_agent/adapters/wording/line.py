"""A headline with the phrases found in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from fin_agent.adapters.wording.vocabulary import Found


@dataclass
class Line:
    """Words, the phrases in them, and where each phrase starts and ends."""

    words: list[str]
    found: list[Found]
    starting: dict[int, int] = field(init=False)
    ending: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.starting = {phrase.start: index for index, phrase in enumerate(self.found)}
        self.ending = {phrase.end: index for index, phrase in enumerate(self.found)}


def kind_of(things: Sequence[Found]) -> int:
    """The sign of several things side by side: the growth of costs is bad."""
    kinds = [thing.meaning.thing or 0 for thing in things]
    if -1 in kinds:
        return -1
    return 0 if 0 in kinds else 1
