"""A headline as lower-case words, amounts and clause marks."""

import re
from typing import NamedTuple

MARKS = frozenset(";.:!?,()")

_HYPHEN = re.compile(r"(?<=\w)[-\u2010\u2011/](?=\w)")
_DASH = re.compile(r"\s[-\u2013\u2014]+\s|\u2014|--+")
_POSSESSIVE = re.compile(r"'s?(?!\w)")
_WORD = re.compile(
    r"\d+(?:[.,]\d+)*|[^\W\d_](?:[\w&']*\w)?|[;.:!?,()%$\u20ac\u00a3\u20b9]", re.UNICODE
)
_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,15})?")  # 28.02.2008 is none
_YEARS = range(1950, 2051)
_MONEY = "$ \u20ac \u00a3 \u20b9 eur euro euros usd gbp sek nok dkk rs inr rub dollars pounds"
_CURRENCIES = frozenset(_MONEY.split())
_SCALES = {
    **dict.fromkeys(("k", "thousand"), 1e3),
    **dict.fromkeys(("lakh", "lakhs"), 1e5),
    **dict.fromkeys(("m", "mn", "mln", "million", "millions"), 1e6),
    **dict.fromkeys(("cr", "crore", "crores"), 1e7),
    **dict.fromkeys(("b", "bn", "bln", "billion", "billions"), 1e9),
}
_PERCENT = frozenset({"%", "pct", "percent", "pc"})


class Amount(NamedTuple):
    """A number said by the words from ``start`` to ``end``; ``scale`` None when none was said."""

    start: int
    end: int
    number: float
    scale: float | None
    is_percent: bool


def words_of(text: str) -> list[str]:
    """Lower-case words and marks; hyphens part words, a dash is ``;``, possessives are dropped."""
    text = text.lower().replace("\u2019", "'")
    return _WORD.findall(_POSSESSIVE.sub("", _HYPHEN.sub(" ", _DASH.sub(" ; ", text))))


def is_number(word: str) -> bool:
    return word[0].isdecimal()


def amounts(words: list[str]) -> list[Amount]:
    """Every amount in order; dates and bare years are none."""
    found = (_amount(words, at) for at, word in enumerate(words) if is_number(word))
    return [amount for amount in found if amount is not None]


def _amount(words: list[str], at: int) -> Amount | None:
    digits = words[at].replace(",", "")
    if not _NUMBER.fullmatch(digits):
        return None
    number = float(digits)
    start = at - 1 if at and words[at - 1] in _CURRENCIES else at
    end = at + 1
    scale = _SCALES.get(words[end]) if end < len(words) else None
    end += scale is not None
    percent = _percent_words(words, end)
    end += percent
    end += end < len(words) and words[end] in _CURRENCIES
    if end - start == 1 and number in _YEARS:
        return None
    return Amount(start, end, number, scale, percent > 0)


def _percent_words(words: list[str], at: int) -> int:
    if words[at : at + 2] == ["per", "cent"]:
        return 2
    return int(at < len(words) and words[at] in _PERCENT)
