"""A command leaves no core, no file for others, and no memory to read."""

import stat
import subprocess
import sys
from pathlib import Path

from tests.acceptance.command_line import environment

COMMAND = """
import ctypes, os, resource, sys
from pathlib import Path
from fin_agent.entrypoints.cli import main
sys.argv = ["fin-agent", "--help"]
try:
    main.run()
except SystemExit:
    pass
Path("written").write_text("")
print()
print("core", resource.getrlimit(resource.RLIMIT_CORE))
print("dumpable", ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


def test_a_command_closes_its_process_first(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COMMAND],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )

    assert "core (0, 0)" in done.stdout
    assert (tmp_path / "written").stat().st_mode & 0o077 == 0
    if sys.platform == "linux":
        assert "dumpable 0" in done.stdout


def test_what_a_day_leaves_is_for_its_owner_alone(tmp_path: Path) -> None:
    """By the command itself, in a folder that others may enter and with an open umask."""
    home = tmp_path / "home"
    line = ["sh", "-c", f"umask 000; exec '{sys.executable}' -m fin_agent demo --data-dir '{home}'"]
    subprocess.run(line, env=environment(), capture_output=True, check=True)

    made = [home, *home.rglob("*")]
    open_to_others = [path for path in made if stat.S_IMODE(path.lstat().st_mode) & 0o077]
    assert len(made) > 10
    assert open_to_others == []
