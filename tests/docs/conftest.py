"""A home in which the demo has run already, and a terminal in a copy of it."""

import os
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fin_agent.entrypoints.cli.main import app
from tests.docs.terminal import Terminal


@pytest.fixture(scope="session")
def home_after_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the demo leaves in an empty home."""
    home = tmp_path_factory.mktemp("home")
    data_dir = home / ".local" / "share" / "fin-agent"
    arguments = ["demo", "--data-dir", str(data_dir)]
    CliRunner().invoke(
        app, arguments, env=dict.fromkeys(settings_in_the_environment()), catch_exceptions=False
    )
    return home


def settings_in_the_environment() -> list[str]:
    return [name for name in os.environ if name.upper().startswith("FIN_AGENT")]


@pytest.fixture
def terminal(home_after_demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """An empty working folder, no settings in the environment, the demo in the data directory."""
    home, folder = tmp_path / "home", tmp_path / "work"
    shutil.copytree(home_after_demo, home)
    folder.mkdir()
    for name in settings_in_the_environment():
        monkeypatch.delenv(name)
    monkeypatch.setenv("FIN_AGENT__API__ENABLED", "false")  # tests beside each other: one port
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(folder)
    return Terminal(folder, monkeypatch)
