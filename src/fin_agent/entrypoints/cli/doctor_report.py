"""What ``doctor`` prints: the findings, and what each provider can tell."""

import sys
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from fin_agent.composition.doctor import CAPABILITIES, Examination, examine
from fin_agent.composition.findings import Cause, Level
from fin_agent.composition.logging import quiet
from fin_agent.entrypoints.cli.options import BAD_CONFIG, NO, UNAVAILABLE, Options
from fin_agent.entrypoints.cli.report_words import clean
from fin_agent.entrypoints.documents.doctor import doctor_document

if TYPE_CHECKING:
    from rich.console import Console

_STYLE = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "bold red"}
_CODE = {
    Cause.NONE: None,
    Cause.CONFIGURATION: BAD_CONFIG,
    Cause.PROVIDER: UNAVAILABLE,
    Cause.STATE: NO,
}
_LONGEST = 400


async def show_doctor(options: Options, *, offline: bool) -> int | None:
    """Examine and report; the exit code is about the worst failure."""
    app = options.app()
    if sys.stderr.isatty() and not offline:
        options.note("asking every provider once ...")
    with quiet():
        found = await examine(app, offline=offline)
    if options.as_json:
        options.print_document(doctor_document(found))
    else:
        print_doctor(options.console(), found)
    return _CODE[found.cause]


def print_doctor(console: "Console", found: Examination) -> None:
    """One row a finding; its remedy stands below it."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in found.findings:
        words = Text(clean(finding.detail, _LONGEST))
        if finding.remedy:
            words.append(f"\n-> {clean(finding.remedy, _LONGEST)}", "dim")
        table.add_row(Text(finding.level, _STYLE[finding.level]), finding.check, words)
    console.print(table)
    if found.matrix:
        console.print()
        console.print(_matrix(found))
    counts = ", ".join(f"{found.count(level)} {level}" for level in Level)
    console.print(f"\n{counts}", highlight=False)


def _matrix(found: Examination) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("provider", no_wrap=True)
    for name in CAPABILITIES:
        table.add_column(name, no_wrap=True)
    for provider, works in found.matrix.items():
        cells = [
            "-" if name not in works else Text("yes", "green") if works[name] else Text("NO", "red")
            for name in CAPABILITIES
        ]
        table.add_row(clean(provider, 14), *cells)
    return table
