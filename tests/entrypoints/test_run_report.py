"""The run report gives the figures, what they rest on, and periods of a readable length."""

import io
import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from rich.console import Console

from fin_agent.application.backtest import RunOutcome
from fin_agent.domain.performance import DayResult
from fin_agent.entrypoints.cli.run_report import flat, print_run
from fin_agent.entrypoints.cli.run_tables import by_period
from tests.entrypoints.report_days import DAY, TinyRun, a_run, an_empty_run


@pytest.fixture(scope="module")
def tiny() -> TinyRun:
    return a_run()


def report(outcome: RunOutcome, *, width: int = 80, simulated: bool = False) -> str:
    file = io.StringIO()
    console = Console(file=file, width=width)
    print_run(console, outcome, DAY, DAY, currency="EUR", simulated=simulated)
    return file.getvalue()


@pytest.mark.parametrize(
    "words",
    [
        "one-minute bars",
        "Result +20.62 EUR (+4.12 %), equity 500.00 to 520.62 EUR, 2 trades.",
        "won / lost                  1 / 1",
        "Sharpe (daily, x sqrt 252)          —",
        "2025 week 51",
        "best  2025-12-19 WIN",
        "worst 2025-12-19 DIP",
        "- fills by the paper broker's rules",
        "- usable share: 0.818182",
        "Decision hash",
    ],
)
def test_report_says(tiny: TinyRun, words: str) -> None:
    assert words in report(tiny.run)


def test_report_fits_80_columns_uncut(tiny: TinyRun) -> None:
    text = report(tiny.run, simulated=True)

    assert max(len(line) for line in text.splitlines()) <= 80
    assert "…" not in text
    assert "SIMULATED" in text.splitlines()[0]


def test_run_without_trades_has_dashes_not_zeros() -> None:
    text = report(an_empty_run().run)

    assert "No trade." in text
    assert re.search(r"win rate +—", text)
    assert re.search(r"expectancy +—", text)


def test_run_without_sessions_is_still_a_report() -> None:
    assert "Decision hash" in report(RunOutcome(Decimal(500), daily=True))


def test_locked_sessions_are_counted(tiny: TinyRun) -> None:
    assert "locked by the daily loss cap: 2" in report(replace(tiny.run, locked=2))


@pytest.mark.parametrize(
    ("sessions", "names"),
    [(5, ["2025 week 01", "2025 week 02"]), (70, ["2025-01", "2025-02", "2025-03"])],
)
def test_periods_grow_with_the_run(sessions: int, names: list[str]) -> None:
    days = [
        DayResult(date(2025, 1, 3) + timedelta(days=n), Decimal(500 + n), Decimal(n > 0))
        for n in range(sessions)
    ]
    outcome = RunOutcome(Decimal(500), daily=True, days=days)

    periods = by_period(outcome)
    assert [period.name for period in periods] == names
    assert sum(period.pnl for period in periods) == sessions - 1


def test_long_runs_are_cut_into_years() -> None:
    days = [
        DayResult(date(2020, 1, 1) + timedelta(days=n), Decimal(500), Decimal(0))
        for n in range(1000)
    ]
    outcome = RunOutcome(Decimal(500), daily=True, days=days)

    assert [period.name for period in by_period(outcome)] == ["2020", "2021", "2022"]


def test_nested_figures_become_lines() -> None:
    figures = {"rows": {"bad_price": 3}, "files": ["a", "b"], "share": None}

    assert list(flat(figures)) == [
        ("rows, bad price", "3"),
        ("files", "a, b"),
        ("share", "not known"),
    ]
