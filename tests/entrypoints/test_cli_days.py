"""``scan``, ``why``, ``replay`` and ``backtest``: which day, which instant, which bars."""

import os
import pty
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from tests.acceptance.command_line import (
    TIMEOUT_S,
    document,
    environment,
    fin_agent,
    refusal,
)
from tests.acceptance.demo_days import FIRST, SECOND, DemoDays
from tests.entrypoints.test_schemas import check

INSTANTS = {
    FIRST: "08:00",
    f"{FIRST}T09:25": "09:25",
    f"{FIRST}T14:25+00:00": "09:25",
    f"{FIRST}Topen": "09:30",
    f"{FIRST}T12:15": "12:15",
}


@pytest.mark.parametrize(("at", "clock"), INSTANTS.items())
def test_an_instant_may_be_written_in_many_ways(demo_days: DemoDays, at: str, clock: str) -> None:
    scan = document("scan", "--at", at, *demo_days.place)

    check("scan", scan)
    assert scan["at"] == f"{FIRST}T{clock}:00-05:00"
    assert len(scan["verdicts"]) == scan["universe"]
    ranks = [candidate["rank"] for candidate in scan["candidates"]]
    assert ranks == list(range(1, len(ranks) + 1))


def test_without_an_instant_the_latest_stored_session_is_scanned(demo_days: DemoDays) -> None:
    done = fin_agent("scan", "--json", *demo_days.place)
    at_open = document("scan", "--at", "open", *demo_days.place)

    assert done.document["at"] == f"{SECOND}T08:00:00-05:00"
    assert f"as of {SECOND}, the latest stored session" in done.err
    assert at_open["at"] == f"{SECOND}T09:30:00-05:00"


def test_the_second_look_is_at_its_own_time(demo_days: DemoDays) -> None:
    scan = document("scan", "--at", FIRST, "--second-look", *demo_days.place)

    assert scan["at"] == f"{FIRST}T12:15:00-05:00"


def test_daily_bars_know_the_open_and_nothing_else(demo_days: DemoDays) -> None:
    scan = document("scan", "--at", FIRST, "--bars", "daily", *demo_days.place)

    assert scan["at"] == f"{FIRST}T09:30:00-05:00"
    assert all(candidate["rvol"] is None for candidate in scan["candidates"])
    assert all(plan["entry"] == "market" for plan in scan["plans"])


def test_only_named_symbols_are_scanned(demo_days: DemoDays) -> None:
    scan = document("scan", "--at", FIRST, "--symbols", "axlo, BREVA AXLO", *demo_days.place)

    assert [row["symbol"] for row in scan["verdicts"]] == ["AXLO", "BREVA"]
    assert scan["universe"] == 2


def test_every_verdict_is_printed_on_request(demo_days: DemoDays) -> None:
    few = fin_agent("scan", "--at", FIRST, *demo_days.place)
    every = fin_agent("scan", "--at", FIRST, "--verdicts", *demo_days.place)

    symbols = [
        row["symbol"] for row in document("scan", "--at", FIRST, *demo_days.place)["verdicts"]
    ]
    assert all(symbol in every.out for symbol in symbols)
    assert not all(symbol in few.out for symbol in symbols)


def test_a_scan_stores_nothing(demo_days: DemoDays) -> None:
    fin_agent("scan", "--at", FIRST, *demo_days.place)
    fin_agent("why", "AXLO", "--date", FIRST, *demo_days.place)

    assert not (demo_days.folder / "runs").exists()


def test_why_of_every_symbol_agrees_with_the_scan(demo_days: DemoDays) -> None:
    scan = document("scan", "--at", FIRST, *demo_days.place)

    for verdict in scan["verdicts"][:12]:
        why = document("why", verdict["symbol"], "--date", FIRST, *demo_days.place)
        check("why", why)
        assert why["verdict"] == verdict
        assert why["decision_hash"] != scan["decision_hash"]  # it follows the day to its end


def test_why_of_a_trade_is_the_replays_trade(demo_days: DemoDays) -> None:
    run = document("replay", FIRST, *demo_days.place)

    for trade in run["trades"]:
        why = document("why", trade["symbol"], "--date", FIRST, *demo_days.place)
        assert (why["trade"], why["fate"]) == (trade, "filled")
        assert why["decision_hash"] == run["decision_hash"]


