"""What ``data import|check|list`` show a person."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from fin_agent.domain.history import DataIssue, ImportReport, StoredSet
from fin_agent.entrypoints.cli.report_words import safe

if TYPE_CHECKING:
    from rich.console import Console


def print_import(console: "Console", reports: Sequence[ImportReport]) -> None:
    """One row a file, and every problem in words."""
    table = Table(title="Import", title_justify="left")
    table.add_column("file", overflow="fold")
    for name in ("rows", "added", "unchanged", "conflicts", "quarantined", "symbols"):
        table.add_column(name, justify="right")
    table.add_column("from .. to")
    for report in reports:
        quarantined = sum(report.quarantined.values())
        counts = (report.rows, report.added, report.unchanged, report.conflicts, quarantined)
        span = "-" if report.first is None else f"{report.first} .. {report.last}"
        cells = [f"{count:,}" for count in (*counts, report.symbols)]
        table.add_row(safe(Path(report.file).name), *cells, span)
    console.print(table)
    for report in reports:
        for rule, count in {**report.quarantined, **report.suspects}.items():
            kind = "quarantined" if rule in report.quarantined else "suspect"
            console.print(f"  {kind}: {rule} {count:,}", markup=False)
        for problem in report.problems:
            console.print(f"  {problem}", markup=False)


def print_check(console: "Console", issues: Sequence[DataIssue], limit: int) -> None:
    """Counts by rule, and the first findings of each."""
    if not issues:
        console.print("nothing doubtful is stored")
        return
    table = Table(title="Doubtful rows", title_justify="left")
    for name in ("severity", "bars", "rule", "rows", "first findings"):
        table.add_column(name, justify="right" if name == "rows" else "left", overflow="fold")
    groups: dict[tuple[str, str, str], list[DataIssue]] = {}
    for issue in issues:
        groups.setdefault((issue.severity, issue.resolution, issue.rule), []).append(issue)
    for (severity, resolution, rule), found in sorted(groups.items()):
        shown = "\n".join(safe(f"{i.symbol} {i.at}: {i.detail}") for i in found[:limit])
        table.add_row(severity, resolution, rule, f"{len(found):,}", shown)
    console.print(table)
    console.print("quarantined rows are kept but never used; suspects are used as they are")


def print_list(console: "Console", sets: Sequence[StoredSet], data_dir: Path) -> None:
    """One row for each resolution and source."""
    if not sets:
        console.print(
            f"no bars are stored in {data_dir}; fetch daily ones: fin-agent data sync,"
            " or import some: fin-agent data import FILE"
        )
        return
    table = Table(title=f"Stored in {data_dir}", title_justify="left")
    for name in ("kind", "bars", "source", "symbols", "rows", "from", "to", "prices"):
        table.add_column(name, justify="right" if name in {"symbols", "rows"} else "left")
    for stored in sets:
        prices = "split-adjusted" if stored.adjusted else "as traded"
        counts = (f"{stored.symbols:,}", f"{stored.rows:,}")
        span = (str(stored.first), str(stored.last))
        table.add_row(stored.kind, stored.resolution, safe(stored.source), *counts, *span, prices)
    console.print(table)
