"""What a second look says of positions and of the plans from before, for ``scan --second-look``."""

from typing import TYPE_CHECKING

from rich.table import Table

from fin_agent.composition.live_scan import ScannedNow
from fin_agent.entrypoints.cli.report_words import safe

if TYPE_CHECKING:
    from rich.console import Console


def print_second_look(console: "Console", scanned: ScannedNow) -> None:
    """One row a position, then one a plan; a line when there are none."""
    reviews, plans = scanned.reviews(), scanned.plans_before()
    if not reviews and not plans:
        console.print("Nothing is held, and nothing was planned today.")
        return
    if reviews:
        table = _table("Positions", "symbol", "result R", "score then", "score now", "verdict now")
        for review in reviews:
            told = review.payload()
            numbers = [_text(told[key]) for key in ("result_r", "planned", "composite")]
            table.add_row(safe(review.position.symbol), *numbers, review.verdict.verdict)
        console.print(table)
    if plans:
        table = _table("Plans of today", "symbol", "fate", "score then", "score now", "verdict now")
        for plan in plans:
            then, now = _text(plan.advice.plan.candidate.composite), _text(plan.composite)
            symbol = safe(plan.advice.plan.symbol)
            table.add_row(symbol, safe(plan.fate), then, now, plan.verdict.verdict)
        console.print(table)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for name in columns:
        is_number = name.startswith(("score", "result"))
        table.add_column(name, justify="right" if is_number else "left")
    return table


def _text(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else "-"
