"""A bar store in an empty directory."""

from pathlib import Path

import pytest

from tests.adapters.bars.bar_files import Stored


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    return Stored(tmp_path / "bars")
