"""Links lead to files and headings that exist, and nothing points out of the repository."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, PAGES, anchors, name_of, prose_of, text_of

LOOPBACK = r"127\.0\.0\.1\b"
MACHINE = re.compile(
    rf"https?://(?!{LOOPBACK})|/home/|/root/|/Users/|/tmp/|localhost|\b(?!{LOOPBACK})\d+\.\d+\.\d+\.\d+\b"
)


def links(page: Path) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", prose_of(page))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_resolve(page: Path) -> None:
    for link in links(page):
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page

        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_pages_name_no_machine(page: Path) -> None:
    assert not MACHINE.findall(text_of(page))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_pages_say_one_sentence_a_line(page: Path) -> None:
    lines = [
        line for line in prose_of(page).splitlines() if line and not line.startswith(("|", "-"))
    ]

    for line in lines:
        assert not re.search(r"[a-z`)][.!?] [A-Z`]", line), line


def test_every_page_can_be_reached_from_the_index() -> None:
    linked = {(DOCS / link.partition("#")[0]).resolve() for link in links(DOCS / "index.md")}

    assert set(PAGES) - {DOCS / "index.md"} <= linked


def test_decisions_are_numbered_and_have_three_parts() -> None:
    decisions = sorted((DOCS / "decisions").glob("*.md"))

    for number, page in enumerate(decisions, start=1):
        assert page.name.startswith(f"{number:04}-")
        assert {"context", "decision", "consequence"} <= anchors(page)
