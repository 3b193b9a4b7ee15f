"""The disk fills up at many levels: entries stop, nothing acknowledged is lost, exits are kept.

    python -m tests.reliability.full_disks --budget 200 --seed 1

Most levels are on a simulated disk with a quota. One in ten is real: a tmpfs in a mount namespace
of its own (``unshare -m``), with the real reserve file; left out where that is not permitted.
"""

import asyncio
import random
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from fin_agent.adapters.persistence.database import open_database
from fin_agent.adapters.persistence.health import Condition
from fin_agent.domain.errors import CorruptData, StateUnavailable
from tests.reliability.disk import Disk, Image, full_error
from tests.reliability.power_cuts import base_image
from tests.reliability.programme import Report, main, or_die
from tests.reliability.workload import CLOCK, SMALL, open_on, problems_of, publish, publish_many

_EXITS = range(10_000_000, 10_000_020)
_MOUNTED = "mount -t tmpfs -o size=4m none {0} && exec {1} -m tests.reliability.full_disks --on {0}"


class Quota:
    """Refuses what would make the disk larger than it is."""

    def __init__(self, disk: Disk, size: int) -> None:
        self.size = size
        self.refused = 0
        self._disk = disk
        disk.before = self

    def __call__(self, kind: str, image: Image, size: int) -> None:
        if kind == "write" and size and self._disk.used + size > self.size:
            self.refused += 1
            raise full_error()


async def one_level(base: dict[str, bytes], place: Path, room: int) -> tuple[bool, int, list[str]]:
    """Whether it was full, what was acknowledged, and what is wrong."""
    disk = Disk(base)
    quota = Quota(disk, disk.used + room)
    try:
        database = await open_on(disk, place)
    except StateUnavailable:
        return True, 0, await _after(disk.contents(), place, set(range(20)))
    acknowledged = set(range(20)) | await publish_many(database, 100, 40)
    problems: list[str] = []
    is_full = bool(quota.refused)
    if is_full and len(acknowledged) < 180 and database.health.condition is not Condition.FULL:
        problems.append(f"full, but its health is {database.health}")
    quota.size += 1 << 20  # somebody frees space
    exits = await publish(database, _EXITS)
    if len(exits) < len(_EXITS):
        problems.append(f"only {len(exits)} exits after space was freed")
    await database.close()
    acknowledged |= exits
    return is_full, len(acknowledged), problems + await _after(disk.contents(), place, acknowledged)


async def _after(files: dict[str, bytes], place: Path, acknowledged: set[int]) -> list[str]:
    try:
        database = await open_on(Disk(files), place)
    except CorruptData as error:
        return [f"corrupt: {error}"]
    try:
        return await problems_of(database, acknowledged)
    finally:
        await database.close()


async def real_level(place: Path, ballast: int) -> list[str]:
    """A real file system with a real reserve; runs inside its own mount namespace."""
    path = place / "state.db"
    limits = replace(SMALL, reserve_bytes=1 << 20)
    problems: list[str] = []
    database = await open_database(path, durable=True, clock=CLOCK, limits=limits)
    (place / "ballast").write_bytes(bytes(ballast))
    acknowledged: set[int] = set()
    while database.health.is_ok:  # entries: only while the database is well
        first = 100 + len(acknowledged)
        acknowledged |= await publish(database, range(first, first + 10))
    _fill(place / "more")
    exits = await publish(database, _EXITS)
    acknowledged |= exits
    if len(exits) < len(_EXITS):
        problems.append(f"{len(exits)} exits of {len(_EXITS)}: {database.health}")
    await database.close()
    (place / "more").unlink()
    (place / "ballast").unlink()
    database = await open_database(path, durable=True, clock=CLOCK, limits=limits)
    problems += await problems_of(database, acknowledged)
    problems += [] if database.health.is_ok else [f"not well again: {database.health}"]
    await database.close()
    return problems


def _fill(path: Path) -> None:
    """Somebody else's log file takes the last byte."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12):
            try:
                while file.write(bytes(size)):
                    pass
            except OSError:
                continue


def _real(level: int, ballast: int, report: Report) -> None:
    with tempfile.TemporaryDirectory() as folder:
        line = _MOUNTED.format(folder, sys.executable) + f" {ballast}"
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", line],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    if "permitted" in done.stderr or "must be superuser" in done.stderr:
        report.count("real levels not permitted")
        return
    report.count("real levels")
    if done.returncode:
        report.fail(f"real level {level} ({ballast} bytes of ballast): {done.stdout}{done.stderr}")


async def full_disks(budget: int, report: Report) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        base = await base_image(place)
        for level in range(budget):
            rng = random.Random(f"{report.seed}|{level}")
            if level % 10 == 9:
                await asyncio.to_thread(_real, level, rng.randrange(2_000_000), report)
                continue
            is_full, stored, problems = await one_level(base, place, rng.randrange(400_000))
            report.count("simulated levels")
            report.count("of them full", int(is_full))
            report.count("acknowledged", stored)
            for problem in problems:
                report.fail(f"level {level}: {problem}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--on"]:
        with or_die():
            found = asyncio.run(real_level(Path(sys.argv[2]), int(sys.argv[3])))
        sys.exit("\n".join(found) or 0)
    main("full_disks", full_disks, 200)
