"""The power goes at any write or sync; sectors that were not synced are lost or torn.

    python -m tests.reliability.power_cuts --budget 2000 --seed 1

What was acknowledged must be there, whole, with its chain intact. Two more rows show that the
harness bites: a library that says FULL and does NORMAL must lose, one that does OFF must corrupt.
"""

import random
import tempfile
from contextlib import suppress
from pathlib import Path

from fin_agent.domain.errors import CorruptData, StateUnavailable
from tests.reliability.disk import Disk, Image, io_error
from tests.reliability.programme import Report, main
from tests.reliability.workload import open_on, problems_of, publish_many

_IOERR_WRITE = 778
_EACH = 12


async def base_image(place: Path) -> dict[str, bytes]:
    """A database as a first run leaves it."""
    disk = Disk()
    database = await open_on(disk, place)
    await publish_many(database, 0, 5)
    await database.close()
    return disk.contents()


class Cut:
    """Ends all I/O at an operation, and keeps what is on the disk at that moment."""

    def __init__(self, disk: Disk, at: int, rng: random.Random) -> None:
        self.left: dict[str, bytes] | None = None
        self._disk = disk
        self._at = at
        self._rng = rng
        disk.before = self

    def __call__(self, kind: str, image: Image, size: int) -> None:
        if self.left is None and self._disk.operations >= self._at:
            self.left = self._disk.after_cut(self._rng)
        if self.left is not None:
            raise io_error(_IOERR_WRITE)


async def one_cut(
    base: dict[str, bytes], place: Path, rng: random.Random, synchronous: str
) -> tuple[int, list[str]]:
    """Acknowledged transactions, and what is wrong afterwards."""
    disk = Disk(base)
    cut = Cut(disk, rng.randrange(4, 220), rng)
    acknowledged: set[int] = set(range(20))
    try:
        database = await open_on(disk, place, synchronous)
    except StateUnavailable:
        database = None
    if database is not None:
        acknowledged |= await publish_many(database, 100, _EACH)
        with suppress(StateUnavailable):
            await database.close()
    left = cut.left or disk.after_cut(rng)
    again = Disk(left)  # a disk of its own: closing the old connection must not touch it
    try:
        survivor = await open_on(again, place)
    except (CorruptData, StateUnavailable) as error:
        return len(acknowledged), [f"corrupt: {error}"]
    try:
        return len(acknowledged), await problems_of(survivor, acknowledged)
    finally:
        await survivor.close()


async def power_cuts(budget: int, report: Report) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        base = await base_image(place)
        controls = max(budget // 10, 25)
        for synchronous, cuts in (("FULL", budget), ("NORMAL", controls), ("OFF", controls)):
            lost = corrupt = acknowledged = 0
            for number in range(cuts):
                rng = random.Random(f"{report.seed}|{synchronous}|{number}")
                stored, problems = await one_cut(base, place, rng, synchronous)
                acknowledged += stored
                lost += any(problem.startswith("lost") for problem in problems)
                corrupt += any(not problem.startswith("lost") for problem in problems)
                if synchronous == "FULL":
                    for problem in problems:
                        report.fail(f"cut {number}: {problem}")
            report.count(f"{synchronous} cuts", cuts)
            report.count(f"{synchronous} acknowledged", acknowledged)
            report.count(f"{synchronous} cuts with loss", lost)
            report.count(f"{synchronous} cuts with corruption", corrupt)
        report.require(report.counts["NORMAL cuts with loss"] > 0, "NORMAL lost nothing: no bite")
        report.require(report.counts["OFF cuts with corruption"] > 0, "OFF corrupted nothing")


if __name__ == "__main__":
    main("power_cuts", power_cuts, 2000)
