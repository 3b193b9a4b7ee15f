"""The data directory cannot be made, is full, or belongs to another process just now."""

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.acceptance.command_line import TIMEOUT_S, document, environment, fin_agent, refusal
from tests.acceptance.demo_days import FIRST, DemoDays
from tests.programs import lacking, program


def test_a_data_directory_that_cannot_be_made(demo_days: DemoDays, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    place = tmp_path / "file" / "data"
    bars = demo_days.folder / "simulated" / "daily.parquet"

    for command in (("demo",), ("data", "import", bars)):
        (problem,) = refusal(73, *command, "--data-dir", place)
        assert problem.startswith(f"{place}")
        assert "cannot be written (Not a directory)" in problem
    assert (tmp_path / "file").read_text() == "in the way"


def test_runs_that_cannot_be_written(demo_days: DemoDays) -> None:
    (demo_days.folder / "runs").write_text("in the way")

    (problem,) = refusal(73, "replay", FIRST, *demo_days.place)

    assert problem.startswith(f"{demo_days.folder}/runs/replay-{FIRST}.lock: cannot be created")
    assert problem.endswith("choose another --data-dir")


def test_a_second_process_is_turned_away_at_once(demo_days: DemoDays) -> None:
    runs = demo_days.folder / "runs"
    runs.mkdir(exist_ok=True)
    with (runs / f"replay-{FIRST}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(f"run replay-{FIRST} (pid 4711)")
        lock.flush()
        begun = time.monotonic()
        (problem,) = refusal(75, "replay", FIRST, *demo_days.place)
        took = time.monotonic() - begun

    assert problem == (
        f"{runs} is in use by run replay-{FIRST} (pid 4711); wait for it or use another --data-dir"
    )
    assert took < 2  # two commands, however busy the machine
    assert document("replay", FIRST, *demo_days.place)["sessions"] == 1


def test_two_processes_at_once(demo_days: DemoDays) -> None:
    """The first is slowed down to watch; the second is told who is there, and harms nothing."""
    watch = [sys.executable, "-m", "fin_agent", "demo", "--speed", "2500", "--json", "--data-dir"]
    folder = demo_days.folder.parent / "both"
    with subprocess.Popen(
        [*watch, str(folder)], env=environment(), stdout=subprocess.PIPE, text=True
    ) as first:
        lock = folder / "demo" / "runs" / "demo-day-1.lock"
        until = time.monotonic() + 60
        while not (lock.exists() and lock.read_text()) and time.monotonic() < until:
            time.sleep(0.05)  # noqa: TID251 - waits for another process
        done = fin_agent("demo", "--json", "--data-dir", folder)
        out, _ = first.communicate(timeout=TIMEOUT_S)

    assert done.code == 75
    assert done.problems[0].endswith(
        f"is in use by run demo-day-1 (pid {first.pid}); wait for it or use another --data-dir"
    )
    assert first.returncode == 0
    assert out == fin_agent("demo", "--json", "--data-dir", folder).out


_ON_A_FULL_DISK = """
mount -t tmpfs -o size=16m tmpfs "$1" || exit 99
cp -r "$2/." "$1" || exit 98
dd if=/dev/zero of="$1/filler" bs=4k 2>/dev/null
truncate -s "-$3" "$1/filler"
shift 3
exec "$@"
"""


@pytest.fixture
def unshared() -> list[str]:
    """The words that run a command with mounts of its own."""
    unshare = program("unshare")
    words = [unshare, "-m"] if os.geteuid() == 0 else [unshare, "-Urm"]
    test = [*words, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    if subprocess.run(test, capture_output=True, check=False).returncode:
        lacking("the right to mount, which a full disk needs, is not given")
    return words


@pytest.mark.parametrize("left", ["0", "8K", "72K"])
def test_a_full_disk(demo_days: DemoDays, unshared: list[str], tmp_path: Path, left: str) -> None:
    """Too little is left for the day's run: exit 73, and the run before it is kept."""
    document("replay", FIRST, *demo_days.place)
    disk = tmp_path / "disk"
    disk.mkdir()
    program = [sys.executable, "-m", "fin_agent", "replay", FIRST, "--data-dir", str(disk)]
    config = ["--config", str(disk / "config.yaml")]
    verify = " ".join([*program, *config, "--verify"])
    mounted = [*unshared, "bash", "-c", _ON_A_FULL_DISK, "full"]
    script = f"{' '.join([*program, *config])}; echo $? >&2; {verify} >&2"

    done = subprocess.run(
        [*mounted, disk, demo_days.folder, left, "bash", "-c", script],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )

    problem, code, *kept = done.stderr.splitlines()
    assert problem.startswith(f"error: {disk}/runs/replay-{FIRST}.")
    assert "disk is full" in problem or "No space left" in problem
    assert code == "73"
    assert "decisions are the same" in kept[0]
