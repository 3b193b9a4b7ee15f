"""``status``, ``positions``, ``orders``, ``plans``, ``quotas``: what is, now."""

import asyncio
import io
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from rich.console import Console, RenderableType
from rich.text import Text

from fin_agent.adapters.clock import SystemClock
from fin_agent.entrypoints.cli.report_grid import print_parts
from fin_agent.entrypoints.cli.report_ink import Ink
from fin_agent.entrypoints.cli.standing_report import orders_table, plans_table, positions_table
from fin_agent.entrypoints.cli.status_report import lines, watched
from fin_agent.entrypoints.documents.looking import look_at
from tests.acceptance.command_line import Word, document, fin_agent, refusal
from tests.acceptance.demo_days import SECOND, DemoDays
from tests.entrypoints.live_days import MID_DAY, agent_on, app_of
from tests.entrypoints.test_schemas import check

WIDTH = 80
TABLES = ("positions", "orders", "plans")
EVERY = ("status", *TABLES, "quotas")


def shown(*words: Word) -> str:
    done = fin_agent(*words)
    assert done.code == 0, done.err
    return done.out


def at_80_columns(*parts: RenderableType) -> str:
    console = Console(file=io.StringIO(), width=WIDTH)
    print_parts(console, parts)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_before_the_first_run_there_is_nothing_and_no_error(tmp_path: Path) -> None:
    for command in EVERY:
        check(command, document(command, "--data-dir", tmp_path))
    for command in TABLES:
        assert document(command, "--data-dir", tmp_path)["count"] == 0
        assert "the agent has not run" in shown(command, "--data-dir", tmp_path)
    assert shown("quotas", "--data-dir", tmp_path) == "no provider was asked yet\n"
    assert "no session yet" in shown("status", "--data-dir", tmp_path)
    assert not list(tmp_path.rglob("*.db"))


def test_a_lived_day_is_shown(after_day: DemoDays) -> None:
    for command in EVERY:
        check(command, document(command, *after_day.place))

    orders = document("orders", *after_day.place)["orders"]
    assert [(o["symbol"], o["purpose"], o["kind"], o["state"]) for o in orders] == [
        ("SOLVI", "ENTRY", "limit", "FILLED"),
        ("TYRUS", "ENTRY", "stop", "FILLED"),
        ("TYRUS", "EXIT", "market", "FILLED"),
    ]
    assert all(order["filled"] == order["quantity"] for order in orders)
    plans = document("plans", *after_day.place)["plans"]
    replayed = document("replay", SECOND, *after_day.place)
    fates = {plan["symbol"]: plan["fate"] for plan in plans}
    assert fates == {
        "SOLVI": "filled",
        "TYRUS": "filled",
        "VEXOR": "expired: window",
        "UMBRI": "refused: correlation",
        "WYNDO": "not armed: position",
    }
    assert len(replayed["plans_without_trade"]) == 3

    texts = {command: shown(command, *after_day.place) for command in EVERY}
    assert "daily loss" in texts["orders"]
    assert "not armed: position cap" in texts["plans"]
    assert "nothing is held" in texts["positions"]


def test_status_counts_what_the_day_lost(after_day: DemoDays) -> None:
    status = document("status", *after_day.place)

    assert status["day"]["phase"] == "closed"
    assert status["day"]["minutes_decided"] == 390
    assert status["loss_used"] == pytest.approx(-status["day_pnl"])
    assert status["equity"] == pytest.approx(500 + status["day_pnl"])
    assert status["last_session"]["equity"] == pytest.approx(status["equity"])
    assert status["last_event"]["type"] == "SessionClosed"
    assert [latch["kind"] for latch in status["latches"]] == ["daily_loss"]
    assert (status["state"], status["positions"], status["orders"]) == ("ACTIVE", [], [])
    assert status["backup"] is None
    document("db", "backup", *after_day.place)
    assert document("status", *after_day.place)["backup"]["file"].endswith(".db")
    assert "39.14 of 33.00 EUR (119 %)" in shown("status", *after_day.place)


async def test_everything_fits_into_80_columns(after_day: DemoDays) -> None:
    app = app_of(after_day)
    look = await look_at(app)

    for table in (orders_table(look.found), plans_table(look.found)):
        assert table.row_count
        assert "\u2026" not in at_80_columns(table)
    assert "loss used" in at_80_columns(*lines(look, Ink(width=WIDTH)))


