"""Brings one file into the bar store.

An import computes everything first and publishes it with one rename, or not at all.
"""

from pathlib import Path

import pyarrow as pa

from fin_agent.adapters.bars.actions import file_actions, has_actions
from fin_agent.adapters.bars.change import Fates, StoreChange
from fin_agent.adapters.bars.checks import suspect_counts
from fin_agent.adapters.bars.file_bars import file_bars
from fin_agent.adapters.bars.quarantine import refused_rows
from fin_agent.adapters.bars.reading_files import SourceFile, read_source
from fin_agent.adapters.bars.reports import (
    Judgement,
    action_content,
    bar_content,
    beside_lines,
    import_report,
)
from fin_agent.adapters.bars.row_rules import judge
from fin_agent.adapters.bars.store import BarStore
from fin_agent.adapters.bars.trading_days import trading_days
from fin_agent.adapters.bars.writing import StoreWriter
from fin_agent.domain.errors import InvalidValue
from fin_agent.domain.history import ImportOptions, ImportReport
from fin_agent.ports import CalendarPort


class FileImport:
    """What an import works with."""

    def __init__(self, store: BarStore, calendar: CalendarPort, writer: StoreWriter) -> None:
        self._store = store
        self._calendar = calendar
        self._writer = writer

    def bring(self, path: Path, options: ImportOptions) -> ImportReport:
        """Bring one file in, or change nothing at all."""
        if options.kind not in {"bars", "actions"}:
            raise InvalidValue(f"kind must be bars or actions, was {options.kind!r}")
        if options.resolution not in {None, "1d", "1m"}:
            raise InvalidValue(f"resolution must be 1d or 1m, was {options.resolution!r}")
        source = read_source(path)
        if options.kind == "actions":
            return self._import_actions(source, options)
        return self._import_bars(source, options)

    def _import_bars(self, source: SourceFile, options: ImportOptions) -> ImportReport:
        found = file_bars(source, options)
        days = trading_days(self._calendar, found.bars.days[~found.timeless])
        judged = judge(found, days)
        good = found.bars.take(judged.kept)
        refused = refused_rows(found, judged.broken, source.path.name)
        actions = None
        if has_actions(source) and good.resolution == "1d":
            actions = file_actions(source, options.source)
        with self._writer.exclusive():
            change = StoreChange(self._store, replace=options.replace)
            fates = change.add_bars(good)
            brought = change.add_actions(actions) if actions else Fates()
            beside = [actions.refused] if actions else []
            change.add_quarantine(pa.concat_tables([refused, *beside]), good)
            suspects = suspect_counts(good, days, change.splits())
            change.publish(self._writer)
        problems = [*found.problems, *(beside_lines(actions, brought) if actions else [])]
        if judged.unordered:
            suspects["unordered"] = judged.unordered
        fates.unchanged += judged.repeated
        judgement = Judgement(refused, suspects, problems)
        rows = source.table.num_rows
        return import_report(source.path.name, rows, bar_content(good), fates, judgement)

    def _import_actions(self, source: SourceFile, options: ImportOptions) -> ImportReport:
        found = file_actions(source, options.source)
        with self._writer.exclusive():
            change = StoreChange(self._store, replace=options.replace)
            fates = change.add_actions(found)
            change.add_quarantine(found.refused, None)
            change.publish(self._writer)
        problems = [f"ignored columns: {', '.join(source.ignored)}"] if source.ignored else []
        judgement = Judgement(found.refused, {}, problems)
        content = action_content(found)
        return import_report(source.path.name, found.rows, content, fates, judgement)
