"""Every symbol's verdict as a table, for ``scan --verdicts``."""

from typing import TYPE_CHECKING

from rich.table import Table

from fin_agent.application.day import DayOutcome
from fin_agent.domain.gates import Measured
from fin_agent.entrypoints.cli.report_words import safe

if TYPE_CHECKING:
    from rich.console import Console


def print_verdicts(console: "Console", outcome: DayOutcome) -> None:
    """One row a symbol, sorted by symbol."""
    table = Table(title="Verdicts", title_justify="left")
    for name in ("symbol", "verdict", "measured", "threshold", "admitted if"):
        numeric = name in {"measured", "threshold"}
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for symbol in outcome.verdicts:
        verdict = outcome.verdicts[symbol]
        numbers = _text(verdict.measured), _text(verdict.threshold)
        table.add_row(safe(symbol), verdict.verdict, *numbers, safe(verdict.admits_if or ""))
    console.print(table)


def _text(value: Measured) -> str:
    if value is None:
        return "-"
    return safe(value) if isinstance(value, str) else f"{value:,.6g}"
