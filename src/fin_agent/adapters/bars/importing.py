"""The bar store behind ``BarStorePort``: imports files, lists and checks what is stored.

What reads and checks files is loaded by the first import: a backtest does not wait for it.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fin_agent.adapters.bars.store import BarStore
from fin_agent.domain.history import DataIssue, ImportOptions, ImportReport, StoredSet
from fin_agent.ports import BarStorePort, CalendarPort

if TYPE_CHECKING:
    from fin_agent.adapters.bars.writing import StoreWriter


class ParquetBarStore(BarStorePort):
    """The bars in ``<data_dir>/bars``; ``writer`` is replaced only to see a write fail."""

    def __init__(
        self, root: Path, calendar: CalendarPort, writer: "StoreWriter | None" = None
    ) -> None:
        self._store = BarStore(root)
        self._calendar = calendar
        self._writer = writer

    async def import_file(self, path: Path, options: ImportOptions) -> ImportReport:
        return await asyncio.to_thread(self._import, path, options)

    async def check(self) -> Sequence[DataIssue]:
        return await asyncio.to_thread(self._findings)

    async def listing(self) -> Sequence[StoredSet]:
        manifest = await asyncio.to_thread(self._store.manifest)
        return [
            StoredSet(
                kind=key.kind,
                resolution=key.resolution,
                source=key.source,
                symbols=len(summary.symbols),
                rows=summary.rows,
                first=summary.first,
                last=summary.last,
                adjusted=key.adjusted,
            )
            for key, summary in sorted(manifest.sets.items())
        ]

    async def symbols(self) -> Sequence[str]:
        return await asyncio.to_thread(self._store.symbols)

    def _import(self, path: Path, options: ImportOptions) -> ImportReport:
        from fin_agent.adapters.bars.file_import import FileImport
        from fin_agent.adapters.bars.writing import StoreWriter

        writer = self._writer or StoreWriter(self._store.root)
        return FileImport(self._store, self._calendar, writer).bring(path, options)

    def _findings(self) -> Sequence[DataIssue]:
        from fin_agent.adapters.bars.findings import all_findings

        return all_findings(self._store, self._calendar)
