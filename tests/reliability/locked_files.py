"""Somebody else holds the file: the writer waits, is told, and loses nothing.

    python -m tests.reliability.locked_files --budget 100 --seed 1

A second connection (a person with the sqlite3 shell, a careless backup) takes the write lock for
0 to 2 busy time-outs, and readers keep old snapshots open all the while.
"""

import asyncio
import random
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from fin_agent.adapters.persistence.database import Database, open_database
from fin_agent.domain.errors import StateUnavailable
from tests.reliability.programme import Report, main
from tests.reliability.workload import CLOCK, SMALL, problems_of, unit

_READERS = 8
_WRITES = 10


@contextmanager
def _snapshots(path: Path) -> Iterator[None]:
    readers = [sqlite3.connect(path, isolation_level=None) for _ in range(_READERS)]
    for reader in readers:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM event_log").fetchone()
    try:
        yield
    finally:
        for reader in readers:
            reader.close()


async def _write(database: Database, number: int, stored: set[int]) -> bool:
    writing = unit(number)
    try:
        await database.write(writing.batches, events=writing.events)
    except StateUnavailable:
        return False
    stored.add(number)
    return True


async def _episode(
    database: Database, numbers: range, held_s: float, stored: set[int]
) -> tuple[int, int]:
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("PRAGMA busy_timeout=5000")
        other.execute("BEGIN IMMEDIATE")
        writes = [asyncio.create_task(_write(database, n, stored)) for n in numbers]
        await asyncio.sleep(held_s)
        other.execute("ROLLBACK")
        done = await asyncio.gather(*writes)
    return sum(done), len(done) - sum(done)


async def locked_files(budget: int, report: Report) -> None:
    rng, stored = random.Random(report.seed), set[int]()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.db"
        database = await open_database(path, durable=True, clock=CLOCK, limits=SMALL)
        for episode in range(budget):
            first = episode * _WRITES
            held = rng.uniform(0, 2 * SMALL.busy_ms / 1000)
            with _snapshots(path):
                done, refused = await _episode(
                    database, range(first, first + _WRITES), held, stored
                )
            report.count("episodes")
            report.count("stored", done)
            report.count("refused", refused)
        report.require(database.health.is_ok, f"not well: {database.health}")
        for problem in await problems_of(database, stored):
            report.fail(problem)
        events = {int(n) for n in range(budget * _WRITES)} - stored
        report.require(
            not await _among(database, events), "a write that was refused is in the file"
        )
        await database.close()
    report.require(report.counts.get("refused", 0) > 0 or budget < 10, "nothing was refused")


async def _among(database: Database, numbers: set[int]) -> set[int]:
    rows = await database.rows("SELECT trade_id FROM trade")
    return {int(row["trade_id"]) for row in rows} & numbers


if __name__ == "__main__":
    main("locked_files", locked_files, 100)
