"""The process dies at the k-th statement of a migration: the file is old or new, never between.

    python -m tests.reliability.cut_migrations --budget 200 --seed 1

A forked process opens a file of every older schema and kills itself (SIGKILL) at statement k, for
k = 1, 2, ... until one comes through. What is left must open, whole, at the newest schema.
"""

import asyncio
import os
import signal
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from fin_agent.adapters.persistence.chain import GENESIS_HASH, LOG_SQL, linked
from fin_agent.adapters.persistence.connection import connector
from fin_agent.adapters.persistence.database import open_database
from fin_agent.adapters.persistence.schema import APPLICATION_ID, migrations, newest_schema
from tests.reliability.programme import Report, main
from tests.reliability.workload import CLOCK, SMALL, problems_of, unit

_ROWS = 20


def make(path: Path, schema: int) -> None:
    """A file as an older program left it; 0 is an empty one."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        for migration in migrations():
            if migration.number <= schema:
                connection.executescript(migration.script)
        if schema:
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={schema}")
            units = [unit(number) for number in range(_ROWS)]
            events = [row for one in units for row in one.events]
            connection.executemany(LOG_SQL, linked(events, GENESIS_HASH))
            for one in units:
                for sql, rows in one.batches:
                    connection.executemany(sql, rows)


def killed_at(path: Path, statement: int) -> bool:
    """Open it in a process that dies at that statement; False when it came through."""
    pid = os.fork()
    if not pid:
        try:
            asyncio.run(_open(path, statement))
        finally:
            os._exit(0)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status)


async def _open(path: Path, statement: int) -> None:
    left = statement

    def connect() -> sqlite3.Connection:
        connection = connector(path, read_only=False)()

        def count(_: str) -> None:
            nonlocal left
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

        connection.set_trace_callback(count)
        return connection

    database = await open_database(path, durable=True, clock=CLOCK, limits=SMALL, connect=connect)
    await database.close()


async def _problems(path: Path, acknowledged: set[int]) -> list[str]:
    known = {0} | {migration.number for migration in migrations()}
    with closing(sqlite3.connect(path)) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    problems = [] if version in known else [f"schema {version}"]
    database = await open_database(path, durable=True, clock=CLOCK, limits=SMALL)
    problems += [] if database.schema == newest_schema() else ["not migrated"]
    problems += await problems_of(database, acknowledged)
    await database.close()
    return problems


def _backups(folder: Path) -> int:
    return len(list(folder.glob("backups/*.db")))


async def cut_migrations(budget: int, report: Report) -> None:
    older = [0, *(migration.number for migration in migrations())]
    statement, open_still = 0, set(older)
    while open_still and report.counts.get("kills", 0) < budget:
        statement += 1
        for schema in sorted(open_still):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "state.db"
                make(path, schema)
                if killed_at(path, statement):
                    report.count("kills")
                else:
                    open_still.discard(schema)
                acknowledged = set(range(_ROWS)) if schema else set[int]()
                for problem in await _problems(path, acknowledged):
                    report.fail(f"schema {schema}, statement {statement}: {problem}")
                report.count("backups", _backups(Path(folder)))
    report.count("schemas swept to the end", len(older) - len(open_still))


if __name__ == "__main__":
    main("cut_migrations", cut_migrations, 200)
