"""How a report is laid out: tables without lines, sections under a rule, at most 100 columns."""

from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from fin_agent.entrypoints.cli.report_ink import WIDEST, label
from fin_agent.entrypoints.cli.report_words import SIMULATED, SIMULATED_NOTE

Section = tuple[str, Iterable[RenderableType]]


def grid(*columns: tuple[str, str], gap: int = 1) -> Table:
    """A table without lines; each column is its header and ``left``, ``right`` or ``fold``."""
    table = Table(box=None, padding=(0, gap, 0, 0), header_style="bold", pad_edge=False)
    for header, side in columns:
        if side == "fold":
            table.add_column(header, overflow="fold", ratio=1)
        else:
            table.add_column(header, justify="right" if side == "right" else "left", no_wrap=True)
    return table


def title(text: str, detail: str, *, simulated: bool) -> Text:
    """The first line of a report."""
    mark = (label(SIMULATED), "  ") if simulated else ()
    return Text.assemble((f"fin_agent {text}", "bold"), "  ", *mark, detail)


def spread(sections: Iterable[Section]) -> list[RenderableType]:
    """Every section that has something to show, under its title."""
    shown: list[RenderableType] = []
    for heading, parts in sections:
        body = list(parts)
        if body:
            rule = Rule(Text(heading, "bold"), align="left", style="none")
            shown += [Text(), rule, *body]
    return shown


def foot(decision_hash: str, *, simulated: bool) -> list[RenderableType]:
    """What a report ends with: the hash of its decisions, and what it must not be taken for."""
    lines: list[RenderableType] = [Text(), Text(f"Decision hash {decision_hash}")]
    if simulated:
        lines.append(Text.assemble(label(SIMULATED), f" {SIMULATED_NOTE}"))
    return lines


def print_parts(console: Console, parts: Iterable[RenderableType]) -> None:
    """Print as it is: no markup, no emoji codes, no highlighting of its own."""
    width = min(console.width, WIDEST)
    for part in parts:
        console.print(part, width=width, highlight=False, emoji=False, markup=False)