async def test_a_position_is_shown_beside_the_running_agent(demo_days: DemoDays) -> None:
    async with agent_on(demo_days, MID_DAY) as living:
        await living.until(lambda now: now.positions)
        documents = {
            command: await asyncio.to_thread(document, command, *demo_days.place)
            for command in EVERY
        }
        table = positions_table(await living.until(lambda now: now.positions))

    for command, told in documents.items():
        check(command, told)
    status, (held,) = documents["status"], documents["positions"]["positions"]
    assert status["agent"].startswith("run (pid ")
    assert status["day"]["phase"] == "trading"
    assert status["positions"] == [held]
    assert (held["symbol"], held["session_date"]) == ("SOLVI", SECOND)
    assert held["stop"] < held["entry_price"] < held["target"]
    assert held["risk"] == pytest.approx(7.34, abs=0.01)
    assert "SOLVI" in at_80_columns(table)
    assert "\u2026" not in at_80_columns(table)


def test_a_damaged_database_is_named_and_the_rest_is_shown(after_day: DemoDays) -> None:
    (after_day.folder / "state.db").write_bytes(b"no database, and longer than a header" * 9)

    done = fin_agent("status", "--json", *after_day.place)

    assert done.code == 65
    check("status", done.document)
    assert not done.document["database"]["ok"]
    assert "state.db" in done.document["problems"][0]
    assert fin_agent("status", *after_day.place).code == 65
    assert refusal(65, "positions", *after_day.place)


def test_quotas_are_read_from_the_counted_calls(tmp_path: Path) -> None:
    folder = tmp_path / "network"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "quotas.db", isolation_level=None)) as database:
        database.execute("CREATE TABLE calls (key TEXT NOT NULL, at REAL NOT NULL) STRICT")
        for age in (1, 30, 600):
            at = SystemClock().now().timestamp() - age
            database.execute("INSERT INTO calls VALUES ('finnhub/1a2b3c4d/all', ?)", [at])

    told = document("quotas", "--data-dir", tmp_path)
    check("quotas", told)
    (use,) = told["quotas"]
    assert (use["provider"], use["group"], use["key"]) == ("finnhub", "all", "1a2b3c4d")
    assert (use["last_minute"], use["last_day"]) == (2, 3)
    assert "finnhub" in shown("quotas", "--data-dir", tmp_path)

    (folder / "quotas.db").write_bytes(b"no database")
    assert refusal(65, "quotas", "--data-dir", tmp_path)[0].startswith(f"{folder}/quotas.db: ")


async def test_watching_shows_anew_until_it_is_stopped() -> None:
    out, stopped, looks = io.StringIO(), asyncio.Event(), list[int]()
    console = Console(file=out, force_terminal=True, width=WIDTH)

    async def again() -> Text:
        looks.append(len(looks))
        if len(looks) == 3:
            stopped.set()
        return Text(f"look {len(looks)}")

    await watched(console, again, stopped, every_s=0.01)

    assert "look 1" in out.getvalue()
    assert "look 3" in out.getvalue()


def test_watching_without_a_terminal_shows_once(after_day: DemoDays) -> None:
    assert fin_agent("status", "--watch", *after_day.place).out.count("loss used") == 1
    check("status", document("status", "--watch", *after_day.place))


def test_an_unfinished_session_of_before_is_still_held(after_day: DemoDays) -> None:
    """What nobody closed stays in sight after newer sessions, until a resume compares it."""
    other = after_day.folder.with_name("other")
    shutil.copytree(after_day.folder, other)
    with closing(sqlite3.connect(other / "state.db")) as database:
        database.execute("DELETE FROM execution WHERE symbol = 'TYRUS' AND reason <> 'entry'")
        database.execute(
            "INSERT INTO event_log SELECT seq + 1, 'later', type, version, '2026-03-05', account,"
            " occurred_at, recorded_at, valid_until, '', '', 0, payload, row_hash FROM event_log"
            " WHERE seq = (SELECT max(seq) FROM event_log)"
        )
        database.execute("UPDATE event_log SET type = 'SessionOpened' WHERE event_id = 'later'")
        database.commit()

    (held,) = document("positions", "--data-dir", other)["positions"]

    assert (held["symbol"], held["session_date"]) == ("TYRUS", SECOND)
    assert "2026-03-04" in shown("positions", "--data-dir", other)