@pytest.mark.parametrize("at", ["25:99", "noon", "9", f"{FIRST}T25:00"])
@pytest.mark.parametrize("command", ["replay", "scan", "backtest", "why"])
def test_a_time_that_is_none(demo_days: DemoDays, command: str, at: str) -> None:
    words = {
        "replay": ("replay", FIRST),
        "scan": ("scan",),
        "backtest": ("backtest", "--from", FIRST, "--to", FIRST),
        "why": ("why", "AXLO"),
    }

    assert refusal(2, *words[command], "--at", at, *demo_days.place) == [
        f"--at {at!r}: write 09:25, open, or 2025-11-06T09:25"
    ]


@pytest.mark.parametrize("at", [SECOND, f"{SECOND}T09:25"])
def test_a_time_of_another_day(demo_days: DemoDays, at: str) -> None:
    told = [f"--at {at!r}: write the time of day alone, 09:25 or open"]

    assert refusal(2, "replay", FIRST, "--at", at, *demo_days.place) == told
    span = ("backtest", "--from", FIRST, "--to", SECOND)
    assert refusal(2, *span, "--at", at, *demo_days.place) == told


def test_spans_that_are_none(demo_days: DemoDays) -> None:
    span = ("backtest", "--from", SECOND, "--to", FIRST)

    assert refusal(2, *span, *demo_days.place) == [f"--from {SECOND} is after --to {FIRST}"]
    assert refusal(2, "backtest", "--from", "x", "--to", FIRST, *demo_days.place) == [
        "'x' is no date; write it as 2025-11-06"
    ]
    hourly = ("backtest", "--from", FIRST, "--to", FIRST, "--bars", "hourly")
    assert refusal(2, *hourly, *demo_days.place) == ["--bars 'hourly': choose minute or daily"]


def test_a_backtest_counts_sessions_without_bars(demo_days: DemoDays) -> None:
    run = document("backtest", "--from", "2026-03-02", "--to", "2026-03-06", *demo_days.place)

    check("run", run)
    assert [day["session_date"] for day in run["equity"]] == [FIRST, SECOND]
    assert run["data_quality"]["sessions_without_bars"] == 3
    first, second = run["equity"]
    assert second["equity"] == pytest.approx(first["equity"] + second["pnl"])


def test_reports_are_written_where_they_are_asked_for(demo_days: DemoDays, tmp_path: Path) -> None:
    day, run = tmp_path / "day.html", tmp_path / "run.html"

    fin_agent("replay", FIRST, "--report", day, *demo_days.place)
    span = ("backtest", "--from", FIRST, "--to", SECOND)
    told = fin_agent(*span, "--report", run, *demo_days.place)

    assert "<html" in day.read_text(encoding="utf-8")[:200].lower()
    assert "<html" in run.read_text(encoding="utf-8")[:200].lower()
    assert f"journal list --run backtest-minute-{FIRST}-{SECOND}" in told.err


def test_a_person_sees_progress_on_a_terminal(demo_days: DemoDays) -> None:
    span = ("backtest", "--from", FIRST, "--to", SECOND)
    ours, theirs = pty.openpty()
    with ThreadPoolExecutor(1) as reader:
        screen = reader.submit(_shown_on, ours)
        done = subprocess.run(
            [sys.executable, "-m", "fin_agent", *map(str, (*span, *demo_days.place))],
            env={**environment(), "TERM": "xterm", "COLUMNS": "100"},
            stdout=subprocess.PIPE,
            stderr=theirs,
            check=True,
            timeout=TIMEOUT_S,
        )
        os.close(theirs)
        shown = screen.result()

    assert "sessions" in shown
    assert "journal list --run" in shown
    assert b"sessions" in done.stdout


def _shown_on(terminal: int) -> str:
    """What is written to a terminal until its other end closes: a slow program draws more."""
    shown = b""
    with open(terminal, "rb", buffering=0) as screen, suppress(OSError):  # EIO: nobody writes
        while part := screen.read(65_536):
            shown += part
    return shown.decode(errors="replace")


def test_a_scan_in_the_session_trades_nothing_before_it(demo_days: DemoDays) -> None:
    for at in ("09:45", "10:30"):
        run = document("replay", FIRST, "--at", at, *demo_days.place)
        assert run["trades"]
        assert min(trade["entry_time"][11:16] for trade in run["trades"]) > at

    late = document("replay", FIRST, "--at", "12:15", *demo_days.place)
    assert late["trades"] == []
    assert late["plans_without_trade"].keys() <= {"expired", "not armed"}
