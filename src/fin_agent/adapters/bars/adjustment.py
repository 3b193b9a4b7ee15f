"""Splits, and prices as they were traded on a session (strategy.md section 1).

Seen from a session, rows stored ``adjusted`` (for every later split on file) get the splits after
the session back, and raw rows are adjusted for the splits between them and the session.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite, prod

import numpy as np

from fin_agent.adapters.bars.columns import days_since_1970
from fin_agent.adapters.bars.rounding import Floats, four_decimals


@dataclass(frozen=True, slots=True)
class SymbolSplits:
    """One symbol's splits by rising ex-date: days since 1970, and new shares per old share."""

    ex_days: tuple[int, ...]
    ratios: tuple[float, ...]

    def effective(self, day: int) -> int:
        """How many splits have an ex-date up to and including the day."""
        return sum(ex_day <= day for ex_day in self.ex_days)

    def multiplier(self, day: int) -> float:
        """Takes an adjusted price to the price as traded on the day: the later ratios' product."""
        return prod(self.ratios[self.effective(day) :])

    def divisor(self, bar_day: int, day: int) -> float:
        """Takes a raw price of a day to the price as traded on a later day."""
        return prod(self.ratios[self.effective(bar_day) : self.effective(day)])


class Splits(Mapping[str, SymbolSplits]):
    """Every split on file by symbol; symbols without one are not in it."""

    def __init__(self, records: Iterable[tuple[str, date, float]]) -> None:
        found: dict[str, list[tuple[int, float]]] = {}
        self._by_day: dict[int, set[str]] = {}
        for symbol, ex_date, ratio in records:
            if isfinite(ratio) and ratio > 0 and ratio != 1:
                day = days_since_1970(ex_date)
                found.setdefault(symbol, []).append((day, ratio))
                self._by_day.setdefault(day, set()).add(symbol)
        self._days = sorted(self._by_day)
        self._found = {symbol: _symbol_splits(splits) for symbol, splits in found.items()}

    def __getitem__(self, symbol: str) -> SymbolSplits:
        return self._found[symbol]

    def __contains__(self, symbol: object) -> bool:
        return symbol in self._found  # a mapping's own way raises an error for each that is not

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def on(self, day: int) -> frozenset[str]:
        """The symbols with an ex-date on a day (since 1970)."""
        return frozenset(self._by_day.get(day, ()))

    def between(self, after: int, until: int) -> frozenset[str]:
        """The symbols with an ex-date after one day and up to another."""
        days = self._days[bisect_right(self._days, after) : bisect_right(self._days, until)]
        return frozenset().union(*(self._by_day[day] for day in days))


def _symbol_splits(splits: list[tuple[int, float]]) -> SymbolSplits:
    ordered = sorted(splits)
    return SymbolSplits(tuple(day for day, _ in ordered), tuple(ratio for _, ratio in ordered))


def as_traded(prices: Floats, multiplier: Floats, divisor: Floats) -> Floats:
    """Prices in USD at 4 decimals; where both factors are 1, exactly as stored."""
    changed = (multiplier != 1) | (divisor != 1)
    result = prices.copy()
    result[changed] = four_decimals((prices * multiplier / divisor)[changed])
    return result


def traded_volume(volumes: Floats, multiplier: Floats, divisor: Floats) -> Floats:
    """Shares as they were counted then: the inverse of the price."""
    return np.asarray(volumes * divisor / multiplier)
