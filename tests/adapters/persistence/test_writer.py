"""The one writer: what waits is written together, and everybody gets the outcome of their own."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fin_agent.adapters.persistence.database import Database, open_database
from fin_agent.adapters.persistence.health import Condition
from fin_agent.adapters.persistence.writer import Limits
from fin_agent.domain.errors import AlreadyRunning, Inconsistent, StateUnavailable
from tests.adapters.persistence.stored_events import a_store, an_event, first_broken_link, rows

TRADE = "INSERT INTO trade VALUES (?, '2025-03-12', 'ACME', '', '{}')"
LIMITS = Limits(reserve_bytes=1 << 16, busy_ms=100)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    opened = await open_database(path, durable=True, limits=LIMITS)
    yield opened
    await opened.close()


async def store(database: Database, *names: str) -> None:
    await database.write([(TRADE, [(name,) for name in names])])


async def stored(database: Database) -> list[str]:
    found = await database.rows("SELECT trade_id FROM trade ORDER BY rowid")
    return [str(row["trade_id"]) for row in found]


def commits(path: Path) -> int:
    """How often the file changed: SQLite counts it in the write-ahead log's frames."""
    wal = path.with_name(path.name + "-wal").read_bytes()
    frames = range(32, len(wal), 24 + 4096)
    return sum(1 for at in frames if wal[at + 4 : at + 8] != bytes(4))


async def test_what_waits_is_one_commit(path: Path, database: Database) -> None:
    before = commits(path)
    await asyncio.gather(*(store(database, str(number)) for number in range(100)))

    assert await stored(database) == [str(number) for number in range(100)]
    assert commits(path) - before <= 3


async def test_a_failed_transaction_leaves_its_neighbours_alone(database: Database) -> None:
    await store(database, "a")
    units = [("b",), ("a",), ("c", "c"), ("d",), (2**70,), ("e",)]
    outcomes = await asyncio.gather(
        *(database.write([(TRADE, [(name,) for name in unit])]) for unit in units),
        return_exceptions=True,
    )

    kinds = [type(outcome) for outcome in outcomes]
    fine = type(None)
    assert kinds == [fine, Inconsistent, Inconsistent, fine, OverflowError, fine]
    assert await stored(database) == ["a", "b", "d", "e"]
    assert database.health.is_ok


async def test_a_chain_is_whole_whoever_fails_in_between(path: Path) -> None:
    async def publish(number: int) -> None:
        async with store_.begin() as work:
            work.append([an_event(number)])

    async with a_store(path) as store_:
        numbers = [1, 2, 3, 2, 4, 1, 5]
        outcomes = await asyncio.gather(*map(publish, numbers), return_exceptions=True)
    assert [outcome is None for outcome in outcomes] == [
        n not in numbers[:i] for i, n in enumerate(numbers)
    ]
    assert first_broken_link(path) is None
    assert rows(path, "SELECT count(*) FROM event_log") == [(5,)]


async def test_who_is_cancelled_while_waiting_is_withdrawn(database: Database) -> None:
    tasks = [asyncio.create_task(store(database, str(number))) for number in range(5)]
    await asyncio.sleep(0)  # all wait, nothing is under way
    tasks[2].cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)

    assert isinstance(ended[2], asyncio.CancelledError)
    assert await stored(database) == ["0", "1", "3", "4"]


async def test_who_is_cancelled_under_way_is_told_at_the_end(
    path: Path, database: Database
) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    task = asyncio.create_task(store(database, "a"))
    await asyncio.sleep(0.02)  # it stands at the lock by now
    task.cancel()
    await asyncio.sleep(0.01)
    assert not task.done()

    other.execute("ROLLBACK")
    other.close()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await stored(database) == ["a"]


async def test_publishers_wait_when_the_queue_is_full(path: Path) -> None:
    few = Limits(queued=4, together=2, reserve_bytes=0)
    database = await open_database(path, durable=True, limits=few)
    await asyncio.gather(*(store(database, str(number)) for number in range(50)))

    assert await stored(database) == [str(number) for number in range(50)]
    await database.close()


