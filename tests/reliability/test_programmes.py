"""Every programme with a small budget; the larger ones are run by hand, see docs/reliability.md."""

import subprocess
import sys

import pytest

from tests.acceptance.command_line import environment

BUDGETS = {
    "power_cuts": 40,
    "io_errors": 40,
    "full_disks": 10,
    "bit_flips": 20,
    "two_instances": 8,
    "locked_files": 5,
    "cut_migrations": 12,
}


@pytest.mark.parametrize(("name", "budget"), BUDGETS.items())
def test_programme(name: str, budget: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"tests.reliability.{name}", "--budget", str(budget)],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    first, line = done.stdout.splitlines()
    assert first == "seed 1"
    assert line.startswith(f"{name}: ")
    assert line.endswith("; ok")
