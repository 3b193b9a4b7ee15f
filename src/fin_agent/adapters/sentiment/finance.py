"""Headline sentiment by VADER's engine and a vocabulary of financial English."""

from collections.abc import Mapping
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from fin_agent.adapters.wording.tables import (
    STRONGEST,
    built_in,
    loughran_mcdonald,
    word_scores,
)
from fin_agent.adapters.wording.vocabulary import Meaning, Phrase, Vocabulary
from fin_agent.adapters.wording.weighing import weighed
from fin_agent.ports import SentimentPort

VERSION = "finance-headlines-1"

_TENTHS = round(STRONGEST * 10)


class Finance(SentimentPort):
    """Says how good a headline is for the company in it; VADER's general lexicon is off.

    VADER handles negation, degree ("slightly") and "but". ``lexicon_file`` is a list of your own
    (``word;score``, -4 to 4) that wins over ours; ``loughran_mcdonald_file`` is your copy of the
    Master Dictionary, for words that neither knows. Both are absolute or in the ``sentiment``
    folder of the data directory, and a hash of each is in the name that scores are recorded with.
    """

    def __init__(
        self,
        folder: Path,
        *,
        lexicon_file: str | None = None,
        loughran_mcdonald_file: str | None = None,
    ) -> None:
        """Read the user's files.

        Raises:
            ConfigError: one of them cannot be read or is something else.
        """
        self.name = VERSION
        self._own: Mapping[Phrase, Meaning] = {}
        self._listed: Mapping[Phrase, Meaning] = {}
        if lexicon_file is not None:
            path = folder / Path(lexicon_file).expanduser()
            self._own = word_scores(path)
            self.name += f"+own-{_fingerprint(path)}"
        if loughran_mcdonald_file is not None:
            path = folder / Path(loughran_mcdonald_file).expanduser()
            self._listed = loughran_mcdonald(path)
            self.name += f"+lm-{_fingerprint(path)}"

    def compound(self, text: str) -> float:
        spoken = [
            word if isinstance(word, str) else _spelled(word)
            for word in weighed(text, self._vocabulary)
        ]
        return float(_engine().polarity_scores(" ".join(spoken))["compound"])

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        if not (self._own or self._listed):
            return _built_in_vocabulary()
        return Vocabulary({**self._listed, **built_in(), **self._own})


@cache
def _built_in_vocabulary() -> Vocabulary:
    return Vocabulary(built_in())


def _spelled(valence: float) -> str:
    """A valence as a word of the engine's lexicon, to a tenth: 1.9 is ``v+19``."""
    return f"v{max(-_TENTHS, min(_TENTHS, round(valence * 10))):+d}"


def _fingerprint(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()[:8]


@cache
def _engine() -> Any:  # noqa: ANN401 - the package has no types
    """VADER with valences for words; imported only when there is a headline to score."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    engine = SentimentIntensityAnalyzer()
    engine.lexicon = {_spelled(tenths / 10): tenths / 10 for tenths in range(-_TENTHS, _TENTHS + 1)}
    engine.emojis = {}
    return engine
