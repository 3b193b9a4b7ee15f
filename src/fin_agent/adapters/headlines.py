"""What every news feed does with a headline: clean text, the scan's window, one of each story."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape

from fin_agent.domain.evidence import Known
from fin_agent.domain.news import WINDOW, Headline

_LONGEST = 300  # characters
_LEGAL_FORM = (
    r"([ ,]+and)?[ ,]+(incorporated|inc|corporation|corp|company|co|limited|ltd|plc|"
    r"n\.?v|s\.?a|s\.?e|a\.?g|l\.?p|llc)\b.*$"
)
_JUST_BEFORE = timedelta(microseconds=1)
_FETCHED_BY_SCAN = timedelta(minutes=2)


def plain_text(text: str) -> str:
    """Text of a stranger as one line: no entities, control or invisible characters.

    It stays text: whoever shows it escapes it, and nothing ever runs or obeys it.
    """
    visible = (
        character if unicodedata.category(character)[0] != "C" else " "
        for character in unescape(text)
    )
    return " ".join("".join(visible).split())[:_LONGEST]


def answer(
    found: Iterable[Headline], source: str, received: datetime, at: datetime
) -> Known[tuple[Headline, ...]]:
    """A feed's answer for one symbol at a scan: what was published in its window, newest first.

    What the scan itself fetches comes seconds after its instant; it counts as received right
    before it. What is fetched much later was not received in time and keeps its own time.
    """
    late = received - at
    came = at - _JUST_BEFORE if timedelta(0) <= late <= _FETCHED_BY_SCAN else received
    kept = [
        replace(headline, received_at=came)
        for headline in found
        if headline.text and at - WINDOW <= headline.published_at < at
    ]
    kept.sort(key=lambda headline: (headline.published_at, headline.text), reverse=True)
    return Known(one_of_each(kept), source, min(received, at))


def one_of_each(headlines: Sequence[Headline]) -> tuple[Headline, ...]:
    """The headlines without repetitions: the same words are the same story, whoever sends them.

    The earliest one stays, because it says since when the story was known.
    """
    earliest: dict[str, int] = {}
    for place, headline in enumerate(headlines):
        words = story(headline.text)
        known = earliest.get(words)
        if known is None or headline.published_at < headlines[known].published_at:
            earliest[words] = place
    return tuple(headlines[place] for place in sorted(earliest.values()))


def story(text: str) -> str:
    """The words of a headline without case and punctuation."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    return " ".join(re.findall(r"[^\W_]+", folded))


def company_words(name: str) -> str:
    """What a company is called in headlines: its name without share class and legal form."""
    words = re.split(r" - | Common | Ordinary | American Depositary | Class ", plain_text(name))[0]
    return re.sub(_LEGAL_FORM, "", words, flags=re.IGNORECASE).strip(" ,.&\"'")
