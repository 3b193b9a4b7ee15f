"""``journal``: list, show and export of a run's closed trades."""

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.acceptance.command_line import document, fin_agent, refusal
from tests.acceptance.demo_days import FIRST, SECOND, DemoDays
from tests.entrypoints.test_schemas import check

RUN = f"replay-{FIRST}"


def rows_of(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        return [dict(row) for row in pq.read_table(path).to_pylist()]
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".json" else list(csv.DictReader(text.splitlines()))


@pytest.fixture
def replayed(demo_days: DemoDays) -> DemoDays:
    for day in (SECOND, FIRST):
        document("replay", day, *demo_days.place)
    return demo_days


def test_the_newest_run_is_listed(replayed: DemoDays) -> None:
    journal = document("journal", "list", *replayed.place)
    run = document("replay", FIRST, *replayed.place)

    assert journal.pop("run") == RUN
    check("journal", journal)
    assert journal["count"] == len(journal["trades"]) == 4
    by_symbol = {trade["symbol"]: trade for trade in run["trades"]}
    for trade in journal["trades"]:
        assert trade == {key: by_symbol[trade["symbol"]][key] for key in trade}


def test_another_run_and_one_symbol_can_be_asked_for(replayed: DemoDays) -> None:
    second = document("journal", "list", "--run", f"replay-{SECOND}", *replayed.place)
    one = document("journal", "list", "--symbol", "axlo", *replayed.place)
    none = document("journal", "list", "--from", "2026-03-04", *replayed.place)

    assert {trade["session_date"] for trade in second["trades"]} == {SECOND}
    assert [trade["symbol"] for trade in one["trades"]] == ["AXLO"]
    assert none["trades"] == []


def test_a_trade_is_shown_with_every_decision_about_it(replayed: DemoDays) -> None:
    shown = document("journal", "show", "DELQO", *replayed.place)

    (trade,) = shown["trades"]
    kinds = [row["type"] for row in shown["decisions"]]
    assert kinds == [
        "SignalGenerated",
        "PlanAdvised",
        "PlanApproved",
        "OrderIntentCreated",
        "ExitOrdered",
        "TradeRecorded",
    ]
    times = [row["at"] for row in shown["decisions"]]
    assert times == sorted(times)
    assert times[0] == f"{FIRST}T08:00:00-05:00"
    assert trade["exit_reason"] == "flat"
    assert [fill["reason"] for fill in trade["fills"]] == ["entry", "flat"]


def test_a_trade_is_found_by_the_end_of_its_id_as_listed(replayed: DemoDays) -> None:
    (trade,) = document("journal", "list", "--symbol", "AXLO", *replayed.place)["trades"]
    listed = fin_agent("journal", "list", *replayed.place).out

    tail = trade["trade_id"][-6:]
    assert tail in listed
    assert document("journal", "show", tail, *replayed.place)["trades"] == [trade]
    told = fin_agent("journal", "show", tail, *replayed.place).out
    assert "exit_reason" in told
    assert f"{trade['quantity']:g} at {trade['entry_price']:g}  entry" in told


@pytest.mark.parametrize("suffix", [".csv", ".json", ".parquet"])
def test_trades_are_exported(replayed: DemoDays, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"trades{suffix}"
    told = document("journal", "export", "--out", out, *replayed.place)

    journal = document("journal", "list", *replayed.place)["trades"]
    assert told == {"run": RUN, "file": str(out), "trades": 4}
    rows = rows_of(out)
    assert [row["symbol"] for row in rows] == [trade["symbol"] for trade in journal]
    assert [float(row["pnl"]) for row in rows] == [trade["pnl"] for trade in journal]


def test_what_cannot_be_exported(replayed: DemoDays, tmp_path: Path) -> None:
    words = ("journal", "export", *replayed.place)

    assert refusal(2, *words, "--out", tmp_path / "trades.xlsx") == [
        f"--out {tmp_path}/trades.xlsx: end the name in .csv, .parquet or .json"
    ]
    assert refusal(73, *words, "--out", tmp_path / "none" / "trades.csv") == [
        f"{tmp_path}/none/trades.csv: cannot be written (No such file or directory)"
    ]


def test_what_is_not_there(replayed: DemoDays) -> None:
    there = f"there are: replay-{FIRST}, replay-{SECOND}"
    assert refusal(65, "journal", "list", "--run", "nope", *replayed.place) == [
        f"no run 'nope' in {replayed.folder}; {there}"
    ]
    assert refusal(2, "journal", "show", "NONE", *replayed.place) == [
        f"no trade 'NONE' in {RUN}; see fin-agent journal list --run {RUN}"
    ]
    assert refusal(2, "journal", "list", "--from", "march", *replayed.place) == [
        "'march' is no date; write it as 2025-11-06"
    ]


def test_a_damaged_run_is_named(replayed: DemoDays) -> None:
    path = replayed.folder / "runs" / f"{RUN}.db"
    path.write_bytes(b"no database")

    (problem,) = refusal(65, "journal", "list", "--run", RUN, *replayed.place)

    assert problem.startswith(f"{path}: not a usable database (")
    assert problem.endswith("restore a backup or move it away")
