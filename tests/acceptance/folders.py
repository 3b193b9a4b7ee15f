"""Data directories that are made once for all workers of a test run, and private copies of them."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

RESULTS = ("runs", "*.html")


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that whoever comes first fills; the others wait for it."""
    root = factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root
    folder, done = root / name, root / f"{name}.done"
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


def beside(stored: Path, place: Path) -> Path:
    """A data directory with the same bars and calendar, and runs of its own."""
    place.mkdir(parents=True, exist_ok=True)
    for name in ("bars", "cache"):
        (place / name).symlink_to(stored / name)
    return place


def copied(stored: Path, place: Path) -> Path:
    """A data directory that may be changed."""
    shutil.copytree(stored, place, ignore=shutil.ignore_patterns(*RESULTS))
    return place


def files_below(*folders: Path) -> dict[Path, bytes]:
    """Every file with its content."""
    return {
        path: path.read_bytes()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
