"""Recorded minute files, and daily bars made of their minutes where there is no history."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tests.acceptance.command_line import document
from tests.acceptance.recorded_days import bring

FILES = {
    "min1_ext_smallcap5_2025_05": "min1_ext_smallcap5_2025_05_01_to_16",
    "min1_rth_24sym_2019_02": "min1_rth_24sym_2019_02",
    "min1_rth_31sym_2025_09_2026_03": "min1_rth_31sym_2025_09_12",
    "min1_rth_89sym_2025_11": "min1_rth_89sym_2025_11",
}


def bring_with_days(data_dir: Path, recorded: Path, dataset: str) -> None:
    """Import a minute file, and the daily bars that its minutes make."""
    daily = data_dir / "daily.parquet"
    pq.write_table(days_of(minutes_of(recorded, dataset)), daily)
    bring(data_dir, f"intraday/{FILES[dataset]}.parquet")
    document("data", "import", daily, "--data-dir", data_dir)


def minutes_of(recorded: Path, dataset: str) -> pa.Table:
    return pq.read_table(recorded / "intraday" / f"{FILES[dataset]}.parquet")


def days_of(minutes: pa.Table) -> pa.Table:
    """Daily bars of the minutes from 09:30 to 16:00, half-days too: so the list was made."""
    local = pc.local_timestamp(minutes["timestamp"].cast(pa.timestamp("ms", "America/New_York")))
    day = local.cast(pa.date32())
    minute = pc.add(pc.multiply(pc.hour(local), 60), pc.minute(local))
    regular = pc.and_(pc.greater_equal(minute, 9 * 60 + 30), pc.less(minute, 16 * 60))
    kept = pc.and_(regular, pc.greater(minutes["volume"], 0))
    table = minutes.append_column("date", day).filter(kept)
    how = [("open", "first"), ("high", "max"), ("low", "min"), ("close", "last"), ("volume", "sum")]
    days = table.group_by(["symbol", "date"], use_threads=False).aggregate(how)
    return days.rename_columns([name.removesuffix(f"_{way}") for name, way in _named(how, days)])


def _named(how: list[tuple[str, str]], table: pa.Table) -> list[tuple[str, str]]:
    ways = {f"{column}_{way}": way for column, way in how}
    return [(name, ways.get(name, "")) for name in table.column_names]
