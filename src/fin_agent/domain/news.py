"""Headlines about one symbol, as the agent received them."""

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(hours=24)
LONGEST_HEADLINE = 500

_HIDDEN = re.compile(r"<(script|style)\b[^<>]*>.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[/!?]?[a-z][^<>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline word for word; only ``received_at`` decides whether a scan may know it.

    ``sentiment`` is the compound score in -1..1 of the scorer named in ``scored_by``; None when it
    was not scored. ``url`` names the story, empty when the source gave none.
    """

    symbol: str
    text: str
    source: str
    published_at: datetime
    received_at: datetime
    sentiment: float | None = None
    scored_by: str | None = None
    url: str = ""


def known_at(headlines: Sequence[Headline], at: datetime) -> tuple[Headline, ...]:
    """The stories of the 24 hours before ``at`` that had been received by then, each once."""
    heard = [h for h in headlines if h.received_at < at and at - WINDOW <= h.published_at < at]
    return distinct(heard)


def distinct(headlines: Sequence[Headline]) -> tuple[Headline, ...]:
    """Every story once, as it was first received; the order stays.

    Two headlines about a symbol are one story when they have the same words or the same address:
    agencies are copied, and one release comes under several ids.
    """
    told: set[tuple[str, str, str]] = set()
    first: set[int] = set()
    for place in sorted(range(len(headlines)), key=lambda place: _receipt(headlines[place])):
        names = _names(headlines[place])
        if told.isdisjoint(names):
            first.add(place)
        told |= names
    return tuple(h for place, h in enumerate(headlines) if place in first)


def _names(headline: Headline) -> set[tuple[str, str, str]]:
    names = {(headline.symbol, "words", _same_words(headline.text))}
    if headline.url:
        names.add((headline.symbol, "url", headline.url.partition("#")[0]))
    return names


def _receipt(headline: Headline) -> tuple[datetime, datetime, str, str, str]:
    return (
        headline.received_at,
        headline.published_at,
        headline.source,
        headline.text,
        headline.url,
    )


def _same_words(text: str) -> str:
    plain = plain_text(text).casefold()
    words = "".join(char if char.isalnum() or char in "%$+-" else " " for char in plain)
    return " ".join(words.split()) or plain


def mean_sentiment(headlines: tuple[Headline, ...]) -> float | None:
    """The mean compound sentiment of the scored headlines; None when there are none.

    Summed from the lowest on, so that the order of the headlines cannot change the last digit.
    """
    scores = sorted(h.sentiment for h in headlines if h.sentiment is not None)
    return sum(scores) / len(scores) if scores else None


def plain_text(text: str) -> str:
    """What a headline says, for scoring and comparing: one line of at most 500 characters.

    Markup is removed, written as entities or as full-width characters too, and so are control and
    direction characters. Text that is plain already comes back unchanged.
    """
    if text.isascii() and text.isprintable() and "<" not in text and "&" not in text:
        return " ".join(text[:LONGEST_HEADLINE].split())
    text = text[: 2 * LONGEST_HEADLINE]
    while True:
        folded = html.unescape(unicodedata.normalize("NFKC", text))
        plain = one_line(_TAG.sub(" ", _HIDDEN.sub(" ", folded)))[:LONGEST_HEADLINE].rstrip()
        if plain == text:
            return plain
        text = plain


def one_line(text: str) -> str:
    """Text from outside without control, escape, direction or unassigned characters."""
    kept = "".join(
        " " if char.isspace() else char
        for char in text
        if char.isspace() or not unicodedata.category(char).startswith("C")
    )
    return " ".join(kept.split())
