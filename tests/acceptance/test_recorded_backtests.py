"""Backtests over recorded bars: no exception, the same hash twice, every trade explained.

Short ranges by default; ``FIN_AGENT_TEST_LONG=1`` runs every stored day.
"""

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.acceptance.command_line import Word, document
from tests.acceptance.folders import beside, made_once
from tests.acceptance.minute_files import bring_with_days
from tests.acceptance.recorded_days import LONG, ExampleDays, bring

EVERYTHING = ("--from", "1990-01-02", "--to", "2026-12-31")
OPEN_TO_ALL = ("universe.file=all", "account.currency=USD", "account.allow_short=true")
SETTINGS = tuple(w for s in (*OPEN_TO_ALL, "scan.at=open") for w in ("--set", s))
EXIT_REASONS = {"target", "stop", "flat", "daily_loss", "manual", "close"}


class Daily(NamedTuple):
    """A daily file, the span that is tested, and how many bad rows it has."""

    options: tuple[str, ...]
    first: str
    last: str
    bad_rows: int


DAILY = {
    "all_A_names_splitadj_2018_2023": Daily(("--adjusted",), "2020-01-02", "2020-06-30", 34),
    "full_market_adj_2017": Daily(("--adjusted",), "2017-07-03", "2017-11-10", 1),
    "sp500_adj_2021_2025": Daily(("--adjusted",), "2022-01-03", "2022-06-30", 2),
    "unadjusted_with_splits_1999_2020": Daily((), "2014-01-02", "2014-12-31", 0),
}


def check(run: dict[str, Any]) -> None:
    """What must hold of any run: sessions, equity and trades agree."""
    assert run["sessions"] == len(run["equity"]) > 0
    pnl = sum(day["pnl"] for day in run["equity"])
    assert pnl == pytest.approx(sum(trade["pnl"] for trade in run["trades"]), abs=1e-4)
    assert run["equity"][-1]["equity"] == pytest.approx(500 + pnl, abs=1e-4)
    assert run["data_quality"]["sessions"] == run["sessions"]
    assert sum(run["verdict_counts"].values()) == run["data_quality"]["symbol_days"]
    assert run["assumptions"] != []
    for trade in run["trades"]:
        assert trade["exit_reason"] in EXIT_REASONS
        assert trade["mae_r"] <= 0 <= trade["mfe_r"]
        assert trade["mae_r"] - 1e-4 <= trade["r_multiple"] <= trade["mfe_r"] + 1e-4


def explained(run: dict[str, Any], place: tuple[Word, ...], bars: str, some: int) -> None:
    """Each trade is in the journal as it was; some are asked about one by one."""
    journal = document("journal", "list", *place)
    keys = [(t["session_date"], t["symbol"], t["pnl"]) for t in run["trades"]]
    kept = [(t["session_date"], t["symbol"], t["pnl"]) for t in journal["trades"]]
    assert sorted(kept) == sorted(keys)
    for trade in run["trades"][:: max(1, len(keys) // some)]:
        day, symbol = trade["session_date"], trade["symbol"]
        why = document("why", symbol, "--date", day, "--bars", bars, *SETTINGS, *place)
        assert why["verdict"]["verdict"] == "selected"
        assert why["plan"]["entry"] == trade["entry"]
        shown = document("journal", "show", trade["trade_id"], *place)
        kinds = {row["type"] for row in shown["decisions"]}
        assert kinds >= {"SignalGenerated", "PlanAdvised", "PlanApproved", "OrderIntentCreated"}


@pytest.mark.parametrize("name", DAILY)
def test_daily_bars(
    recorded: Path, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, name: str
) -> None:
    assert recorded
    file = DAILY[name]

    def store(folder: Path) -> None:
        bring(folder, f"daily/{name}.parquet", *file.options)
        document("status", "--data-dir", folder)

    stored = made_once(tmp_path_factory, name, store)
    place: tuple[Word, ...] = ("--data-dir", beside(stored, tmp_path / "one"))
    span = EVERYTHING if LONG else ("--from", file.first, "--to", file.last)
    run = document("backtest", *span, "--bars", "daily", *SETTINGS, *place)
    again = document("backtest", *span, "--bars", "daily", *SETTINGS, *place)

    check(run)
    assert again == run
    assert len(run["trades"]) > 5
    assert run["data_quality"]["quarantined_rows"] == file.bad_rows
    assert {t["exit_time"] for t in run["trades"] if t["exit_reason"] != "close"} <= {None}
    assert any("daily bars: intraday order unknown" in told for told in run["assumptions"])
    assert all(trade["entry"] == "market" for trade in run["trades"])
    explained(run, place, "daily", some=2)


def test_the_examples_minutes(example_days: ExampleDays) -> None:
    span = EVERYTHING if LONG else ("--from", "2025-11-03", "--to", "2025-12-31")
    place = example_days.place
    run = document("backtest", *span, *SETTINGS, "--set", "universe.file=universe.csv", *place)
    again = document("backtest", *span, *SETTINGS, "--set", "universe.file=universe.csv", *place)

    check(run)
    assert again == run
    assert len(run["trades"]) >= 4
    assert {day["session_date"] for day in run["equity"]} >= {"2025-11-28", "2025-12-24"}
    exits = {trade["exit_reason"] for trade in run["trades"]}
    assert exits >= {"flat", "stop"}
    assert all(trade["exit_time"] for trade in run["trades"])
    explained(run, place, "minute", some=2)


@pytest.mark.parametrize(
    ("dataset", "sessions"),
    [
        ("min1_ext_smallcap5_2025_05", 12),
        ("min1_rth_24sym_2019_02", 5),
        ("min1_rth_89sym_2025_11", 5),
    ],
)
def test_short_minute_files_with_daily_bars_of_their_own(
    recorded: Path, tmp_path: Path, dataset: str, sessions: int
) -> None:
    bring_with_days(tmp_path, recorded, dataset)
    loose = ("--set", "scan.min_history=1", "--set", "scan.min_price=1", "--set", "scan.min_adv=0")
    place: tuple[Word, ...] = ("--data-dir", tmp_path)

    run = document("backtest", *EVERYTHING, *SETTINGS, *loose, *place)
    again = document("backtest", *EVERYTHING, *SETTINGS, *loose, *place)

    check(run)
    assert again == run
    assert run["sessions"] == sessions


def test_a_scan_before_the_open_across_the_change_of_clocks(recorded: Path, tmp_path: Path) -> None:
    """SPY with its pre-market: 08:00 New York on both sides of 2024-03-10, with real volume."""
    assert recorded
    bring(tmp_path, "intraday/min1_ext_spy_2024_02_05.parquet")
    bring(tmp_path, "daily/largecap_splitadj_2015_2025.parquet", "--adjusted")
    sizes = ("--set", "scan.at=08:00", "--set", "scan.max_price=1000")
    place: tuple[Word, ...] = (*SETTINGS, *sizes, "--data-dir", tmp_path)

    week = ("--from", "2024-03-07", "--to", "2024-03-13")
    run = document("backtest", *week, "--symbols", "SPY", *place)
    check(run)
    for day, zone in (("2024-03-08", "-05:00"), ("2024-03-11", "-04:00")):
        scan = document("scan", "--at", day, "--symbols", "SPY", *place)
        assert scan["at"] == f"{day}T08:00:00{zone}"
        assert scan["verdicts"][0]["verdict"] == "gap_min"
        why = document("why", "SPY", "--date", day, *place)
        assert why["evidence"]["rvol"]["source"].startswith("bars/")
