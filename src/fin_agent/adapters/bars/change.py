"""One import's change of the store: collected in memory, published as a whole."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa

from fin_agent.adapters.bars import manifest as manifests
from fin_agent.adapters.bars.actions import (
    FileActions,
    action_sets,
    actions_table,
    merge_actions,
    stored_actions,
)
from fin_agent.adapters.bars.columns import BarColumns, day_of, from_table, time_texts
from fin_agent.adapters.bars.manifest import ACTIONS, QUARANTINE, Manifest, SetKey, SetSummary
from fin_agent.adapters.bars.merging import Merged, merge
from fin_agent.adapters.bars.quarantine import with_rows, without_healed
from fin_agent.adapters.bars.rounding import Ints
from fin_agent.adapters.bars.store import SCHEMAS, VALUES, BarStore, no_rows, splits_of
from fin_agent.adapters.bars.writing import StoreWriter

_EXAMPLES = 3


@dataclass(slots=True)
class Fates:
    """What became of the good rows of a file; ``examples`` name the first that differ."""

    added: int = 0
    unchanged: int = 0
    replaced: int = 0
    conflicts: int = 0
    examples: list[str] = field(default_factory=list)


class StoreChange:
    """Reads the store as it is, collects what an import makes of it, and publishes that."""

    def __init__(self, store: BarStore, *, replace: bool) -> None:
        self._store = store
        self._before: Manifest = store.manifest()
        self._replace = replace
        self._tables: dict[str, pa.Table] = {}
        self._sets: dict[SetKey, SetSummary] = dict(self._before.sets)

    def add_bars(self, bars: BarColumns) -> Fates:
        """Merge the bars of a file, sorted by symbol and time, into their partitions."""
        fates = Fates()
        for partition, rows in _partitions(bars):
            stored = self._stored(partition, bars.resolution)
            merged = merge(stored, bars.take(rows), replace=self._replace)
            differing = int(merged.differs.sum())
            fates.added += int(merged.new.sum())
            fates.unchanged += merged.unchanged
            self._count_differing(fates, differing)
            fates.examples += _conflicts(merged, _EXAMPLES - len(fates.examples))
            if merged.new.any() or (self._replace and differing):
                self._tables[partition] = merged.bars.to_table()
                fresh = merged.incoming.take(merged.new)
                self._sets = manifests.added(self._sets, fresh.summaries())
        if fates.replaced:
            self._sum_up(bars.resolution)
        return fates

    def _count_differing(self, fates: Fates, rows: int) -> None:
        if self._replace:
            fates.replaced += rows
        else:
            fates.conflicts += rows

    def _stored(self, partition: str, resolution: str) -> BarColumns:
        table = self._tables.get(partition)
        if table is None:
            table = self._store.read_partition(partition)
        return from_table(no_rows(SCHEMAS[resolution]) if table is None else table, resolution)

    def _sum_up(self, resolution: str) -> None:
        """Count every set of a resolution again: a replaced row has left its set."""
        kept = {
            key: summary
            for key, summary in self._sets.items()
            if (key.kind, key.resolution) != ("bars", resolution)
        }
        partitions = {*self._before.files, *self._tables}
        for partition in sorted(partitions):
            if partition.startswith(f"{resolution}/"):
                stored = self._stored(partition, resolution)
                kept = manifests.added(kept, stored.summaries())
        self._sets = kept

    def add_actions(self, found: FileActions) -> Fates:
        """Merge the splits and dividends of a file."""
        merged = merge_actions(
            stored_actions(self._store.actions()), found.actions, replace=self._replace
        )
        fates = Fates(merged.added, merged.unchanged + found.repeated)
        self._count_differing(fates, len(merged.differing))
        fates.examples = [
            f"{key.symbol} {key.date} {key.action}" for key in merged.differing[:_EXAMPLES]
        ]
        if fates.added or fates.replaced:
            self._tables[ACTIONS] = actions_table(merged.actions)
            bars = {key: item for key, item in self._sets.items() if key.kind != "actions"}
            self._sets = {**bars, **action_sets(merged.actions)}
        return fates

    def add_quarantine(self, rows: pa.Table, good: BarColumns | None) -> None:
        """Keep refused rows; those that a file has now brought in good order are let go."""
        before = self._store.quarantine()
        healed = before if good is None else without_healed(before, good)
        after = with_rows(healed, rows)
        if not after.equals(before):
            self._tables[QUARANTINE] = after

    def splits(self) -> list[tuple[str, date, float]]:
        """The splits as they will be known."""
        table = self._tables.get(ACTIONS)
        return self._store.splits() if table is None else splits_of(table)

    def publish(self, writer: StoreWriter) -> None:
        """Write what has changed; nothing when nothing has."""
        if self._tables:
            writer.publish(self._before.files, self._tables, self._sets)
        else:
            writer.tidy(self._before.files)


def _partitions(bars: BarColumns) -> list[tuple[str, Ints]]:
    """The rows of each partition, still sorted by symbol and time."""
    days = bars.days
    groups = days
    if bars.resolution == "1d":
        groups = days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)
    order = np.argsort(groups, kind="stable")
    _, starts = np.unique(groups[order], return_index=True)
    return [
        (manifests.partition_of(bars.resolution, day_of(days[rows[0]])), rows)
        for rows in np.split(order, starts[1:])
        if len(rows)
    ]


def _conflicts(merged: Merged, limit: int) -> list[str]:
    rows = np.flatnonzero(merged.differs)[:limit]
    bars = merged.incoming.take(rows)
    times = time_texts(bars.resolution, bars.times)
    lines = []
    for index, row in enumerate(merged.at[rows]):
        old, new = merged.stored.values[:, row], bars.values[:, index]
        symbol, origin = bars.symbols[bars.codes[index]], merged.stored.origins[row]
        source = merged.stored.sources[origin]
        differing = np.flatnonzero(old != new)
        if len(differing):
            column = int(differing[0])
            what = f"{VALUES[column]} {old[column]:g} ({source}) against {new[column]:g}"
        else:
            basis = ("as traded", "adjusted")
            was, now = merged.stored.adjusted[row], bars.adjusted[index]
            what = f"{basis[int(was)]} ({source}) against {basis[int(now)]}"
        lines.append(f"{symbol} {times[index]} {what}")
    return lines
