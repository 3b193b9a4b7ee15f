"""Files of bars as a trader would hand them in, and a store to import them into."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from fin_agent.adapters.bars.importing import ParquetBarStore
from fin_agent.adapters.bars.store import BarStore
from fin_agent.adapters.bars.writing import StoreWriter
from fin_agent.domain.history import DataIssue, ImportOptions, ImportReport, StoredSet
from fin_agent.ports import CalendarPort
from fin_agent.testing.fakes import FakeCalendar

MONDAY = date(2025, 1, 6)
OPEN = datetime(2025, 1, 6, 14, 30, tzinfo=UTC)
CALENDAR = FakeCalendar.weekdays(date(2023, 1, 2), date(2025, 12, 31))

Row = Mapping[str, Any]


def daily(
    symbol: str | None = "AAA", day: object = MONDAY, close: float | None = 10.0, **more: object
) -> Row:
    """A flat daily bar with a range of one dollar around the close."""
    price = close or 0.0
    bar = {"open": close, "high": price + 0.5, "low": price - 0.5, "close": close, "volume": 1000}
    return {"symbol": symbol, "date": day, **bar, **more}


def minute(symbol: str = "AAA", number: float = 0, close: float = 10.0, **more: object) -> Row:
    """The bar that many minutes after Monday's open."""
    row = dict(daily(symbol, None, close))
    del row["date"]
    return {**row, "timestamp": OPEN + timedelta(minutes=number), **more}


def days(count: int, symbol: str = "AAA", **more: object) -> list[Row]:
    """Bars of consecutive sessions from Monday on, each close a cent above the last."""
    sessions = CALENDAR.sessions(MONDAY, date(2025, 12, 31))[:count]
    return [
        daily(symbol, session.date, 10 + index / 100, **more)
        for index, session in enumerate(sessions)
    ]


def table(rows: Iterable[Row], **types: pa.DataType) -> pa.Table:
    made = pa.Table.from_pylist([dict(row) for row in rows])
    for name, kind in types.items():
        at = made.schema.get_field_index(name)
        made = made.set_column(at, name, made[name].cast(kind))
    return made


def parquet(path: Path, rows: Iterable[Row], **types: pa.DataType) -> Path:
    pq.write_table(table(rows, **types), path)
    return path


def csv(path: Path, rows: Iterable[Row]) -> Path:
    pacsv.write_csv(table(rows), path)
    return path


def fast_writer(root: Path) -> StoreWriter:
    """A writer that does not wait for the disk."""
    return StoreWriter(root, sync=lambda _: None, patience_s=0)


class Stored:
    """A store of bars, driven without an event loop."""

    def __init__(
        self, root: Path, writer: StoreWriter | None = None, calendar: CalendarPort = CALENDAR
    ) -> None:
        self.root = root
        self.port = ParquetBarStore(root, calendar, writer or fast_writer(root))
        self.store = BarStore(root)

    def bring(self, path: Path, **options: Any) -> ImportReport:
        return asyncio.run(self.port.import_file(path, ImportOptions(**options)))

    def bring_rows(self, rows: Sequence[Row], name: str = "rows", **options: Any) -> ImportReport:
        path = parquet(self.root.parent / f"{name}.parquet", rows)
        return self.bring(path, **options)

    def issues(self) -> list[DataIssue]:
        return list(asyncio.run(self.port.check()))

    def findings(self, rule: str) -> list[tuple[str, str]]:
        """Symbol and time of each finding of a rule."""
        return [(issue.symbol, issue.at) for issue in self.issues() if issue.rule == rule]

    def listing(self) -> list[StoredSet]:
        return list(asyncio.run(self.port.listing()))

    def daily(self) -> list[Row]:
        rows: list[Row] = self.store.read_daily(None, None).to_pylist()
        return rows

    def closes(self) -> list[float]:
        closes: list[float] = self.store.read_daily(None, None)["close"].to_pylist()
        return closes
