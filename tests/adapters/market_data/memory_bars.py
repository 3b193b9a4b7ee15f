"""A bar store in memory with the reading side's answers, and the real files read into one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fin_agent.adapters.bars.panel import BarReader
from fin_agent.adapters.bars.store import DAILY, MINUTES, VALUES
from fin_agent.domain.session import TradingSession
from tests.recorded_data import DATA

_FOUR = 1e4

Values = tuple[float, float, float, float, float]
IsAdjusted = bool | Callable[[str, date], bool]
DailyBars = Mapping[str, Mapping[date, Values]]
MinutesOfDay = Mapping[str, Mapping[int, Values]]


class MemoryBars(BarReader):
    """Tables in the store's schemas; ``changed`` is what an import does to the generation."""

    def __init__(
        self,
        daily: pa.Table | None = None,
        minutes: Mapping[date, pa.Table] | None = None,
        splits: Iterable[tuple[str, date, float]] = (),
    ) -> None:
        self.daily = DAILY.empty_table() if daily is None else daily
        self.minutes = dict(minutes or {})
        self.split_records = list(splits)
        self.generation_number = 1
        self.reads = 0

    @property
    def generation(self) -> int:
        return self.generation_number

    def symbols(self) -> list[str]:
        tables = [self.daily, *self.minutes.values()]
        return sorted({s for t in tables for s in t["symbol"].unique().to_pylist()})

    def minute_dates(self) -> list[date]:
        return sorted(self.minutes)

    def splits(self) -> list[tuple[str, date, float]]:
        return sorted(self.split_records)

    def read_daily(
        self, first: date | None, last: date | None, symbols: Sequence[str] | None = None
    ) -> pa.Table:
        self.reads += 1
        table = _only(self.daily, symbols)
        if first is not None:
            table = table.filter(pc.greater_equal(table["date"], pa.scalar(first)))
        if last is not None:
            table = table.filter(pc.less_equal(table["date"], pa.scalar(last)))
        return table

    def read_minutes(self, day: date, symbols: Sequence[str] | None = None) -> pa.Table:
        self.reads += 1
        return _only(self.minutes.get(day, MINUTES.empty_table()), symbols)


def _only(table: pa.Table, symbols: Sequence[str] | None) -> pa.Table:
    if symbols is None:
        return table
    return table.filter(pc.is_in(table["symbol"], pa.array(list(symbols), pa.string())))


def daily_table(bars: DailyBars, adjusted: IsAdjusted = False) -> pa.Table:
    rows = [
        (symbol, day, *bars[symbol][day]) for symbol in sorted(bars) for day in sorted(bars[symbol])
    ]
    return _table(DAILY, rows, adjusted)


def minute_table(
    session: TradingSession, bars: MinutesOfDay, adjusted: IsAdjusted = False
) -> pa.Table:
    """Bars by minute from the session's open."""
    opened = session.open.astimezone(UTC)
    rows = [
        (symbol, opened + timedelta(minutes=minute), *bars[symbol][minute])
        for symbol in sorted(bars)
        for minute in sorted(bars[symbol])
    ]
    return _table(MINUTES, rows, adjusted)


def _table(schema: pa.Schema, rows: Sequence[tuple[Any, ...]], adjusted: IsAdjusted) -> pa.Table:
    if not rows:
        return schema.empty_table()
    columns = [list(column) for column in zip(*rows, strict=True)]
    days = [at.date() if isinstance(at, datetime) else at for at in columns[1]]
    flags = [
        adjusted if isinstance(adjusted, bool) else adjusted(symbol, day)
        for symbol, day in zip(columns[0], days, strict=True)
    ]
    arrays = [
        pa.array(columns[0], pa.string()).dictionary_encode(),
        *(pa.array(column, schema.field(at).type) for at, column in enumerate(columns[1:], 1)),
        pa.array(flags),
        pa.array(["test"] * len(rows)).dictionary_encode(),
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def flat(price: float, volume: float = 1_000_000.0, spread: float = 0.5) -> Values:
    """A bar that opens and closes at a price."""
    return (price, round(price + spread, 4), round(price - spread, 4), price, volume)


def real_daily(*names: str, symbols: Sequence[str] | None = None) -> pa.Table:
    """Daily files as ``data import --adjusted`` stores them; on equal dates the first file wins."""
    tables = [_real(DATA / "daily" / f"{name}.parquet", "date", symbols) for name in names]
    merged = pa.concat_tables(tables)
    keys = merged.select(["symbol", "date"]).append_column("row", pa.array(range(len(merged))))
    first = keys.group_by(["symbol", "date"]).aggregate([("row", "min")])["row_min"]
    chosen = merged.take(pc.sort_indices(first).take(pa.array([])) if not len(first) else first)
    return _stored(chosen.sort_by([("symbol", "ascending"), ("date", "ascending")]), DAILY)


def real_minutes(name: str, symbols: Sequence[str] | None = None) -> dict[date, pa.Table]:
    """The minute bars of a file by New York date."""
    table = _real(DATA / "intraday" / f"{name}.parquet", "timestamp", symbols)
    local = pc.local_timestamp(table["timestamp"].cast(pa.timestamp("ms", "America/New_York")))
    days = local.cast(pa.date32()).to_numpy().astype("datetime64[D]")
    order = np.argsort(days, kind="stable")
    found, starts = np.unique(days[order], return_index=True)
    table = table.take(pa.array(order))
    bounds = [*starts.tolist(), len(table)]
    return {
        day.item(): _stored(table.slice(first, stop - first), MINUTES)
        for day, first, stop in zip(found, bounds, bounds[1:], strict=False)
    }


def real_splits(symbols: Sequence[str] | None = None) -> list[tuple[str, date, float]]:
    table = pq.read_table(DATA / "daily" / "largecap_actions_2011_2025.parquet")
    rows = zip(*(table[name].to_pylist() for name in ("symbol", "date", "split")), strict=True)
    wanted = None if symbols is None else {*symbols}
    return [
        (symbol, day, ratio)
        for symbol, day, ratio in rows
        if ratio not in {0.0, 1.0} and (wanted is None or symbol in wanted)
    ]


def _real(path: Path, time: str, symbols: Sequence[str] | None) -> pa.Table:
    filters = None if symbols is None else [("symbol", "in", list(symbols))]
    table = pq.read_table(path, columns=["symbol", time, *VALUES], filters=filters)
    values = [table[name].cast(pa.float64()).to_numpy() for name in VALUES]
    rounded = [np.rint(column * _FOUR) / _FOUR for column in values[:4]]
    arrays = [table["symbol"].cast(pa.string()), table[time], *rounded, values[4]]
    return pa.table(dict(zip(("symbol", time, *VALUES), arrays, strict=True)))


def _stored(table: pa.Table, schema: pa.Schema) -> pa.Table:
    table = table.combine_chunks()
    arrays = [table["symbol"].combine_chunks().dictionary_encode(), *table.columns[1:]]
    arrays += [
        pa.array(np.ones(len(table), bool)),
        pa.array(["real"] * len(table)).dictionary_encode(),
    ]
    columns = [a.combine_chunks() if isinstance(a, pa.ChunkedArray) else a for a in arrays]
    cast = [
        c if pa.types.is_dictionary(c.type) else c.cast(f.type)
        for c, f in zip(columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(cast, schema=schema)


def instant(session: TradingSession, minute: float) -> datetime:
    """That many minutes after the open."""
    return session.open + timedelta(minutes=minute)