async def test_closing_writes_what_waits_and_refuses_what_comes(path: Path) -> None:
    database = await open_database(path, durable=True, limits=LIMITS)
    tasks = [asyncio.create_task(store(database, str(number))) for number in range(20)]
    await asyncio.sleep(0)
    await database.close()
    await asyncio.gather(*tasks)

    assert rows(path, "SELECT count(*) FROM trade") == [(20,)]
    for late in (store(database, "late"), stored(database)):
        with pytest.raises(StateUnavailable, match="is closed"):
            await late
    assert not path.with_name("state.db-wal").exists()
    await database.close()


async def test_there_is_one_writer(path: Path, database: Database) -> None:
    with pytest.raises(AlreadyRunning, match=r"is in use by fin-agent \(pid \d+\)"):
        await open_database(path, durable=True)
    assert database.epoch == 1
    assert await database.read_epoch() == 1


async def test_the_old_instance_writes_nothing_more(path: Path, database: Database) -> None:
    """Somebody removed the lock file and started another one."""
    path.with_suffix(".lock").unlink()
    newer = await open_database(path, durable=True, limits=LIMITS)

    assert await database.read_epoch() == newer.epoch == 2
    with pytest.raises(StateUnavailable, match=r"taken this data directory over \(epoch 2"):
        await store(database, "old")
    assert database.health.condition is Condition.FAILED
    await store(newer, "new")
    with pytest.raises(StateUnavailable, match="nothing is written any more"):
        await store(database, "old")
    assert await stored(newer) == ["new"]
    await newer.close()


async def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(StateUnavailable, match="attempt to write a readonly database"):
        await database.rows("DELETE FROM trade")
    assert database.health.is_ok


async def test_an_endless_read_is_cut(path: Path) -> None:
    database = await open_database(path, durable=True, limits=Limits(read_s=0.1, reserve_bytes=0))
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"

    with pytest.raises(StateUnavailable, match="took too long and was cut"):
        await database.rows(endless)
    assert await stored(database) == []
    await database.close()


async def test_the_log_stays_short_under_an_endless_read(path: Path) -> None:
    limits = Limits(
        reserve_bytes=0, checkpoint_pages=20, restart_pages=100, wal_pages=200, read_s=60
    )
    database = await open_database(path, durable=True, limits=limits)
    endless = (
        "WITH RECURSIVE n(i) AS (SELECT count(*) FROM trade UNION ALL SELECT i + 1 FROM n)"
        " SELECT max(i) FROM n"
    )
    reading = asyncio.create_task(database.rows(endless))
    for number in range(400):
        await store(database, str(number))

    with pytest.raises(StateUnavailable, match="was cut"):
        await reading
    assert path.with_name("state.db-wal").stat().st_size < 200 * 4120
    assert database.health.is_ok
    await database.close()


async def test_a_reader_out_of_reach_stops_entries(path: Path) -> None:
    limits = Limits(reserve_bytes=0, checkpoint_pages=20, restart_pages=50, wal_pages=100)
    database = await open_database(path, durable=True, limits=limits)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM trade").fetchone()
    for number in range(100):
        await store(database, str(number))
    assert database.health.condition is Condition.FULL
    assert "another program reads it" in database.health.reason

    other.close()
    for number in range(100, 150):
        await store(database, str(number))
    assert database.health.is_ok
    await database.close()


async def test_the_reserve_is_given_up_and_made_again(path: Path, database: Database) -> None:
    reserve = path.with_name("reserve")
    assert reserve.stat().st_size == 1 << 16

    assert database.release_reserve()
    assert not reserve.exists()
    assert database.health.condition is Condition.FULL
    assert not database.release_reserve()

    await asyncio.gather(*(store(database, str(number)) for number in range(2000)))
    await asyncio.sleep(0.2)  # quiet: time to look at the disk
    assert database.health.is_ok
    assert reserve.stat().st_size == 1 << 16
