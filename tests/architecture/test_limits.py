"""What a reader is promised of every file: short, and no check silenced without a reason."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path
    for folder in ("src", "tests", "benchmarks", "examples")
    for path in (ROOT / folder).rglob("*.py")
)
MOST_LINES = 300
SILENCED = re.compile(r"#\s*(?:ruff: )?(?:noqa|type: ignore|pragma: no|mypy: )(?P<rest>.*)$")
REASON = re.compile(r"(?:: *[A-Z]+[0-9]+(?:, *[A-Z]+[0-9]+)*|\[[a-z-]+(?:, *[a-z-]+)*\]).*[a-z]{3}")


def test_no_file_is_longer_than_a_reader_likes() -> None:
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}

    assert {str(path): count for path, count in lines.items() if count > MOST_LINES} == {}


def unexplained(path: Path) -> list[str]:
    """Where a check is silenced without a reason behind it or in a comment above."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for number, (above, line) in enumerate(pairwise(["", *lines]), 1)
        if (found := SILENCED.search(line))
        and not REASON.match(found["rest"])
        and not above.lstrip().startswith("# ")
    ]


def test_a_silenced_check_names_its_rule_and_says_why() -> None:
    assert [place for path in FILES if path != Path(__file__) for place in unexplained(path)] == []


@pytest.mark.parametrize(
    ("comment", "is_told"),
    [
        ("# noqa: S608", False),
        ("# noqa", False),
        ("# noqa: S608, E501 - a table of our own", True),
        ("# type: ignore[misc]", False),
        ("# type: ignore", False),
        ("# type: ignore[misc, arg-type] # mypy knows no such type", True),
    ],
)
def test_what_counts_as_a_reason(comment: str, is_told: bool) -> None:
    found = SILENCED.search(f"x = 1  {comment}")

    assert found is not None
    assert (REASON.match(found["rest"]) is not None) == is_told
