"""The k-th write, sync or truncate fails, for k = 1, 2, ... until a run has no k-th one.

    python -m tests.reliability.io_errors --budget 1200 --seed 1

Once and for ever, then the process starts again (it sees what it wrote) and the machine starts
again (what was never synced is gone). What was acknowledged must be there, and after a failed write
nothing more may be acknowledged.
"""

import random
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from fin_agent.adapters.persistence.database import Database
from fin_agent.adapters.persistence.health import Condition
from fin_agent.domain.errors import CorruptData, StateUnavailable
from tests.reliability.disk import Disk, Image, io_error
from tests.reliability.power_cuts import base_image
from tests.reliability.programme import Report, main
from tests.reliability.workload import open_on, problems_of, publish, publish_many

_CODES = {"write": 778, "sync": 1034, "truncate": 1546, "delete": 2570}
_EACH = 10


class Plan(NamedTuple):
    """Which operation fails, in a run of how many transactions a publisher."""

    at: int
    each: int
    for_ever: bool


class Fault:
    """Fails the k-th operation, or everything from there on; a failed sync loses its writes."""

    def __init__(self, disk: Disk, plan: Plan) -> None:
        self.hit = ""
        self._disk = disk
        self._plan = plan
        disk.before = self

    def __call__(self, kind: str, image: Image, size: int) -> None:
        now, plan = self._disk.operations, self._plan
        if now < plan.at or (now > plan.at and not plan.for_ever):
            return
        self.hit = self.hit or kind
        if kind == "sync":
            image.pending.clear()  # the kernel calls them clean now: they never reach the disk
        raise io_error(_CODES[kind])


async def _survives(files: dict[str, bytes], place: Path, acknowledged: set[int]) -> list[str]:
    try:
        database = await open_on(Disk(files), place)
    except (CorruptData, StateUnavailable) as error:
        return [f"corrupt: {error}"]
    try:
        return await problems_of(database, acknowledged)
    finally:
        await database.close()


async def _refuses(database: Database) -> list[str]:
    """After a fault in a commit, nothing is acknowledged any more."""
    if database.health.condition is Condition.FAILED and await publish(database, [9_999]):
        return ["a failed database acknowledged a write"]
    return []


async def one_fault(
    base: dict[str, bytes], place: Path, plan: Plan, rng: random.Random
) -> tuple[str, int, list[str]]:
    """What was hit (nothing: the run is over before), what was acknowledged, what is wrong."""
    disk = Disk(base)
    fault = Fault(disk, plan)
    acknowledged, problems = set(range(20)), list[str]()
    with suppress(StateUnavailable):
        database = await open_on(disk, place)
        acknowledged |= await publish_many(database, 100, plan.each)
        problems += await _refuses(database)
        fault_before_close = fault.hit
        await database.close()
        if not fault_before_close and len(acknowledged) < 20 + 4 * plan.each:
            problems.append("refused without a fault")
    for name, files in (("process", disk.contents()), ("machine", disk.after_cut(rng))):
        problems += [f"{name}: {p}" for p in await _survives(files, place, acknowledged)]
    return fault.hit, len(acknowledged), problems


async def io_errors(budget: int, report: Report) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        base = await base_image(place)
        each = _EACH
        while report.counts.get("faults", 0) < budget:
            await _sweep(base, place, each, budget, report)
            each += 7


async def _sweep(
    base: dict[str, bytes], place: Path, each: int, budget: int, report: Report
) -> None:
    """Every k-th operation of one workload, until it has no k-th one."""
    at, clean = 0, set[bool]()
    while len(clean) < 2 and report.counts.get("faults", 0) < budget:
        at += 1
        for for_ever in sorted({False, True} - clean):
            rng = random.Random(f"{report.seed}|{each}|{at}|{for_ever}")
            fault = Plan(at, each, for_ever)
            hit, stored, problems = await one_fault(base, place, fault, rng)
            if not hit:
                clean.add(for_ever)
                continue
            report.count("faults")
            report.count(f"{hit} failed")
            report.count("acknowledged", stored)
            for problem in problems:
                report.fail(f"{fault}: {problem}")
    report.count("sweeps to a clean run", len(clean) // 2)


if __name__ == "__main__":
    main("io_errors", io_errors, 1200)
