"""The rows that imports refused: kept with the reason, so that nothing disappears."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fin_agent.adapters.bars.columns import BarColumns, time_texts
from fin_agent.adapters.bars.file_bars import FileBars
from fin_agent.adapters.bars.rounding import Ints
from fin_agent.adapters.bars.row_rules import FINE, RULES, Codes
from fin_agent.adapters.bars.store import QUARANTINED_ROWS


class QuarantinedRow(NamedTuple):
    """One refused row, in the order of ``QUARANTINED_ROWS``.

    For a refused action ``resolution`` is ``split`` or ``dividend`` and ``close`` its value.
    """

    resolution: str
    symbol: str
    at: str
    rule: str
    open: float | None
    high: float | None
    low: float | None
    close: float | None
    volume: float | None
    source: str
    file: str


def refused_rows(found: FileBars, broken: Codes, file: str) -> pa.Table:
    """The rows of a file that broke a rule, in the file's order, as ``QUARANTINED_ROWS``."""
    rows = np.flatnonzero(broken != FINE)
    bars = found.bars.take(rows)
    texts = pa.array(time_texts(bars.resolution, bars.times), pa.string())
    columns = [
        pa.array([bars.resolution], pa.string()).take(_zeros(rows)),
        pa.array([*bars.symbols, ""], pa.string()).take(_places(bars.codes, len(bars.symbols))),
        pc.if_else(pa.array(found.timeless[rows]), "", texts),
        pa.array(RULES, pa.string()).take(pa.array(broken[rows])),
        *(pa.array(values, from_pandas=True) for values in bars.values),
        pa.array(bars.sources, pa.string()).take(pa.array(bars.origins)),
        pa.array([file], pa.string()).take(_zeros(rows)),
    ]
    return pa.Table.from_arrays(columns, schema=QUARANTINED_ROWS)


def _zeros(rows: Ints) -> pa.Array:
    return pa.array(np.zeros_like(rows))


def _places(codes: Ints, nowhere: int) -> pa.Array:
    return pa.array(np.where(codes < 0, nowhere, codes))


def as_table(rows: Sequence[QuarantinedRow]) -> pa.Table:
    """Refused rows in the schema ``QUARANTINED_ROWS``."""
    names = QUARANTINED_ROWS.names
    plain = [dict(zip(names, row, strict=True)) for row in rows]
    return pa.Table.from_pylist(plain, schema=QUARANTINED_ROWS)


def with_rows(table: pa.Table, rows: pa.Table) -> pa.Table:
    """The quarantine with further rows; the same row is kept once."""
    names = QUARANTINED_ROWS.names
    distinct = pa.concat_tables([table, rows]).group_by(names).aggregate([]).select(names)
    return distinct.sort_by([(name, "ascending") for name in names]).combine_chunks()


def without_healed(table: pa.Table, good: BarColumns) -> pa.Table:
    """The quarantine without rows for which a file now has a good one; duplicates stay."""
    candidates = pc.and_(
        pc.equal(table["resolution"], good.resolution),
        pc.invert(pc.is_in(table["rule"], pa.array(["duplicate", "no_key"]))),
    )
    doubtful = np.flatnonzero(candidates.to_numpy())
    if not len(doubtful) or not len(good):
        return table
    rows = table.take(pa.array(doubtful))
    place = {symbol: code for code, symbol in enumerate(good.symbols)}
    codes = np.array([place.get(symbol, -1) for symbol in rows["symbol"].to_pylist()], np.int64)
    times = _times(good.resolution, rows["at"].to_pylist())
    low, high = int(good.times.min()), int(good.times.max())
    inside = (codes >= 0) & (times >= low) & (times <= high)
    span = high - low + 1
    healed = np.zeros(table.num_rows, np.bool_)
    healed[doubtful[inside]] = np.isin(
        codes[inside] * span + times[inside] - low, good.keys(low, span)
    )
    return table.filter(pa.array(~healed))


def _times(resolution: str, texts: Iterable[str]) -> Ints:
    unit = "datetime64[D]" if resolution == "1d" else "datetime64[ms]"
    return np.array([text.removesuffix("Z") for text in texts], unit).astype(np.int64)
