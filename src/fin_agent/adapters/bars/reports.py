"""The report of one import, with one line for every reason."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from fin_agent.adapters.bars.actions import FileActions
from fin_agent.adapters.bars.change import Fates
from fin_agent.adapters.bars.columns import BarColumns
from fin_agent.adapters.bars.row_rules import MEANING
from fin_agent.domain.history import ImportReport

_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Content:
    """What the good rows of a file are about."""

    kind: str
    resolution: str | None
    symbols: int
    first: date | None
    last: date | None


def bar_content(bars: BarColumns) -> Content:
    if not len(bars):
        return Content("bars", bars.resolution, 0, None, None)
    summary = bars.summary()
    return Content("bars", bars.resolution, len(summary.symbols), summary.first, summary.last)


def action_content(found: FileActions) -> Content:
    dates = [key.date for key in found.actions]
    symbols = {key.symbol for key in found.actions}
    first, last = (min(dates), max(dates)) if dates else (None, None)
    return Content("actions", None, len(symbols), first, last)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is wrong or doubtful in a file."""

    refused: pa.Table
    suspects: Mapping[str, int]
    problems: Sequence[str]


def import_report(
    file: str, rows: int, content: Content, fates: Fates, judgement: Judgement
) -> ImportReport:
    return ImportReport(
        file=file,
        kind=content.kind,
        resolution=content.resolution,
        rows=rows,
        added=fates.added,
        unchanged=fates.unchanged,
        replaced=fates.replaced,
        conflicts=fates.conflicts,
        quarantined=_by_rule(judgement.refused),
        suspects=dict(sorted(judgement.suspects.items())),
        symbols=content.symbols,
        first=content.first,
        last=content.last,
        problems=[
            *judgement.problems,
            *_refused_lines(judgement.refused),
            *_differing_lines(fates),
            *_suspect_lines(judgement.suspects),
        ],
    )


def beside_lines(found: FileActions, fates: Fates) -> list[str]:
    """What a file of bars says of the actions it brought along."""
    if not found.rows:
        return []
    line = f"the file also holds {found.rows} splits and dividends: {fates.added} added"
    return [line, *_refused_lines(found.refused), *_differing_lines(fates)]


def _by_rule(refused: pa.Table) -> dict[str, int]:
    counts = pc.value_counts(refused["rule"]).to_pylist()
    return {item["values"]: item["counts"] for item in sorted(counts, key=_rule_of)}


def _rule_of(count: Mapping[str, str]) -> str:
    return count["values"]


def _refused_lines(refused: pa.Table) -> Iterator[str]:
    for rule, count in _by_rule(refused).items():
        rows = refused.filter(pc.equal(refused["rule"], rule)).slice(0, _EXAMPLES).to_pylist()
        named = ", ".join(f"{row['symbol']} {row['at']}".strip() or "?" for row in rows)
        more = " ..." if count > _EXAMPLES else ""
        yield f"{rule}: {count} quarantined ({MEANING[rule]}): {named}{more}"


def _differing_lines(fates: Fates) -> Iterator[str]:
    named = "; ".join(fates.examples)
    if fates.conflicts:
        kept = "differ from the store and are kept as stored (--replace overwrites)"
        yield f"conflicts: {fates.conflicts} {kept}: {named}"
    if fates.replaced:
        yield f"replaced: {fates.replaced} overwritten: {named}"


def _suspect_lines(suspects: Mapping[str, int]) -> Iterator[str]:
    if suspects.get("unordered"):
        yield f"unordered: {suspects['unordered']} come after a later row of their symbol; sorted"
