"""The store on disk answers like the one in memory that the other tests use."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fin_agent.adapters.bars.importing import ParquetBarStore
from fin_agent.adapters.bars.store import VALUES, BarStore
from fin_agent.adapters.market_data.daily import Daily
from fin_agent.adapters.market_data.stored import Stored
from fin_agent.domain.history import ImportOptions
from fin_agent.ports import ScanRequest
from tests.adapters.bars.bar_files import fast_writer
from tests.adapters.market_data.memory_bars import MemoryBars
from tests.adapters.market_data.stored_days import (
    CALENDAR,
    PROFILE,
    SESSIONS,
    TODAY,
    StoredDays,
    a_request,
)
from tests.adapters.market_data.test_hindsight import SYMBOLS, some_days

SPLIT_DAY = SESSIONS[40].date


async def imported(days: StoredDays, directory: Path) -> BarStore:
    """What is in memory, written to files and imported."""
    memory, root = days.store(), directory / "bars"
    port = ParquetBarStore(root, CALENDAR, fast_writer(root))
    minutes = pa.concat_tables(memory.minutes.values()).unify_dictionaries()
    actions = pa.Table.from_pylist(
        [{"symbol": symbol, "date": day, "split": ratio} for symbol, day, ratio in days.splits]
    )
    for name, table, time in (("daily", memory.daily, "date"), ("minutes", minutes, "timestamp")):
        path = directory / f"{name}.parquet"
        pq.write_table(table.select(["symbol", time, *VALUES]), path)
        report = await port.import_file(path, ImportOptions(adjusted=days.adjusted is True))
        assert report.added == len(table)
    pq.write_table(actions, directory / "actions.parquet")
    await port.import_file(directory / "actions.parquet", ImportOptions(kind="actions"))
    return BarStore(root)


@pytest.mark.parametrize("adjusted", [False, True])
async def test_a_scan_of_imported_files_equals_one_in_memory(
    adjusted: bool, tmp_path: Path
) -> None:
    days = some_days(5)
    days.adjusted = adjusted
    days.splits = [("A", SESSIONS[20].date, 2.0), ("B", SPLIT_DAY, 10.0)]
    readers = days.store(), await imported(days, tmp_path)

    for request in (a_request(None, SYMBOLS), a_request(-30, SYMBOLS)):
        assert await _seen(readers[0], request) == await _seen(readers[1], request)


async def _seen(reader: MemoryBars | BarStore, request: ScanRequest) -> list[object]:
    stored, daily = Stored(reader, CALENDAR, PROFILE), Daily(reader)
    found: list[object] = []
    for market in (stored, daily):
        section = await market.cross_section(request)
        found += [section.snapshot(symbol) for symbol in SYMBOLS]
        found.append(await market.fingerprint(TODAY, SYMBOLS))
        found.append(await market.closes(SYMBOLS, TODAY.date, 60))
        found += [minute async for minute in market.minutes(TODAY, SYMBOLS)]
    return found
