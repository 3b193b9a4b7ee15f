"""Upgrade from the previous schema and back again, by the commands of docs/backup.md."""

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import fin_agent
from fin_agent.adapters.persistence.schema import APPLICATION_ID, migrations
from tests.acceptance import command_line
from tests.acceptance.command_line import document, refusal
from tests.entrypoints.test_cli_database import traded

PREVIOUS, NEWEST = (migration.number for migration in migrations()[-2:])
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
Rows = list[tuple[object, ...]]


def as_the_previous_version_left_it(newest: Path, path: Path) -> None:
    """The same rows in the previous schema."""
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        old.execute("PRAGMA journal_mode=WAL")
        for migration in migrations():
            if migration.number <= PREVIOUS:
                old.executescript(migration.script)
        old.execute("ATTACH ? AS newest", (str(newest),))
        for (table,) in old.execute(TABLES).fetchall():
            names = ", ".join(row[1] for row in old.execute(f"PRAGMA main.table_info({table})"))
            old.execute(f"DELETE FROM main.{table}")
            old.execute(f"INSERT INTO main.{table} SELECT {names} FROM newest.{table}")
        old.execute(f"PRAGMA application_id={APPLICATION_ID}")
        old.execute(f"PRAGMA user_version={PREVIOUS}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data directory of the previous version, with a day of trading in it."""
    newest, folder = tmp_path / "newest" / "state.db", tmp_path / "data"
    newest.parent.mkdir()
    folder.mkdir()
    asyncio.run(traded(newest))
    as_the_previous_version_left_it(newest, folder / "state.db")
    return folder


def content(path: Path) -> dict[str, Rows]:
    """Every table with its rows, and how each table and index is made."""
    with closing(sqlite3.connect(path)) as connection:
        found: dict[str, Rows] = {
            name: connection.execute(f"SELECT * FROM {name}").fetchall()
            for (name,) in connection.execute(TABLES).fetchall()
        }
        shape = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"
        return {**found, "shape": connection.execute(shape).fetchall()}


def older_program(folder: Path) -> Path:
    """This program as it was before the newest migration was written."""
    package = Path(fin_agent.__file__).parent
    shutil.copytree(package, folder / "fin_agent", ignore=shutil.ignore_patterns("__pycache__"))
    scripts = folder / "fin_agent/adapters/persistence/migrations"
    (newest,) = scripts.glob(f"{NEWEST:04}_*.sql")
    newest.unlink()
    return folder


def test_an_upgrade_keeps_every_event_and_makes_its_own_backup(folder: Path) -> None:
    before = content(folder / "state.db")

    told = document("db", "migrate", "--data-dir", folder)

    assert (told["from"], told["to"]) == (PREVIOUS, NEWEST)
    assert Path(told["backup"]).name.startswith(f"state-{PREVIOUS:04}-")
    assert content(Path(told["backup"])) == before
    after = document("db", "verify", "--data-dir", folder)
    assert after["ok"] is True
    assert after["events"] == len(before["event_log"])


def test_an_older_program_refuses_and_changes_nothing(folder: Path, tmp_path: Path) -> None:
    document("db", "migrate", "--data-dir", folder)
    before = (folder / "state.db").read_bytes()

    done = subprocess.run(
        [sys.executable, "-m", "fin_agent", "db", "migrate", "--data-dir", str(folder)],
        cwd=older_program(tmp_path / "older"),
        env={**command_line.environment(), "PYTHONPATH": str(tmp_path / "older")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 65, done.stderr
    assert f"schema {NEWEST} is newer than this program ({PREVIOUS}); upgrade it" in done.stderr
    assert (folder / "state.db").read_bytes() == before


def test_a_rollback_gives_back_the_file_of_before_and_loses_nothing(folder: Path) -> None:
    before = content(folder / "state.db")
    backup = document("db", "migrate", "--data-dir", folder)["backup"]

    told = document("db", "restore", backup, "--data-dir", folder)

    assert told["schema"] == PREVIOUS
    assert {**content(folder / "state.db"), "instance": []} == {**before, "instance": []}
    with closing(sqlite3.connect(told["kept"])) as newer:  # what came since the upgrade
        assert newer.execute("PRAGMA user_version").fetchone() == (NEWEST,)


def test_a_restored_older_file_can_be_upgraded_again(folder: Path) -> None:
    backup = document("db", "migrate", "--data-dir", folder)["backup"]
    head = document("db", "verify", "--data-dir", folder)["head"]
    document("db", "restore", backup, "--data-dir", folder)

    told = document("db", "migrate", "--data-dir", folder)

    assert (told["from"], told["to"]) == (PREVIOUS, NEWEST)
    assert document("db", "verify", "--data-dir", folder)["head"] == head


def test_what_needs_the_newest_tables_says_so(folder: Path) -> None:
    (problem,) = refusal(2, "db", "rebuild", "--data-dir", folder)

    assert problem.endswith(f"is of schema {PREVIOUS}; first run: fin-agent db migrate")
    assert document("db", "verify", "--data-dir", folder)["ok"] is True
