"""A home in which the demo has run already, and a terminal in a copy of it."""

import os
import shutil
from pathlib import Path

import pytest

from tests.acceptance.demo_days import laid_out
from tests.docs.terminal import Terminal

__all__ = ["laid_out"]


def settings_in_the_environment() -> list[str]:
    return [name for name in os.environ if name.upper().startswith("FIN_AGENT")]


@pytest.fixture
def terminal(laid_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """An empty working folder, no settings in the environment, the demo in the data directory."""
    home, folder = tmp_path / "home", tmp_path / "work"
    shutil.copytree(laid_out.parent, home / ".local" / "share" / "fin-agent")
    folder.mkdir()
    for name in settings_in_the_environment():
        monkeypatch.delenv(name)
    monkeypatch.setenv("FIN_AGENT__API__ENABLED", "false")  # tests beside each other: one port
    monkeypatch.setenv("FIN_AGENT__LOGGING__FORMAT", "human")  # as on a person's terminal
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(folder)
    return Terminal(folder, monkeypatch)
