"""Starting costs little: help imports nothing heavy, and every way in is the same program."""

import json
import subprocess
import sys

import pytest

from tests.acceptance.command_line import environment, fin_agent

HEAVY = (
    "aiosqlite",
    "dependency_injector",
    "exchange_calendars",
    "fastapi",
    "numpy",
    "pandas",
    "pendulum",
    "plotly",
    "pyarrow",
    "rich",
    "sqlite3",
    "streamlit",
    "vaderSentiment",
    "yaml",
)
_TRACE = """
import json, sys
from fin_agent.entrypoints.cli.main import app
sys.argv = ["fin-agent", *sys.argv[1:]]
try:
    app()
except SystemExit:
    pass
sys.stderr.write(json.dumps(sorted(sys.modules)))
"""


@pytest.mark.parametrize("words", [["--help"], ["data", "import", "--help"], ["replay"]])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _TRACE, *words],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = set(json.loads(done.stderr.splitlines()[-1]))
    assert loaded & set(HEAVY) == set()
    assert "typer" in loaded
    assert "pydantic" not in loaded or words != ["--help"]  # typer takes it to read arguments


def test_a_scan_loads_neither_the_calendar_library_nor_the_dashboard(laid_out: object) -> None:
    """The calendar is kept in a file; the library that makes it takes seconds to import."""
    done = subprocess.run(
        [
            *(sys.executable, "-c", _TRACE, "scan", "--json", "--at", "2026-03-03"),
            *("--config", f"{laid_out}/config.yaml", "--data-dir", str(laid_out)),
        ],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = set(json.loads(done.stderr.splitlines()[-1]))
    assert loaded & {"exchange_calendars", "plotly", "streamlit", "yfinance"} == set()
    assert json.loads(done.stdout)["universe"] > 0


def test_no_command_shows_the_help_and_is_a_mistake() -> None:
    done = fin_agent()

    assert done.code == 2
    for command in ("demo", "scan", "why", "replay", "backtest", "data", "journal", "config"):
        assert f"\n  {command} " in done.out + done.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nosuch"], "No such command 'nosuch'"),
        (["replay"], "Missing argument 'DATE'"),
        (["replay", "2026-03-03", "--bogus"], "No such option: --bogus"),
        (["backtest", "--from", "2026-03-03"], "Missing option '--to'"),
        (["demo", "--day", "3"], "Invalid value for '--day'"),
        (["data", "import"], "Missing argument"),
    ],
)
def test_a_wrong_command_line_is_usage(words: list[str], told: str) -> None:
    done = fin_agent(*words)

    assert done.code == 2
    assert told in done.err
    assert done.out == ""


def test_a_reader_that_goes_away_is_no_error_of_ours(laid_out: object) -> None:
    line = (
        f"{sys.executable} -m fin_agent scan --verdicts --at 2026-03-03"
        f" --config {laid_out}/config.yaml --data-dir {laid_out} | head -1"
    )
    done = subprocess.run(
        ["bash", "-c", line], env=environment(), capture_output=True, text=True, check=True
    )

    assert "Traceback" not in done.stderr
    assert done.stdout.startswith("fin_agent scan")
