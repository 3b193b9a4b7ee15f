"""Judges single rows: what breaks a rule is quarantined, never mended.

The first broken rule names the row. Prices are in USD, volumes in shares.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fin_agent.adapters.bars.columns import BarColumns
from fin_agent.adapters.bars.file_bars import FileBars
from fin_agent.adapters.bars.rounding import Flags, Ints
from fin_agent.adapters.bars.trading_days import TradingDays

FINE = 0
_ABSURD = 1e15  # USD or shares: beyond it floats have no 6th decimal
RULES = (
    "",
    "no_key",
    "off_grid",
    "not_a_session",
    "outside_hours",
    "not_finite",
    "not_positive",
    "consistency",
    "volume",
    "duplicate",
)
MEANING = {
    "no_key": "symbol or time is missing",
    "off_grid": "not on a whole minute",
    "not_a_session": "the exchange calendar has no session that day",
    "outside_hours": "not within 04:00 to 20:00 New York",
    "not_finite": "a price is missing or no number",
    "not_positive": "a price is zero or below",
    "consistency": "the high is not the highest price, or the low not the lowest",
    "volume": "the volume is negative, missing or no number",
    "duplicate": "another row of the file has this symbol and time with other values",
}
Codes = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Judged:
    """The index into RULES of each row, and the rows to keep in order of symbol and time."""

    broken: Codes
    kept: Ints
    repeated: int
    unordered: int


def judge(found: FileBars, days: TradingDays) -> Judged:
    """Judge every row of a file; rows that repeat an earlier one exactly are only counted."""
    bars = found.bars
    broken = np.zeros(len(bars), np.int8)
    _mark(broken, "no_key", found.keyless)
    _mark(broken, "off_grid", found.off_grid)
    _mark_times(broken, bars, days)
    _mark_values(broken, bars)
    good = np.flatnonzero(broken == FINE)
    unordered = _unordered(bars.codes[good], bars.times[good])
    order = good if _ascending(bars, good) else good[_sorting(bars, good)]
    kept, repeated = _first_of_each(bars, order, broken)
    return Judged(broken, kept, repeated, unordered)


def _mark(broken: Codes, rule: str, mask: Flags | np.bool_) -> None:
    broken[mask & (broken == FINE)] = RULES.index(rule)


def _mark_times(broken: Codes, bars: BarColumns, days: TradingDays) -> None:
    if bars.resolution == "1d":
        _mark(broken, "not_a_session", ~days.has(bars.times))
        return
    on_session, in_hours = days.place(bars.times)
    _mark(broken, "not_a_session", ~on_session)
    _mark(broken, "outside_hours", ~in_hours)


def _mark_values(broken: Codes, bars: BarColumns) -> None:
    opened, high, low, close, volume = bars.values
    prices = bars.values[:4]
    with np.errstate(invalid="ignore"):
        _mark(broken, "not_finite", ~(np.abs(prices) < _ABSURD).all(axis=0))
        _mark(broken, "not_positive", (prices <= 0).any(axis=0))
        highest = np.maximum(np.maximum(opened, close), low)
        lowest = np.minimum(np.minimum(opened, close), high)
        _mark(broken, "consistency", (high < highest) | (low > lowest))
        _mark(broken, "volume", ~((volume >= 0) & (volume < _ABSURD)))


def _unordered(codes: Ints, times: Ints) -> int:
    """Rows that come before the previous row of their symbol."""
    order = np.argsort(codes, kind="stable")
    same = codes[order][1:] == codes[order][:-1]
    return int((np.diff(times[order])[same] < 0).sum())


def _ascending(bars: BarColumns, rows: Ints) -> bool:
    return bars.take(rows).is_sorted()


def _sorting(bars: BarColumns, rows: Ints) -> Ints:
    return np.lexsort((bars.times[rows], bars.codes[rows]))  # stable: the first stays first


def _first_of_each(bars: BarColumns, order: Ints, broken: Codes) -> tuple[Ints, int]:
    codes, times = bars.codes[order], bars.times[order]
    again = np.zeros(len(order), np.bool_)
    again[1:] = (codes[1:] == codes[:-1]) & (times[1:] == times[:-1])
    if not again.any():
        return order, 0
    first = np.maximum.accumulate(np.where(again, 0, np.arange(len(order))))[again]
    repeats = order[again]
    equal = (bars.values[:, repeats] == bars.values[:, order[first]]).all(axis=0)
    broken[repeats[~equal]] = RULES.index("duplicate")
    return order[~again], int(equal.sum())
