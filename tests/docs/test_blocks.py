"""Every block of the documentation does what it says: commands, Python, settings, files."""

from pathlib import Path

import pytest

from tests.docs.pages import DOCS, PAGES, languages_of, name_of, parsed, python_files_of
from tests.docs.terminal import Terminal

RUN = {"bash", "console", "csv", "python", "toml", "yaml"}


@pytest.mark.parametrize("page", [p for p in PAGES if languages_of(p) & RUN], ids=name_of)
def test_blocks_run_in_order(page: Path, terminal: Terminal) -> None:
    evaluators = {
        "console": terminal.console,
        "bash": terminal.console,
        "yaml": terminal.settings,
        "csv": terminal.write,
        "toml": terminal.write,
    }
    for example in parsed(page, evaluators):
        example.evaluate()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_blocks_are_of_a_language_that_is_run_or_plain_text(page: Path) -> None:
    assert languages_of(page) <= RUN | {"text"}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_example_files_are_shown_word_for_word(page: Path) -> None:
    for name, shown in python_files_of(page).items():
        assert shown == (DOCS / name).read_text(encoding="utf-8"), name
