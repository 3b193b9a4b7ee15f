"""Text from outside is made harmless in one place, and a story counts once."""

import unicodedata
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.domain.news import LONGEST_HEADLINE, Headline, distinct, known_at, plain_text
from fin_agent.testing.builders import SCAN, a_headline

MINUTE = timedelta(minutes=1)


def told(text: str, minutes: float = 60, *, source: str = "wire", url: str = "") -> Headline:
    at = SCAN - minutes * MINUTE
    return Headline("ACME", text, source, at, at, url=url)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Acme  wins\n\ta contract ", "Acme wins a contract"),
        ("<b>Acme</b> wins<br/>again", "Acme wins again"),
        ("<script>alert(1)</script> Acme opens plant", "Acme opens plant"),
        ("<style>a{color:red}</STYLE>Acme", "Acme"),
        ("&lt;script&gt;crash()&lt;/script&gt; Acme", "Acme"),
        ("&amp;lt;img src=x onerror=alert(1)&amp;gt; Acme", "Acme"),
        ("\uff1cscript\uff1ecrash()\uff1c/script\uff1e Acme", "Acme"),
        ("<scr<b></b>ipt>crash()</script> Acme", "crash() Acme"),
        ("AT&amp;T profit &lt; 5 and &gt; 3", "AT&T profit < 5 and > 3"),
        ("Acme\u202e snoitcnas", "Acme snoitcnas"),
        ("A\u200bc\u00adme\x00 \x1b[31mfalls", "Acme [31mfalls"),
        ("\ufeffAcme \ud800", "Acme"),
        ("Acme \u21165 \ufb01rm", "Acme No5 firm"),
        ("{{7*7}} ${jndi:ldap://x} =HYPERLINK(1)", "{{7*7}} ${jndi:ldap://x} =HYPERLINK(1)"),
        ("", ""),
    ],
)
def test_what_a_headline_says_without_what_it_could_do(text: str, plain: str) -> None:
    assert plain_text(text) == plain


@pytest.mark.parametrize("text", ["x" * 10_000, "\ufdfa" * 1000, "<b>" * 10_000, "&amp;" * 5000])
def test_a_headline_has_an_end(text: str) -> None:
    assert len(plain_text(text)) <= LONGEST_HEADLINE


@given(st.text() | st.text("<>&;/script#x0lgtam \u202e\uff1c", max_size=60))
def test_plain_text_stays_as_it_is(text: str) -> None:
    plain = plain_text(text)

    assert plain_text(plain) == plain
    assert plain == " ".join(plain.split())
    assert not any(unicodedata.category(char).startswith("C") for char in plain)


def test_a_copied_story_counts_once_as_it_was_first_received() -> None:
    original = told("Acme raises guidance", 30, source="wire")
    copies = [
        told("ACME RAISES GUIDANCE.", 20, source="portal"),
        told("<b>Acme</b> raises&nbsp;guidance", 10, source="blog"),
    ]
    other = told("Acme raises guidance again", 5)

    assert distinct([*copies, other, original]) == (other, original)


def test_one_address_is_one_story() -> None:
    first = told("Acme to buy Beta", 30, url="https://wire.test/1")
    edited = told("Acme agrees to buy Beta", 20, url="https://wire.test/1#top")
    elsewhere = told("Acme is buying Beta", 10, url="https://wire.test/2")

    assert distinct([edited, first, elsewhere]) == (first, elsewhere)


def test_a_copy_of_an_edited_story_is_that_story() -> None:
    first = told("Acme to buy Beta", 30, url="https://wire.test/1")
    edited = told("Acme agrees to buy Beta", 20, url="https://wire.test/1")
    copy = told("Acme agrees to buy Beta", 10, url="https://portal.test/9")

    assert distinct([copy, edited, first]) == (first,)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme up 5%", "Acme down 5%"),
        ("Acme +5%", "Acme -5%"),
        ("Acme profit 5.1 mn", "Acme profit 5.2 mn"),
        ("!!!", "???"),
    ],
)
def test_other_words_are_another_story(one: str, other: str) -> None:
    assert len(distinct([told(one), told(other)])) == 2


def test_a_story_about_two_companies_counts_for_both() -> None:
    about = [Headline(s, "Acme buys Beta", "wire", SCAN, SCAN) for s in ("ACME", "BETA")]

    assert distinct(about) == tuple(about)


def test_which_copy_stays_does_not_depend_on_the_order() -> None:
    stories = [
        told("Acme wins", 9, source="b", url="u1"),
        told("Acme wins!", 9, source="a"),
        told("Acme has won", 9, source="b", url="u1"),
        told("Acme loses", 7),
    ]

    kept = {frozenset(distinct(order)) for order in permutations(stories)}

    assert len(kept) == 1


def test_a_copy_that_came_too_late_does_not_hide_the_story() -> None:
    early, late = told("Acme wins", 60), told("Acme wins", -1)
    before_the_window = told("Acme wins", 25 * 60)

    assert known_at((late, before_the_window, early), SCAN) == (early,)
    assert early.received_at == SCAN - 60 * MINUTE
    assert known_at((a_headline(), a_headline()), SCAN) == (a_headline(),)
