"""Word pieces as BERT's uncased models want them, from the model's own list of pieces."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

from fin_agent.domain.errors import ConfigError

_UNKNOWN, _START, _END = "[UNK]", "[CLS]", "[SEP]"
_LONGEST_WORD = 100
# letters and digits together, everything else (and every CJK sign) alone
_WORDS = re.compile(r"[^\W_\u3400-\u9fff]+|[^\w\s]|_|[\u3400-\u9fff]")


class WordPieces:
    """Cuts text into the numbers of its pieces; the longest known piece first."""

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self._numbers = numbers

    @classmethod
    def read(cls, path: Path) -> "WordPieces":
        """From a ``vocab.txt``: one piece a line, ``##`` in front of one that continues a word.

        Raises:
            ConfigError: the file cannot be read or lacks the special pieces.
        """
        try:
            pieces = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError([f"{path}: cannot be read ({error})"]) from error
        numbers = {piece: number for number, piece in enumerate(pieces)}
        lacking = [piece for piece in (_UNKNOWN, _START, _END) if piece not in numbers]
        if lacking:
            raise ConfigError([f"{path}: is no BERT vocabulary, it lacks {', '.join(lacking)}"])
        return cls(numbers)

    @property
    def last(self) -> int:
        """The highest piece number."""
        return max(self._numbers.values())

    def numbers_of(self, text: str, most: int) -> list[int]:
        """The piece numbers of a text between the start and the end sign, ``most`` in all."""
        pieces = [piece for word in _words(text) for piece in self._cut(word)]
        told = [_START, *pieces[: most - 2], _END]
        return [self._numbers[piece] for piece in told]

    def _cut(self, word: str) -> list[str]:
        pieces: list[str] = []
        start = 0
        while start < len(word) <= _LONGEST_WORD:
            mark = "##" if start else ""
            ends = range(len(word), start, -1)
            end = next((end for end in ends if mark + word[start:end] in self._numbers), None)
            if end is None:
                return [_UNKNOWN]
            pieces.append(mark + word[start:end])
            start = end
        return pieces or [_UNKNOWN]


def _words(text: str) -> Iterator[str]:
    bare = (char for char in unicodedata.normalize("NFD", text.lower()))
    without_accents = "".join(char for char in bare if unicodedata.category(char) != "Mn")
    yield from _WORDS.findall(without_accents)
