"""Splits and dividends: read from a file, merged with those of the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from fin_agent.adapters.bars.columns import day_of, time_texts
from fin_agent.adapters.bars.file_bars import numbers, sources_of, words
from fin_agent.adapters.bars.manifest import SetKey, SetSummary
from fin_agent.adapters.bars.quarantine import QuarantinedRow, as_table
from fin_agent.adapters.bars.reading_files import ACTION_KINDS, SourceFile, require
from fin_agent.adapters.bars.rounding import rounded_column
from fin_agent.adapters.bars.store import ACTION_ROWS
from fin_agent.adapters.bars.times import as_days, read_times
from fin_agent.adapters.bars.trading_days import is_plausible

_NONE = {"split": (0.0, 1.0), "dividend": (0.0,)}


class ActionKey(NamedTuple):
    """A symbol, the ex-date, and ``split`` or ``dividend``."""

    symbol: str
    date: date
    action: str


class ActionValue(NamedTuple):
    """New shares per old of a split, USD per share of a dividend, and who says so."""

    value: float
    source: str


Actions = Mapping[ActionKey, ActionValue]


@dataclass(frozen=True, slots=True)
class FileActions:
    """The actions of a file; ``rows`` counts splits and dividends, not lines."""

    rows: int
    actions: Actions
    repeated: int
    refused: pa.Table


@dataclass(frozen=True, slots=True)
class MergedActions:
    """The actions after an import, and those of the file that differ from the store's."""

    actions: Actions
    added: int
    unchanged: int
    differing: Sequence[ActionKey]


def has_actions(source: SourceFile) -> bool:
    return bool(source.columns & set(ACTION_KINDS))


def file_actions(source: SourceFile, asked_source: str | None) -> FileActions:
    """The splits and dividends of a file; 0 is none, and a split of 1 is none.

    Raises:
        CorruptData: a column is missing or of a wrong type, or dates are times of day.
    """
    require(source, ("symbol",))
    if not has_actions(source):
        found = ", ".join([*source.table.column_names, *source.ignored])
        source.refuse(f"no column split or dividend; found {found}", "rename the columns")
    actions: dict[ActionKey, ActionValue] = {}
    refused: list[QuarantinedRow] = []
    rows = repeated = 0
    for row in _stated(source, asked_source):
        rows += 1
        rule = _broken(row)
        key = ActionKey(row.symbol, day_of(row.day), row.action) if not rule else None
        if key is None:
            refused.append(_refused(row, rule, source.path.name))
        elif key not in actions:
            actions[key] = ActionValue(row.value, row.source)
        elif actions[key].value == row.value:
            repeated += 1
        else:
            refused.append(_refused(row, "duplicate", source.path.name))
    return FileActions(rows, actions, repeated, as_table(refused))


class _Row(NamedTuple):
    symbol: str
    day: int
    has_day: bool
    action: str
    value: float
    source: str


def _stated(source: SourceFile, asked_source: str | None) -> list[_Row]:
    times = read_times(source, "1d")
    days = as_days(times)
    if days is None:
        source.refuse(f"column {times.column} has times of day", "give ex-dates")
    symbols, codes = words(source, "symbol")
    sources, origins = sources_of(source, asked_source)
    symbols.append("")  # code -1
    stated = []
    for action in ACTION_KINDS:
        if action in source.columns:
            values = rounded_column(numbers(source, action))
            given = ~np.isnan(values) & ~np.isin(values, _NONE[action])
            stated += [
                _Row(
                    symbols[codes[row]],
                    int(days[row]),
                    not times.missing[row],
                    action,
                    float(values[row]),
                    sources[origins[row]],
                )
                for row in np.flatnonzero(given)
            ]
    return stated


def _broken(row: _Row) -> str:
    if not row.symbol or not row.has_day:
        return "no_key"
    if not is_plausible(row.day):
        return "not_a_session"
    if not isfinite(row.value):
        return "not_finite"
    return "not_positive" if row.value <= 0 else ""


def _refused(row: _Row, rule: str, file: str) -> QuarantinedRow:
    at = time_texts("1d", np.array([row.day]))[0] if row.has_day else ""
    numbers_ = (None, None, None, row.value, None)
    return QuarantinedRow(row.action, row.symbol, at, rule, *numbers_, row.source, file)


def stored_actions(table: pa.Table) -> dict[ActionKey, ActionValue]:
    """The rows of ``ACTION_ROWS`` by key."""
    return {
        ActionKey(symbol, day, action): ActionValue(value, source)
        for symbol, day, action, value, source in zip(
            *(column.to_pylist() for column in table.columns), strict=True
        )
    }


def merge_actions(stored: Actions, found: Actions, *, replace: bool) -> MergedActions:
    """Both together; where they differ the stored one stays, or gives way to the found one."""
    new = {key: value for key, value in found.items() if key not in stored}
    differing = [
        key for key, item in found.items() if key in stored and stored[key].value != item.value
    ]
    merged = {**stored, **new}
    if replace:
        merged.update((key, found[key]) for key in differing)
    unchanged = len(found) - len(new) - len(differing)
    return MergedActions(merged, len(new), unchanged, differing)


def actions_table(actions: Actions) -> pa.Table:
    """Actions in the schema ``ACTION_ROWS``, by symbol, date and action."""
    rows = [{**key._asdict(), **actions[key]._asdict()} for key in sorted(actions)]
    return pa.Table.from_pylist(rows, schema=ACTION_ROWS)


def action_sets(actions: Actions) -> dict[SetKey, SetSummary]:
    """What the actions are in ``data list``: one set for every source."""
    by_source: dict[str, list[ActionKey]] = {}
    for key, item in actions.items():
        by_source.setdefault(item.source, []).append(key)
    return {
        SetKey("actions", "1d", source, adjusted=False): SetSummary(
            len(keys),
            min(key.date for key in keys),
            max(key.date for key in keys),
            frozenset(key.symbol for key in keys),
        )
        for source, keys in by_source.items()
    }
