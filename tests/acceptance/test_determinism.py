"""The same day gives the same hash everywhere; one changed bar or setting is found and named."""

import csv
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.acceptance.command_line import document, fin_agent, in_own_process
from tests.acceptance.demo_days import FIRST, SECOND, DemoDays


def test_replaying_twice_gives_the_same_document(demo_days: DemoDays) -> None:
    first = document("replay", FIRST, *demo_days.place)
    second = document("replay", FIRST, *demo_days.place)

    assert first == second
    assert len(first["decision_hash"]) == 64


@pytest.mark.parametrize("seed", ["0", "1234"])
def test_another_process_with_another_hash_seed_agrees(demo_days: DemoDays, seed: str) -> None:
    here = document("replay", FIRST, *demo_days.place)

    env = {"PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo"}
    there = in_own_process("replay", FIRST, "--json", *demo_days.place, env=env)
    verified = in_own_process("replay", FIRST, "--verify", "--json", *demo_days.place, env=env)

    assert there.document == here
    assert verified.document["same"] is True
    assert verified.document["decision_hash"] == here["decision_hash"]


def test_a_scan_decides_what_the_replay_decides(demo_days: DemoDays) -> None:
    scans = [document("scan", "--at", FIRST, *demo_days.place) for _ in range(2)]

    assert scans[0] == scans[1]
    assert (
        scans[0]["decision_hash"]
        != document("scan", "--at", SECOND, *demo_days.place)["decision_hash"]
    )


def test_a_backtest_twice_gives_the_same_document(demo_days: DemoDays) -> None:
    span = ("backtest", "--from", FIRST, "--to", SECOND)

    first, second = (document(*span, *demo_days.place) for _ in range(2))

    assert first == second
    assert first["sessions"] == 2


def test_a_backtest_of_one_day_decides_like_its_replay(demo_days: DemoDays) -> None:
    day = document("replay", FIRST, *demo_days.place)
    run = document("backtest", "--from", FIRST, "--to", FIRST, *demo_days.place)

    assert run["decision_hash"] == day["decision_hash"]
    assert run["trades"] == day["trades"]


def test_verify_of_an_untouched_day_says_yes(demo_days: DemoDays) -> None:
    document("replay", FIRST, *demo_days.place)

    done = fin_agent("replay", FIRST, "--verify", *demo_days.place)

    assert done.code == 0
    assert "decisions are the same" in done.out


@pytest.mark.parametrize(
    ("setting", "key"),
    [
        ("risk.max_position=249", "settings.risk.max_position"),
        ("session.entry_window_minutes=119", "settings.session.entry_window_minutes"),
        ("paper.slippage_bps=4", "settings.paper.slippage_bps"),
        ("scan.min_score=51", "settings.scan.min_score"),
        ("fx.fixed=1.09", "settings.fx.fixed"),
    ],
)
def test_one_setting_changes_the_hash_and_is_named(
    demo_days: DemoDays, setting: str, key: str
) -> None:
    stored = document("replay", FIRST, *demo_days.place)

    done = fin_agent("replay", FIRST, "--verify", "--json", "--set", setting, *demo_days.place)
    person = fin_agent("replay", FIRST, "--verify", "--set", setting, *demo_days.place)

    assert done.code == person.code == 1
    assert done.document["same"] is False
    assert done.document["decision_hash"] != stored["decision_hash"]
    difference = done.document["first_difference"]
    assert difference["record"] == "SessionOpened"
    assert list(difference["now"]) == [key]
    assert float(difference["now"][key]) == float(setting.split("=")[1])
    assert "first decision that differs is SessionOpened" in person.out
    assert key in person.out


def one_close_changed(folder: Path, day: str, symbol: str, place: int) -> Path:
    """A CSV with one stored minute of a symbol, its close moved by a cent."""
    (path,) = (folder / "bars" / "1m").rglob(f"{day}-*.parquet")
    rows = [row for row in pq.read_table(path).to_pylist() if row["symbol"] == symbol]
    row = sorted(rows, key=lambda bar: bar["timestamp"])[place]
    close = round(row["close"] + (0.01 if row["close"] < row["high"] else -0.01), 2)
    changed = folder / "changed.csv"
    with changed.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        names = ("open", "high", "low", "close", "volume")
        writer.writerow(["symbol", "timestamp", *names])
        bar = {**row, "close": close, "low": min(row["low"], close)}
        writer.writerow([symbol, row["timestamp"].isoformat(), *(bar[name] for name in names)])
    return changed


@pytest.mark.parametrize("symbol", ["AXLO", "EVORI"])
def test_one_minutes_close_changes_the_hash_and_verify_says_so(
    demo_days: DemoDays, symbol: str
) -> None:
    stored = document("replay", FIRST, *demo_days.place)
    changed = one_close_changed(demo_days.folder, FIRST, symbol, -30)

    kept = document("data", "import", changed, "--data-dir", demo_days.folder)
    assert (kept["conflicts"], kept["replaced"]) == (1, 0)
    assert document("replay", FIRST, "--verify", *demo_days.place)["same"] is True

    replaced = document("data", "import", changed, "--replace", "--data-dir", demo_days.folder)
    assert (replaced["conflicts"], replaced["replaced"]) == (0, 1)
    done = fin_agent("replay", FIRST, "--verify", "--json", *demo_days.place)

    assert done.code == 1
    assert done.document["decision_hash"] != stored["decision_hash"]
    difference = done.document["first_difference"]
    assert (difference["record"], list(difference["now"])) == ("SessionOpened", ["inputs"])


def test_a_changed_universe_changes_the_hash(demo_days: DemoDays) -> None:
    document("replay", FIRST, *demo_days.place)
    universe = demo_days.folder / "universe.csv"
    lines = universe.read_text(encoding="utf-8").splitlines(keepends=True)
    universe.write_text("".join(lines[:-1]), encoding="utf-8")

    done = fin_agent("replay", FIRST, "--verify", "--json", *demo_days.place)

    assert done.code == 1
    assert "settings.universe.symbols" in done.document["first_difference"]["now"]


def test_verify_without_a_stored_run_says_how_to_make_one(demo_days: DemoDays) -> None:
    done = fin_agent("replay", SECOND, "--verify", *demo_days.place)

    assert done.code == 65
    assert done.problems == [
        f"no decisions of {SECOND} are stored; record them: fin-agent replay {SECOND}"
    ]
