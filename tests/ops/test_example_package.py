"""The example of a third party's package: built, installed beside the program, tested, chosen."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.command_line import environment
from tests.ops.tools import ROOT, tool

PACKAGE = ROOT / "examples/gap-desk"
CHOSEN = """
factors:
- {use: volatility, weight: 0.6}
- {use: quiet_week, weight: 0.4, options: {calm_at: 0.5}}
entries:
- {use: three_up, options: {bars: 3}}
notifications:
- {use: lamp}
universe: {file: all}
fx: {fixed: 1.08}
"""


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command that sees the installed package and, of this repository, only the program."""
    seen = {"PYTHONPATH": os.pathsep.join((str(folder / "site"), str(ROOT / "src")))}
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**environment(), **seen},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that its own build makes, unpacked as an installer does it."""
    folder = tmp_path_factory.mktemp("third-party")
    build = [str(tool("hatchling")), "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=PACKAGE, capture_output=True, check=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run(
        [sys.executable, "-m", "zipfile", "-e", str(wheel), str(folder / "site")], check=True
    )
    (folder / "config.yaml").write_text(CHOSEN, encoding="utf-8")
    return folder


def test_its_own_tests_pass(installed: Path) -> None:
    done = run(installed, "-m", "pytest", "-q", "-c", str(PACKAGE / "pyproject.toml"), str(PACKAGE))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout


def test_the_program_finds_its_plug_ins_by_name(installed: Path) -> None:
    done = run(installed, "-m", "fin_agent", "config", "check")

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "configuration is fine"


def test_an_option_that_it_does_not_have_is_refused(installed: Path) -> None:
    wrong = "factors=[{use: quiet_week, weight: 1, options: {calm: 1}}]"

    done = run(installed, "-m", "fin_agent", "config", "check", "--set", wrong)

    assert done.returncode == 78
    assert "factors.0.options.calm: unknown option; options are calm_at" in done.stderr
