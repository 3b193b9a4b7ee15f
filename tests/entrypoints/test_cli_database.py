"""``db``: what a person does to the state database, beside a running instance and after damage."""

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from fin_agent.adapters.clock import FixedClock, SystemClock
from fin_agent.adapters.instance_lock import exclusive
from fin_agent.adapters.persistence.schema import APPLICATION_ID, migrations, newest_schema
from fin_agent.application.decisions import DecisionLog
from fin_agent.domain.exits import ExitOrdered
from fin_agent.domain.journal import TradeRecorded
from fin_agent.domain.order import FillRecorded, OrderIntentCreated, OrderState
from fin_agent.testing.builders import DAY, SCAN, a_fill, a_trade, an_intent
from tests.acceptance.command_line import document, fin_agent, in_own_process, refusal
from tests.adapters.persistence.stored_events import NOW, a_store, an_event, an_exit, change, rows
from tests.entrypoints.test_schemas import check

COMMANDS = (["verify"], ["backup"], ["rebuild"], ["migrate"])


async def traded(path: Path) -> None:
    log = DecisionLog("paper", DAY)
    intent, fill, trade, exit_ = an_intent(), a_fill(), a_trade(), an_exit(1, OrderState.FILLED)
    async with a_store(path) as store:
        async with store.begin() as work:
            facts = (OrderIntentCreated(intent), FillRecorded(fill), ExitOrdered(exit_))
            work.append([log.record(fact, SCAN) for fact in (*facts, TradeRecorded(trade))])
            work.save_intent(intent)
            work.save_intent(exit_)
            work.save_fill(fill)
            work.save_trade(trade)
        async with store.begin() as work:
            work.append([an_event(number) for number in range(50)])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "state.db"
    asyncio.run(traded(path))
    return path


def test_without_a_database(tmp_path: Path) -> None:
    for words in COMMANDS:
        (problem,) = refusal(65, "db", *words, "--data-dir", tmp_path)
        assert "state.db: there is no such database" in problem
    assert not (tmp_path / "state.db").exists()


def test_a_sound_database(path: Path) -> None:
    told = document("db", "verify", "--data-dir", path.parent)

    check("database", told)
    assert told["ok"] is True
    assert (told["events"], told["epoch"], told["schema"]) == (54, 1, newest_schema())
    assert document("db", "verify", "--quick", "--data-dir", path.parent) == told


@pytest.mark.parametrize(
    ("damage", "named"),
    {
        "UPDATE event_log SET payload = '{}' WHERE seq = 7": "row 7",
        "DELETE FROM event_log WHERE seq = 7": "row 7 is missing",
        "UPDATE event_log SET is_decision = 0 WHERE seq = 9": "row 9",
        "UPDATE trade SET document = json_set(document, '$.pnl', '1')": "pnl is '1', the log says",
        "UPDATE intent SET quantity = '11' WHERE purpose = 'ENTRY'": "quantity and the document",
        "DELETE FROM execution": "is in the log, but not in the table",
    }.items(),
)
def test_damage_is_named(path: Path, damage: str, named: str) -> None:
    change(path, damage)

    done = fin_agent("db", "verify", "--data-dir", path.parent, "--json")

    assert done.code == 65
    check("database", done.document)
    assert done.document["ok"] is False
    assert any(named in problem for problem in done.document["problems"])


def test_backup_beside_a_running_instance(path: Path, tmp_path: Path) -> None:
    with exclusive(path.with_suffix(".lock"), "run"), closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        made = document("db", "backup", "--data-dir", path.parent)
        assert document("db", "verify", "--data-dir", path.parent)["head"] == made["head"]

    check("database", made)
    copy = Path(made["file"])
    assert copy.parent == tmp_path / "backups"
    assert copy.stat().st_mode & 0o077 == 0
    assert rows(copy, "SELECT count(*) FROM event_log") == [(54,)]
    assert [file.name for file in copy.parent.iterdir()] == [copy.name]

    chosen = tmp_path / "elsewhere" / "mine.db"
    assert fin_agent("db", "backup", "--to", chosen, "--data-dir", path.parent).code == 0
    (problem,) = refusal(73, "db", "backup", "--to", chosen, "--data-dir", path.parent)
    assert "is there already" in problem


def test_a_damaged_database_is_not_backed_up(path: Path) -> None:
    change(path, "UPDATE event_log SET payload = '{}' WHERE seq = 7")

    (problem,) = refusal(65, "db", "backup", "--data-dir", path.parent)
    assert "row 7" in problem
    assert list((path.parent / "backups").iterdir()) == []


