"""Reads the tables of ``words/`` and the word lists a user brings."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path

from fin_agent.adapters.wording.tokens import words_of
from fin_agent.adapters.wording.vocabulary import Meaning, Movement, Phrase
from fin_agent.domain.errors import ConfigError

TABLES = ("valence", "movement", "things")
STRONGEST = 4.0

_LISTED = 1.2  # valence of a word of the Loughran-McDonald lists, which know no degrees
_SIGNS = {"good": 1, "bad": -1, "neither": 0, "up": 1, "down": -1}
_ENDINGS = re.compile(r"\[([^\]]*)\]")


@cache
def built_in() -> Mapping[Phrase, Meaning]:
    """Our own words."""
    meanings: dict[Phrase, Meaning] = {}
    for table in TABLES:
        for head, phrase in entries(table_text(table)):
            known = meanings.get(phrase, Meaning())
            meanings[phrase] = _with(known, table, head)
    return meanings


def table_text(name: str) -> str:
    folder = resources.files("fin_agent.adapters.wording")
    return folder.joinpath("words", f"{name}.txt").read_text(encoding="utf-8")


def _with(known: Meaning, table: str, head: str) -> Meaning:
    if table == "valence":
        return replace(known, valence=float(head))
    if table == "things":
        return replace(known, thing=_SIGNS[head])
    direction, strength, alone = head.split()
    sign = _SIGNS[direction]
    return replace(known, movement=Movement(sign * float(strength), sign * float(alone)))


def entries(text: str) -> Iterator[tuple[str, Phrase]]:
    for line in text.splitlines():
        if line and not line.startswith("#"):
            head, terms = line.split(":", 1)
            for term in terms.split(","):
                for form in forms(term.strip()):
                    yield head, tuple(words_of(form))


def forms(term: str) -> list[str]:
    """Every form of a term: ``ris[e|es]`` is rise and rises."""
    endings = _ENDINGS.search(term)
    if endings is None:
        return [term]
    before, after = term[: endings.start()], term[endings.end() :]
    return [form for ending in endings[1].split("|") for form in forms(before + ending + after)]


def word_scores(path: Path) -> dict[Phrase, Meaning]:
    """A user's own list: a line is ``word or phrase;score``, score -4 to 4, ``#`` a comment.

    Raises:
        ConfigError: the file cannot be read or a line is something else.
    """
    meanings = {}
    for number, line in enumerate(_read(path).splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        term, _, score = line.rpartition(";")
        phrase, valence = tuple(words_of(term)), _number(score)
        if not phrase or valence is None or not -STRONGEST <= valence <= STRONGEST:
            raise ConfigError([f"{path}: line {number} is no `word;score` with -4 to 4: {line!r}"])
        meanings[phrase] = Meaning(valence=valence)
    return meanings


def loughran_mcdonald(path: Path) -> dict[Phrase, Meaning]:
    """The negative and positive words of the Loughran-McDonald Master Dictionary (CSV).

    Its cells hold the year a word came onto a list, 0 if it never did, and the year with a minus
    sign when it was taken off again.

    Raises:
        ConfigError: the file cannot be read or is not that dictionary.
    """
    rows = csv.DictReader(_read(path).splitlines())
    lacking = {"Word", "Negative", "Positive"} - set(rows.fieldnames or ())
    if lacking:
        named = ", ".join(sorted(lacking))
        raise ConfigError([f"{path}: is no Loughran-McDonald Master Dictionary, it lacks {named}"])
    meanings = {}
    for row in rows:
        negative, positive = _number(row["Negative"]), _number(row["Positive"])
        phrase = tuple(words_of(row["Word"] or ""))
        if not phrase or negative is None or positive is None:
            raise ConfigError([f"{path}: line {rows.line_num} is no word with its years"])
        sign = (positive > 0) - (negative > 0)
        if sign:
            meanings[phrase] = Meaning(valence=sign * _LISTED)
    return meanings


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: cannot be read ({error})"]) from error


def _number(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None
