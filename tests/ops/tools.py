"""The checkers of the files under ``ops/`` and ``.github/``, as the dev lock installs them."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def tool(name: str) -> Path:
    """A program of this environment."""
    return Path(sys.executable).with_name(name)


def checked(name: str, *words: str) -> None:
    """Run a checker in the repository; what it says is the failure."""
    done = subprocess.run(
        [str(tool(name)), *words], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
