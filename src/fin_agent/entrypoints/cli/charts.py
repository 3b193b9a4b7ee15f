"""Reports as one HTML file that works offline and lasts; written whole or not at all."""

import contextlib
import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from fin_agent.application.backtest import RunOutcome
from fin_agent.application.day import DayOutcome
from fin_agent.application.desk import TradingRules
from fin_agent.domain.errors import StateUnavailable
from fin_agent.domain.market import Bar
from fin_agent.entrypoints.cli.chart_day_page import day_page
from fin_agent.entrypoints.cli.chart_run_page import run_page


def write_day_html(
    path: Path,
    outcome: DayOutcome,
    bars: Mapping[str, Sequence[Bar]],
    rules: TradingRules,
    *,
    currency: str,
    simulated: bool = False,
) -> None:
    """Write a day with a chart for every planned symbol; ``bars`` are its minute bars by symbol.

    Raises:
        StateUnavailable: the file cannot be written.
    """
    write_whole(path, day_page(outcome, bars, rules, currency=currency, simulated=simulated))


def write_run_html(
    path: Path,
    outcome: RunOutcome,
    first: date,
    last: date,
    *,
    currency: str,
    simulated: bool = False,
) -> None:
    """Write a replay or backtest.

    Raises:
        StateUnavailable: the file cannot be written.
    """
    write_whole(path, run_page(outcome, first, last, currency=currency, simulated=simulated))


def write_whole(path: Path, text: str) -> None:
    """Replace a file in one step, so that a reader never sees half of it.

    Raises:
        StateUnavailable: the file cannot be written.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with fresh.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise StateUnavailable(f"{path}: cannot be written ({error.strerror})") from error