def test_restore_keeps_what_it_replaces(path: Path) -> None:
    backup = document("db", "backup", "--data-dir", path.parent)
    asyncio.run(one_more(path))

    told = document("db", "restore", backup["file"], "--data-dir", path.parent)

    check("database", told)
    assert told["head"] == backup["head"]
    assert told["epoch"] == 2  # as in the replaced file: an epoch is never given twice
    assert rows(Path(told["kept"]), "SELECT count(*) FROM event_log") == [(55,)]
    assert rows(path, "SELECT count(*) FROM event_log") == [(54,)]
    assert fin_agent("db", "verify", "--data-dir", path.parent).code == 0


async def one_more(path: Path) -> None:
    async with a_store(path) as store, store.begin() as work:
        work.append([an_event(1_000)])


def test_restore_refuses_a_damaged_backup(path: Path) -> None:
    backup = Path(document("db", "backup", "--data-dir", path.parent)["file"])
    change(backup, "UPDATE event_log SET type = 'Other' WHERE seq = 3")
    before = path.read_bytes()

    (problem,) = refusal(65, "db", "restore", backup, "--data-dir", path.parent)
    assert "row 3" in problem
    (problem,) = refusal(65, "db", "restore", path.parent / "none.db", "--data-dir", path.parent)
    assert "none.db: there is no such database" in problem
    assert path.read_bytes() == before


def test_restore_without_a_database_puts_one_there(path: Path) -> None:
    backup = document("db", "backup", "--data-dir", path.parent)
    for file in path.parent.glob("state.db*"):
        file.unlink()

    told = document("db", "restore", backup["file"], "--data-dir", path.parent)
    assert told["kept"] is None
    assert told["events"] == 54


def test_what_changes_the_file_waits_for_nobody(path: Path) -> None:
    backup = document("db", "backup", "--data-dir", path.parent)["file"]
    with exclusive(path.with_suffix(".lock"), "run"):
        for words in (["restore", backup], ["rebuild"], ["migrate"]):
            begun = time.monotonic()
            (problem,) = refusal(75, "db", *words, "--data-dir", path.parent)
            assert time.monotonic() - begun < 2.0  # two commands in one
            assert "is in use by run" in problem
        assert in_own_process("db", "migrate", "--data-dir", path.parent).code == 75


def test_rebuild_takes_the_logs_word(path: Path) -> None:
    change(
        path,
        "UPDATE trade SET document = json_set(document, '$.pnl', '1');"
        "INSERT INTO trade SELECT 'invented', session_date, symbol, entry_time, document"
        " FROM trade",
    )
    told = document("db", "rebuild", "--data-dir", path.parent)

    check("database", told)
    assert [(d["table"], d["column"], d["logged"]) for d in told["corrected"]] == [
        ("trade", "pnl", "10"),
        ("trade", None, None),
    ]
    assert told["beyond_the_log"] == []
    assert rows(Path(told["kept"]), "SELECT count(*) FROM trade") == [(2,)]
    assert document("db", "verify", "--data-dir", path.parent)["ok"] is True
    again = document("db", "rebuild", "--data-dir", path.parent)
    assert (again["corrected"], again["kept"]) == ([], None)


def test_rebuild_says_what_it_cannot(path: Path) -> None:
    change(path, "DELETE FROM execution")

    told = document("db", "rebuild", "--data-dir", path.parent)
    assert told["corrected"] == []
    assert [d["table"] for d in told["beyond_the_log"]] == ["execution"]
    done = fin_agent("db", "rebuild", "--data-dir", path.parent)
    assert "cannot be rebuilt: execution" in done.out


def test_migrate_backs_up_first(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    first = migrations()[0]
    change(
        path,
        f"{first.script};PRAGMA user_version={first.number};"
        f"PRAGMA application_id={APPLICATION_ID};",
    )
    told = document("db", "migrate", "--data-dir", tmp_path)

    assert (told["from"], told["to"]) == (1, newest_schema())
    assert rows(Path(told["backup"]), "PRAGMA user_version") == [(1,)]
    assert rows(path, "PRAGMA user_version") == [(newest_schema(),)]
    again = document("db", "migrate", "--data-dir", tmp_path)
    assert again == {"from": newest_schema(), "to": newest_schema(), "backup": None}


def test_a_newer_schema(path: Path) -> None:
    change(path, "PRAGMA user_version = 999")

    for words in COMMANDS:
        (problem,) = refusal(65, "db", *words, "--data-dir", path.parent)
        assert "schema 999 is newer than this program" in problem


def test_clocks_name_the_backups() -> None:
    from fin_agent.adapters.persistence.backup import state_copy_name

    assert state_copy_name(4, FixedClock(NOW)) == "state-0004-20250312T140000.000000Z.db"
    assert state_copy_name(4, SystemClock()) > state_copy_name(4, FixedClock(NOW))
