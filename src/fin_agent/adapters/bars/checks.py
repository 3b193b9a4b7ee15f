"""Finds bars that are used but doubtful; every function takes bars sorted by symbol and time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from fin_agent.adapters.bars.columns import BarColumns, days_since_1970
from fin_agent.adapters.bars.rounding import Flags, Ints, rounded_column
from fin_agent.adapters.bars.trading_days import TradingDays
from fin_agent.domain.gates import SPLIT_RATIOS, SPLIT_TOLERANCE

_FAR = 5.0  # times the neighbours' closes: a print that is no move
_AGREE = 2.0  # the neighbours are within this factor of each other


@dataclass(frozen=True, slots=True)
class Holes:
    """Runs of sessions without a bar: the row before each, and how many sessions are missing."""

    before: Ints
    missing: Ints


def outliers(bars: BarColumns) -> Ints:
    """Rows with a close, high or low far from both neighbours' closes, which agree."""
    close = bars.values[3]
    before, after = close[:-2], close[2:]
    lowest, highest = np.minimum(before, after), np.maximum(before, after)
    calm = (bars.codes[:-2] == bars.codes[2:]) & (highest <= _AGREE * lowest)
    seen = bars.values[1:4, 1:-1]
    far = ((seen > _FAR * highest) | (seen * _FAR < lowest)).any(axis=0)
    return np.flatnonzero(calm & far) + 1


def split_like(bars: BarColumns, splits: Flags) -> Ints:
    """Daily rows that open at a split's ratio of the previous close, without a split that day."""
    opened, close = bars.values[0][1:], bars.values[3][:-1]
    move = opened / close
    near = np.zeros(move.shape, np.bool_)
    for ratio in SPLIT_RATIOS:
        for candidate in (ratio, 1.0 / ratio):
            near |= rounded_column(np.abs(move / candidate - 1.0)) <= SPLIT_TOLERANCE
    same = bars.codes[1:] == bars.codes[:-1]
    return np.flatnonzero(near & same & ~splits[1:]) + 1


def split_days(bars: BarColumns, splits: Sequence[tuple[str, date, float]]) -> Flags:
    """Which daily rows are on the ex-date of a known split of their symbol."""
    result = np.zeros(len(bars), np.bool_)
    place = {symbol: code for code, symbol in enumerate(bars.symbols)}
    starts = np.searchsorted(bars.codes, np.arange(len(bars.symbols) + 1))
    for symbol, day, _ in splits:
        code = place.get(symbol)
        if code is not None:
            first, end = starts[code], starts[code + 1]
            result[first:end] |= bars.times[first:end] == days_since_1970(day)
    return result


def holes(codes: Ints, session_days: Ints, known: TradingDays) -> Holes:
    """Sessions missing between a symbol's first and last; one row for each symbol and session."""
    ordinals = known.ordinals(session_days)
    steps = np.diff(ordinals)
    before = np.flatnonzero((codes[1:] == codes[:-1]) & (steps > 1))
    return Holes(before, steps[before] - 1)


def no_volume(bars: BarColumns) -> Ints:
    """Daily rows on which no share was traded."""
    return np.flatnonzero(bars.values[4] == 0)


def sessions_of(bars: BarColumns) -> tuple[Ints, Ints, Ints]:
    """Symbol code, session day and number of bars of every symbol and session in the bars."""
    days = bars.days
    fresh = np.ones(len(bars), np.bool_)
    fresh[1:] = (bars.codes[1:] != bars.codes[:-1]) | (days[1:] != days[:-1])
    first = np.flatnonzero(fresh)
    return bars.codes[first], days[first], np.diff(np.append(first, len(bars)))


def suspect_counts(
    bars: BarColumns, days: TradingDays, splits: Sequence[tuple[str, date, float]]
) -> dict[str, int]:
    """How many rows of a file are doubtful, by rule; holes count the missing sessions."""
    codes, session_days, _ = sessions_of(bars)
    counts = {
        "outlier": len(outliers(bars)),
        "hole": int(holes(codes, session_days, days).missing.sum()),
    }
    if bars.resolution == "1d":
        counts["split_like"] = len(split_like(bars, split_days(bars, splits)))
        counts["no_volume"] = len(no_volume(bars))
    return {rule: count for rule, count in counts.items() if count}
