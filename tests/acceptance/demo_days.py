"""The two demo days, laid out once: the days every test may replay without recorded data."""

from pathlib import Path

import pytest

from tests.acceptance.command_line import Word, document
from tests.acceptance.folders import copied, made_once

FIRST, SECOND = "2026-03-03", "2026-03-04"


class DemoDays:
    """The demo's folder as a data directory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def place(self) -> tuple[Word, ...]:
        """The options that lead a command to it."""
        return ("--config", self.folder / "config.yaml", "--data-dir", self.folder)


@pytest.fixture(scope="session")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that ``demo`` leaves; not to be changed."""

    def lay_out(folder: Path) -> None:
        document("demo", "--data-dir", folder)

    return made_once(tmp_path_factory, "demo-days", lay_out) / "demo"


@pytest.fixture
def demo_days(laid_out: Path, tmp_path: Path) -> DemoDays:
    """The demo days in a data directory of this test."""
    return DemoDays(copied(laid_out, tmp_path / "demo-days"))
