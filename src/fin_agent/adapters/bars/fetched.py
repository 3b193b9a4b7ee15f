"""Daily bars that were fetched, brought into the store as they were traded.

Vendors adjust prices for the splits known when they are asked, so stored adjusted prices would
change their meaning with each split. As-traded prices and split records never do.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import log, prod
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fin_agent.adapters.bars.actions import ActionKey, Actions, ActionValue, FileActions
from fin_agent.adapters.bars.adjustment import Splits, as_traded, traded_volume
from fin_agent.adapters.bars.change import StoreChange
from fin_agent.adapters.bars.columns import BarColumns, days_since_1970, from_table
from fin_agent.adapters.bars.file_bars import FileBars
from fin_agent.adapters.bars.quarantine import as_table, refused_rows
from fin_agent.adapters.bars.rounding import rounded_column
from fin_agent.adapters.bars.row_rules import judge
from fin_agent.adapters.bars.store import BarStore
from fin_agent.adapters.bars.trading_days import trading_days
from fin_agent.adapters.bars.writing import StoreWriter
from fin_agent.adapters.sources import DailyBars, DayBar
from fin_agent.ports import CalendarPort

_NAME = "data sync"
_LARGE = log(1.2)  # a split of less is not told from a day's move


class Fetched(NamedTuple):
    """One symbol's bars as a source told them, and which of their days are wanted."""

    symbol: str
    source: str
    told: DailyBars
    days: frozenset[date]

    def bars(self) -> Iterator[DayBar]:
        """The wanted bars, prices as traded that day."""
        for bar in self.told.bars:
            if bar.date in self.days:
                factor = self._later(bar.date)
                opened, high, low, close = (price * factor for price in bar[1:5])
                yield DayBar(bar.date, opened, high, low, close, round(bar.volume / factor))

    def actions(self) -> Iterator[tuple[ActionKey, ActionValue]]:
        """Every split and dividend that was told, also of days already stored."""
        for day, ratio in self.told.splits:
            yield ActionKey(self.symbol, day, "split"), ActionValue(ratio, self.source)
        for day, amount in self.told.dividends:
            whole = float(rounded_column(np.array([amount * self._later(day)]))[0])
            yield ActionKey(self.symbol, day, "dividend"), ActionValue(whole, self.source)

    def doubt(self) -> str | None:
        """Why these prices cannot be taken to what was traded."""
        if not self.told.is_adjusted:
            return None
        if not self.told.knows_splits:
            return f"{self.source}: prices are adjusted for splits that it does not tell"
        for day, ratio in self.told.splits:
            if self._is_unadjusted(day, ratio):
                return f"{self.source}: the split of {ratio:g} on {day} is not in its prices yet"
        return None

    def _later(self, day: date) -> float:
        if not self.told.is_adjusted:
            return 1.0
        return prod(ratio for ex_day, ratio in self.told.splits if ex_day > day)

    def _is_unadjusted(self, day: date, ratio: float) -> bool:
        """Whether prices jump at a split as if nobody had adjusted them."""
        before = [bar.close for bar in self.told.bars if bar.date < day]
        after = [bar.open for bar in self.told.bars if bar.date >= day]
        if abs(log(ratio)) < _LARGE or not before or not after or min(before[-1], after[0]) <= 0:
            return False
        jump = log(after[0] / before[-1])
        return abs(jump + log(ratio)) < abs(jump)


@dataclass(slots=True)
class Brought:
    """What an import of fetched bars did; ``stored`` are the days that are there now."""

    added: int = 0
    splits: int = 0
    dividends: int = 0
    rebased: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


