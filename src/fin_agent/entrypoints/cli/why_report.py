"""``why`` for a person: the verdict in one sentence, then every gate and every input."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.table import Table

from fin_agent.entrypoints.cli.report_words import safe

if TYPE_CHECKING:
    from rich.console import Console

_MARKS = {True: "pass", False: "FAIL", None: "-"}


def print_why(console: "Console", document: Mapping[str, Any]) -> None:
    """Print the document of ``why``."""
    verdict = document["verdict"]
    symbol, at = document["symbol"], document["at"]
    console.print(f"{symbol} on {at}: {verdict['verdict']}", markup=False)
    if verdict["verdict"] != "selected":
        words = f"  measured {_text(verdict['measured'])}, needed {_text(verdict['threshold'])}"
        console.print(words, markup=False)
        if verdict["admits_if"]:
            console.print(f"  would have been admitted: {verdict['admits_if']}", markup=False)
    if document["fate"]:
        console.print(f"  plan: {document['fate']}", markup=False)
    console.print(_gates(document))
    console.print(_evidence(document["evidence"]))


def _gates(document: Mapping[str, Any]) -> Table:
    table = Table(title="Every rule on its own", title_justify="left")
    for name in ("rule", "", "measured", "threshold"):
        table.add_column(name, justify="left" if name in {"rule", ""} else "right")
    for gate in document["gates"]:
        mark = _MARKS[gate["passed"]]
        table.add_row(gate["rule"], mark, _text(gate["measured"]), _text(gate["threshold"]))
    return table


def _evidence(evidence: Mapping[str, Any]) -> Table:
    table = Table(title="What was known", title_justify="left")
    for name in ("input", "value", "source", "age s"):
        table.add_column(name, overflow="fold")
    for name, item in evidence.items():
        if not isinstance(item, Mapping):
            table.add_row(name, safe(_text(item)), "", "")
        elif item.get("absent"):
            table.add_row(name, safe(f"missing: {item['absent']}"), "", "")
        elif "value" in item:
            source = str(item.get("source") or "")
            cells = (safe(_text(item["value"])), safe(source), _text(item.get("age_s")))
            table.add_row(name, *cells)
        else:
            for key, value in item.items():
                table.add_row(f"{name}.{key}", safe(_text(value)), "", "")
    return table


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.6g}"
    if isinstance(value, list):
        return f"{len(value)}"
    return str(value)
