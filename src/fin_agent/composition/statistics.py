"""How sure a figure is: a block bootstrap over sessions, and a random pick for comparison.

Drawn from a fixed seed, so that the same journal always gives the same interval.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fin_agent.domain.journal import TradeRecord
from fin_agent.domain.money import rounded
from fin_agent.domain.performance import DayResult

_DRAWS = 2_000
_BLOCK = 5  # sessions: a week hangs together
_FEWEST = 10  # sessions under which an interval says nothing
_TAILS = (2.5, 97.5)
_SEED = 1


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval; bounds are None with fewer than ten sessions."""

    figure: str
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Compared:
    """Chosen against picked at random, both in percent from open to close, averaged by session."""

    sessions: int
    chosen_pct: float
    random_pct: float
    better_than: float


def intervals(trades: Sequence[TradeRecord], days: Sequence[DayResult]) -> list[Interval]:
    """Expectancy, win rate and the result of a day."""
    places = {day.session_date: place for place, day in enumerate(days)}
    known = [trade for trade in trades if trade.session_date in places]
    sums = np.zeros((4, len(days)))  # a session: trades, R, wins, pnl
    for trade in known:
        sums[:3, places[trade.session_date]] += (1, trade.r_multiple, trade.pnl > 0)
    sums[3] = [float(day.pnl) for day in days]
    drawn = _drawn(len(days))
    return [
        _interval("expectancy_r", sums[1], sums[0], drawn),
        _interval("win_rate", sums[2], sums[0], drawn),
        _interval("daily_pnl", sums[3], np.ones(len(days)), drawn),
    ]


def _drawn(sessions: int) -> "np.ndarray[tuple[int, int], np.dtype[np.int64]] | None":
    """Session numbers of each draw, in blocks that wrap around the end."""
    if sessions < _FEWEST:
        return None
    blocks = -(-sessions // _BLOCK)
    starts = np.random.default_rng(_SEED).integers(0, sessions, size=(_DRAWS, blocks, 1))
    return ((starts + np.arange(_BLOCK)) % sessions).reshape(_DRAWS, -1)[:, :sessions]


def _interval(
    figure: str,
    tops: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    counts: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    drawn: "np.ndarray[tuple[int, int], np.dtype[np.int64]] | None",
) -> Interval:
    whole = float(counts.sum())
    value = rounded(float(tops.sum()) / whole) if whole else None
    if drawn is None or value is None:
        return Interval(figure, value, None, None)
    below = counts[drawn].sum(axis=1)
    found = tops[drawn].sum(axis=1)[below > 0] / below[below > 0]
    low, high = (rounded(float(bound)) for bound in np.percentile(found, _TAILS))
    return Interval(figure, value, low, high)


def compared(sessions: Sequence[tuple[Mapping[str, float], frozenset[str]]]) -> Compared | None:
    """The chosen symbols of each session against as many drawn from all that passed.

    Each session is the moves by symbol, and the chosen ones; sessions without a choice are left
    out. None when there is none.
    """
    real = [(moves, chosen) for moves, chosen in sessions if 0 < len(chosen) < len(moves)]
    if not real:
        return None
    draw = np.random.default_rng(_SEED)
    picks = np.zeros(_DRAWS)
    chosen_pct = 0.0
    for moves, chosen in real:
        values = np.array([moves[symbol] for symbol in sorted(moves)])
        order = draw.random((_DRAWS, len(values))).argsort(axis=1)[:, : len(chosen)]
        picks += values[order].mean(axis=1) / len(real)
        chosen_pct += sum(moves[symbol] for symbol in chosen) / len(chosen) / len(real)
    return Compared(
        len(real),
        rounded(chosen_pct),
        rounded(float(picks.mean())),
        rounded(float((picks < chosen_pct).mean())),
    )