class FetchedImport:
    """Brings fetched bars in by the rules of every import: judged, merged, published whole."""

    def __init__(self, store: BarStore, calendar: CalendarPort, writer: StoreWriter) -> None:
        self._store = store
        self._calendar = calendar
        self._writer = writer

    def bring(self, found: Sequence[Fetched]) -> Brought:
        """All of it or nothing; bars that are stored already stay as they are.

        Raises:
            AlreadyRunning: another import holds the store.
            StateUnavailable: it cannot be written.
        """
        brought = Brought()
        actions = dict(pair for one in found for pair in one.actions())
        bars = _columns(found)
        days = trading_days(self._calendar, bars.days)
        nothing = np.zeros(len(bars), np.bool_)
        rows = FileBars(bars, nothing, nothing, ())
        judged = judge(rows, days)
        refused = refused_rows(rows, judged.broken, _NAME)
        good = bars.take(judged.kept)
        with self._writer.exclusive():
            brought.rebased = self._rebase(actions, brought.problems)
            change = StoreChange(self._store, replace=False)
            fates = change.add_bars(good)
            before = len(self._store.splits())
            acted = change.add_actions(FileActions(len(actions), actions, 0, as_table([])))
            change.add_quarantine(refused, good)
            brought.splits = len(change.splits()) - before
            change.publish(self._writer)
        brought.added = fates.added
        brought.dividends = acted.added - brought.splits
        brought.quarantined = _by_rule(refused)
        if acted.conflicts:
            named = ", ".join(acted.examples)
            brought.problems.append(f"splits or dividends differ and are kept as stored: {named}")
        return brought

    def _rebase(self, actions: Actions, problems: list[str]) -> int:
        """Take rows that were adjusted before a split was known to what was traded."""
        known = {(symbol, day) for symbol, day, _ in self._store.splits()}
        fresh: dict[str, date] = {}
        for key in sorted(actions):
            if key.action == "split" and (key.symbol, key.date) not in known:
                fresh.setdefault(key.symbol, key.date)
        if not fresh:
            return 0
        problems += _adjusted_minutes(self._store, fresh)
        table = self._store.read_daily(None, None, sorted(fresh))
        rows = from_table(table.filter(table["adjusted"]), "1d")
        rows = rows.take(_made_before(rows, fresh))
        if not len(rows):
            return 0
        change = StoreChange(self._store, replace=True)
        rebased = change.add_bars(_as_traded(rows, Splits(self._store.splits()))).replaced
        change.publish(self._writer)
        return rebased


def _columns(found: Sequence[Fetched]) -> BarColumns:
    symbols = sorted({one.symbol for one in found})
    sources = sorted({one.source for one in found})
    rows = [
        (symbols.index(one.symbol), days_since_1970(bar.date), sources.index(one.source), *bar[1:])
        for one in found
        for bar in one.bars()
    ]
    table = np.array(rows, np.float64).reshape(len(rows), 8)
    whole = table[:, :3].astype(np.int64)
    values = np.vstack([*(rounded_column(table[:, n]) for n in range(3, 7)), table[:, 7]])
    adjusted = np.zeros(len(rows), np.bool_)
    return BarColumns(
        "1d", symbols, whole[:, 0], whole[:, 1], values, adjusted, sources, whole[:, 2]
    )


def _made_before(
    rows: BarColumns, fresh: Mapping[str, date]
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Rows of symbols whose newest adjusted bar is older than the split.

    Where there is an adjusted bar after it, the file was made later and knew the split.
    """
    taken = np.zeros(len(rows), np.bool_)
    for code, symbol in enumerate(rows.symbols):
        own = rows.codes == code
        if symbol in fresh and own.any():
            taken |= own & (rows.times[own].max() < days_since_1970(fresh[symbol]))
    return taken


def _as_traded(rows: BarColumns, splits: Splits) -> BarColumns:
    factor = np.ones(len(rows))
    for row, (code, day) in enumerate(zip(rows.codes, rows.times, strict=True)):
        found = splits.get(rows.symbols[code])
        factor[row] = 1.0 if found is None else found.multiplier(int(day))
    one = np.ones(len(rows))
    *prices, volume = rows.values
    values = [*(as_traded(p, factor, one) for p in prices), traded_volume(volume, factor, one)]
    return BarColumns(
        rows.resolution,
        rows.symbols,
        rows.codes,
        rows.times,
        np.vstack(values),
        np.zeros(len(rows), np.bool_),
        rows.sources,
        rows.origins,
    )


def _adjusted_minutes(store: BarStore, fresh: Mapping[str, date]) -> list[str]:
    """Minute bars are not taken to another basis here; they are named."""
    found = {
        symbol
        for key, summary in store.manifest().sets.items()
        if key.resolution == "1m" and key.adjusted
        for symbol in summary.symbols & fresh.keys()
        if summary.last < fresh[symbol]
    }
    return [
        f"{symbol}: its minute bars were adjusted before the split of {fresh[symbol]};"
        " import them again as traded: fin-agent data import FILE --replace"
        for symbol in sorted(found)
    ]


def _by_rule(refused: pa.Table) -> dict[str, int]:
    counts = pc.value_counts(refused["rule"]).to_pylist()
    return {item["values"]: item["counts"] for item in counts}
