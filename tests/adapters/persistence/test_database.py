"""The file itself: pragmas that hold, migrations that go forward, and files that are not ours."""

import sqlite3
from pathlib import Path

import pytest

from fin_agent.adapters.persistence.database import Database, open_database
from fin_agent.adapters.persistence.schema import newest_schema
from fin_agent.adapters.persistence.writer import Limits
from fin_agent.domain.errors import CorruptData, Inconsistent, StateUnavailable
from tests.adapters.persistence.stored_events import change, rows

DURABLE = {
    "journal_mode": "wal",
    "busy_timeout": 5000,
    "foreign_keys": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "mmap_size": 0,
    "temp_store": 2,
    "wal_autocheckpoint": 0,
    "application_id": 0x46494E41,
    "query_only": 1,
}
TABLES = {
    "consumer",
    "delivery",
    "event_log",
    "execution",
    "inbox",
    "instance",
    "intent",
    "latch",
    "notice",
    "notice_sent",
    "plan",
    "progress",
    "relay",
    "trade",
    "trade_note",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "state.db"


async def opened(path: Path) -> None:
    database = await open_database(path, durable=True)
    await database.close()


async def answer(database: Database, pragma: str) -> object:
    (row,) = await database.rows(f"PRAGMA {pragma}")
    return next(iter(row.values()))


async def test_durable_pragmas_are_read_back(path: Path) -> None:
    database = await open_database(path, durable=True)

    found = {name: await answer(database, name) for name in DURABLE}
    await database.close()

    assert found == DURABLE


async def test_a_disposable_file_does_not_wait_for_the_disk(path: Path) -> None:
    database = await open_database(path, durable=False)

    found = {name: await answer(database, name) for name in ("journal_mode", "synchronous")}
    await database.close()

    assert found == {"journal_mode": "memory", "synchronous": 0}
    assert [file.name for file in path.parent.iterdir()] == ["state.db"]


async def test_a_new_file_has_every_migration(path: Path) -> None:
    await opened(path)

    assert rows(path, "PRAGMA user_version") == [(newest_schema(),)]
    found = rows(path, "SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    assert {name for name, _ in found} == TABLES
    assert all(sql.endswith("STRICT") for _, sql in found)
    assert path.parent.stat().st_mode & 0o077 == 0


async def test_opening_again_changes_nothing(path: Path) -> None:
    await opened(path)
    before = rows(path, "SELECT * FROM sqlite_master")

    await opened(path)

    assert rows(path, "SELECT * FROM sqlite_master") == before
    assert rows(path, "PRAGMA user_version") == [(newest_schema(),)]


async def test_a_migration_that_was_cut_off_starts_again(path: Path) -> None:
    """A crash inside the transaction leaves an empty file: nothing of it is there."""
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE event_log (seq INTEGER)")
        connection.rollback()
    connection.close()

    await opened(path)

    assert rows(path, "SELECT count(*) FROM event_log") == [(0,)]


async def test_a_newer_schema_is_refused(path: Path) -> None:
    await opened(path)
    change(path, "PRAGMA user_version = 99")

    with pytest.raises(CorruptData, match=r"schema 99 is newer than this program \(\d+\); upgrade"):
        await opened(path)


async def test_tables_of_somebody_else_are_refused(path: Path) -> None:
    path.parent.mkdir(parents=True)
    change(path, "CREATE TABLE photos (id INTEGER)")

    with pytest.raises(CorruptData, match="holds tables that are not fin_agent's; move it away"):
        await opened(path)
    assert rows(path, "SELECT name FROM sqlite_master") == [("photos",)]


@pytest.fixture
def text_file(path: Path) -> Path:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"just some text, and enough of it to be looked at" * 20)
    return path


async def test_what_is_no_database_is_refused(text_file: Path) -> None:
    with pytest.raises(CorruptData, match=r"not a usable database \(file is not a database\)"):
        await opened(text_file)


async def test_a_file_in_the_way_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")

    with pytest.raises(StateUnavailable, match=r"cannot be created .* choose another --data-dir"):
        await opened(tmp_path / "state" / "state.db")


async def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(StateUnavailable, match="cannot be created"):
        await opened(tmp_path)


async def test_a_transaction_is_all_or_nothing(path: Path) -> None:
    database = await open_database(path, durable=True)
    good = ("t1", "2025-03-12", "ACME", "2025-03-12T09:31:00", "{}")
    sql = "INSERT INTO trade VALUES (?, ?, ?, ?, ?)"

    with pytest.raises(Inconsistent, match=r"UNIQUE constraint failed: trade\.trade_id"):
        await database.write([(sql, [good]), (sql, [good])])
    assert await database.rows("SELECT * FROM trade") == []

    await database.write([(sql, [good])])
    assert [row["symbol"] for row in await database.rows("SELECT * FROM trade")] == ["ACME"]
    await database.close()


async def test_a_strict_table_takes_no_other_type(path: Path) -> None:
    database = await open_database(path, durable=True)
    wrong = ("e", "T", "one", *["x"] * 7, 1, "{}", "h")
    sql = "INSERT INTO event_log VALUES (NULL" + ", ?" * 13 + ")"

    with pytest.raises(Inconsistent, match="cannot store TEXT value in INTEGER column"):
        await database.write([(sql, [wrong])])
    await database.close()


async def test_a_second_writer_waits_and_is_told(path: Path) -> None:
    """Another process that holds the write lock for longer than the busy time-out."""
    database = await open_database(path, durable=True, limits=Limits(busy_ms=50))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StateUnavailable, match="database is locked"):
        await database.write([])
    other.execute("ROLLBACK")
    other.close()
    await database.write([])
    await database.close()


async def test_a_mistake_in_our_sql_is_not_taken_for_a_full_disk(path: Path) -> None:
    database = await open_database(path, durable=True)

    with pytest.raises(sqlite3.ProgrammingError, match="Incorrect number of bindings"):
        await database.write([("INSERT INTO trade VALUES (?, ?, ?, ?, ?)", [("t1",)])])
    assert await database.rows("SELECT * FROM trade") == []
    await database.close()
