"""No secret that was planted is found again; the whole programme is in docs/security.md."""

import subprocess
import sys
from random import Random

from tests.acceptance.command_line import environment
from tests.ops.tools import ROOT
from tests.security.canaries import PLANTED, canary, forms, planted


def test_nothing_that_was_planted_is_found() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.security.canaries", "--budget", "1"],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"secrets planted {PLANTED}" in done.stdout
    assert "found 0" in done.stdout


def test_each_secret_is_another_one() -> None:
    every = [secret for kind in planted(1) for secret in kind.values()]

    assert len(set(every)) == len(every) >= PLANTED


def test_a_form_of_a_secret_holds_it() -> None:
    written = forms(canary(Random(1)))
    assert len(set(written.values())) >= 4
