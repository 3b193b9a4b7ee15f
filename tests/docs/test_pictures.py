"""The pictures in the documentation are what a run of the demo draws today."""

import re
from pathlib import Path

from fin_agent.composition.bootstrap import start
from fin_agent.composition.demo import demo_app
from fin_agent.composition.loading import Choices
from fin_agent.entrypoints.reference.pictures.__main__ import pictures
from tests.docs.pages import DOCS, text_of

_FOLDER = DOCS / "pictures"
_REMEDY = "run: make pictures"
_LARGEST = 24_000  # bytes: they are committed


async def test_pictures_are_current(laid_out: Path) -> None:
    drawn = await pictures(demo_app(start(Choices(), laid_out.parent, {})))

    assert drawn.keys() == {file.name for file in _FOLDER.glob("*.svg")}, _REMEDY
    for name, svg in drawn.items():
        assert svg == (_FOLDER / name).read_text(encoding="utf-8"), f"{name}: {_REMEDY}"


def test_pictures_are_small_and_load_nothing() -> None:
    for file in _FOLDER.glob("*.svg"):
        svg = file.read_text(encoding="utf-8")

        assert len(svg) < _LARGEST
        assert "simulated" in svg or file.stem in {"funnel", "scores"}
        assert not re.search(r"href|script|url\(|@import", svg)


def test_every_picture_is_shown_with_words() -> None:
    shown = re.findall(r"!\[(.+)\]\(pictures/(\S+)\)", text_of(DOCS / "strategy.md"))

    assert {name for _, name in shown} == {file.name for file in _FOLDER.glob("*.svg")}
    assert all(len(words) > 20 for words, _ in shown)
