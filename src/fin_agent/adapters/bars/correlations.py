"""Correlations of daily log returns, every two symbols at once.

Bit by bit equal to ``domain.indicators.correlations_of`` (property test): logarithms are the
standard library's, because numpy's may differ in the last bit, and sums run from left to right.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from math import log

import numpy as np

from fin_agent.adapters.bars.panel import DailyPanel
from fin_agent.adapters.bars.rounding import Floats, Ints
from fin_agent.domain.indicators import (
    CORRELATION_DATES,
    CORRELATION_LOOKBACK,
    CORRELATION_MIN_DATES,
    ReturnSeries,
    log_returns,
)
from fin_agent.domain.money import rounded

Pair = tuple[str, str]


def correlations(panel: DailyPanel, symbols: Sequence[str], day: int) -> dict[Pair, float | None]:
    """By the sorted pair; None where it is not computable."""
    names = sorted({*symbols})
    if len(names) < 2:  # noqa: PLR2004 - a pair takes two
        return {}
    recent = panel.recent(names, day, CORRELATION_DATES + 1)
    if recent is not None and (recent[0] == recent[0][0]).all():
        return dict(zip(combinations(names, 2), _of_rows(recent[1]), strict=True))
    found = [panel.last_closes(name, day, CORRELATION_DATES + 1) for name in names]
    days = found[0][0]
    if all(len(other) == len(days) and (other == days).all() for other, _ in found[1:]):
        pairs = combinations(names, 2)
        return dict(zip(pairs, _of_rows(np.array([closes for _, closes in found])), strict=True))
    return _one_by_one(panel, names, day)


def _one_by_one(panel: DailyPanel, names: list[str], day: int) -> dict[Pair, float | None]:
    """Symbols that lack different dates share fewer than the last 60: by the definition."""
    series = {
        name: ReturnSeries(log_returns(panel.closes(name, day, CORRELATION_LOOKBACK)))
        for name in names
    }
    return {(a, b): series[a].correlation(series[b]) for a, b in combinations(names, 2)}


def _of_rows(closes: Floats) -> list[float | None]:
    """Of every two rows of closes that have the same dates, in the order of ``combinations``."""
    symbols, dates = closes.shape[0], closes.shape[1] - 1
    first, second = _pairs(symbols)
    if dates < CORRELATION_MIN_DATES:
        return [None] * len(first)
    moves = (closes[:, 1:] / closes[:, :-1]).ravel().tolist()
    returns = np.array([*map(log, moves)]).reshape(symbols, dates)
    deviations = returns - _sums(returns)[:, None] / dates
    variances = _sums(deviations * deviations)
    spreads = np.sqrt(variances[first] * variances[second])
    covariances = _sums(deviations[first] * deviations[second])
    return [
        rounded(covariance / spread) if spread > 0 else None
        for covariance, spread in zip(covariances.tolist(), spreads.tolist(), strict=True)
    ]


@lru_cache(maxsize=64)
def _pairs(count: int) -> tuple[Ints, Ints]:
    first, second = np.triu_indices(count, 1)
    return first, second


def _sums(values: Floats) -> Floats:
    """Of each row from left to right, like ``indicators.total``; ``sum`` adds in pairs."""
    return np.asarray(np.add.accumulate(values, axis=1)[:, -1])
