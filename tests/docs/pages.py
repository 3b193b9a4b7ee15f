"""The pages of the documentation, and what a page's blocks are parsed into."""

import re
from collections.abc import Mapping
from pathlib import Path

from sybil import Document
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser
from sybil.typing import Evaluator

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
EXAMPLES = DOCS / "examples"
README = ROOT / "README.md"
PAGES = (README, *sorted(DOCS.rglob("*.md")))

_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"<!-- file: (\S+) -->\s*\Z")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose_of(page: Path) -> str:
    """A page without its code blocks."""
    return _FENCE.sub("", text_of(page))


def everything() -> str:
    """All pages as one text."""
    return "\n".join(map(text_of, PAGES))


def parsed(page: Path, evaluators: Mapping[str, Evaluator]) -> Document:
    """The page with its blocks: Python is executed, other languages by the given evaluators."""
    others = [CodeBlockParser(language, run) for language, run in evaluators.items()]
    return Document.parse(str(page), PythonCodeBlockParser(), *others)


def file_named_before(document: Document, start: int) -> str | None:
    """The name in ``<!-- file: NAME -->`` right before a block."""
    found = _FILE.search(document.text[:start])
    return found[1] if found else None


def slug(heading: str) -> str:
    """The anchor that a heading has on the usual renderers."""
    kept = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
    return kept.strip().replace(" ", "-")


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose_of(page), re.MULTILINE)
    return {slug(heading) for heading in headings}


def languages_of(page: Path) -> set[str]:
    """The languages of a page's blocks; a block without one is an empty name."""
    opening = re.findall(r"^```(.*)$", text_of(page), re.MULTILINE)[::2]
    return {language.strip() for language in opening}


def python_files_of(page: Path) -> dict[str, str]:
    """The Python files that a page shows, by the name that stands before each."""
    shown = re.findall(
        r"<!-- file: (\S+\.py) -->\s*```python\n(.*?)^```$", text_of(page), re.MULTILINE | re.DOTALL
    )
    return dict(shown)
