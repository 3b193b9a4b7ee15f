"""One process at a time, as long as it lives and not a moment longer."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fin_agent.adapters.instance_lock import exclusive
from fin_agent.domain.errors import AlreadyRunning, StateUnavailable
from tests.acceptance.command_line import environment

_HOLD = """
import sys
from pathlib import Path
from fin_agent.adapters.instance_lock import exclusive
with exclusive(Path(sys.argv[1]), "the other one"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "one.lock"


def test_the_second_one_is_told_who_is_there(path: Path) -> None:
    with exclusive(path, "run one"), pytest.raises(AlreadyRunning) as refused, exclusive(path, "x"):
        pass

    holder = f"run one (pid {os.getpid()})"
    told = f"{path.parent} is in use by {holder}; wait for it or use another --data-dir"
    assert str(refused.value) == told


def test_it_is_free_again_afterwards(path: Path) -> None:
    for _ in range(2):
        with exclusive(path, "run one"):
            assert path.read_text() == f"run one (pid {os.getpid()})"


def test_it_is_free_again_after_an_error(path: Path) -> None:
    with pytest.raises(RuntimeError, match="stop"), exclusive(path, "a longer name of a run"):
        raise RuntimeError("stop")
    with exclusive(path, "run"):
        assert path.read_text() == f"run (pid {os.getpid()})"


def test_other_locks_are_other_locks(path: Path) -> None:
    with exclusive(path, "one"), exclusive(path.with_name("two.lock"), "two"):
        pass


def test_a_process_that_is_killed_lets_go(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(path)],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        begun = time.monotonic()
        with (
            pytest.raises(AlreadyRunning, match=rf"the other one \(pid {other.pid}\)"),
            exclusive(path, "x"),
        ):
            pass
        assert time.monotonic() - begun < 0.5
        other.send_signal(signal.SIGKILL)
        other.wait()

        with exclusive(path, "x"):
            pass


def test_a_lock_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    path = tmp_path / "file" / "one.lock"

    with (
        pytest.raises(StateUnavailable, match=r"cannot be created \(.*\); choose another"),
        exclusive(path, "x"),
    ):
        pass


def test_only_the_owner_may_look(path: Path) -> None:
    with exclusive(path, "x"):
        assert path.stat().st_mode & 0o077 == 0
        assert path.parent.stat().st_mode & 0o077 == 0
