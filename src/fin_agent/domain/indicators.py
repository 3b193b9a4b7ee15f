"""The scalar definitions of every indicator; columnar code must equal them (property test).

Daily sequences run from old to new and hold completed sessions only. None means "not computable".
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import combinations, pairwise
from math import log, sqrt
from operator import mul, truediv
from typing import NamedTuple

from fin_agent.domain.market import Bar
from fin_agent.domain.money import rounded

ADV_SESSIONS = 20
RVOL_SESSIONS = 20
RVOL_MIN_SESSIONS = 10
CORRELATION_DATES = 60
CORRELATION_MIN_DATES = 20
CORRELATION_LOOKBACK = 250  # sessions looked through for 60 dates that two symbols with holes share


def total(values: Iterable[float]) -> float:
    """Plain left-to-right sum: ``sum`` compensates from Python 3.12 on, columnar code does not."""
    result = 0.0
    for value in values:
        result += value
    return result


def gap_pct(price: float, prev_close: float) -> float:
    """The gap in percent of the previous close, rounded to 6 decimals."""
    return rounded(100.0 * (price / prev_close - 1.0))


def true_range(high: float, low: float, previous_close: float) -> float:
    """Wilder's true range in USD."""
    return max(high - low, abs(high - previous_close), abs(low - previous_close))


def atr(
    highs: Sequence[float], lows: Sequence[float], closes: Sequence[float], n: int
) -> float | None:
    """Simple mean of the last n true ranges in USD; needs n + 1 bars."""
    if len(closes) < n + 1:
        return None
    return total(true_range(highs[i], lows[i], closes[i - 1]) for i in range(-n, 0)) / n


def adv(closes: Sequence[float], volumes: Sequence[float]) -> float | None:
    """Average daily value traded in USD over the last 20 completed sessions."""
    if len(closes) < ADV_SESSIONS:
        return None
    return total(closes[i] * volumes[i] for i in range(-ADV_SESSIONS, 0)) / ADV_SESSIONS


def mean_volume(volumes: Sequence[float]) -> float | None:
    """Mean shares a session over the last 20 completed sessions."""
    if len(volumes) < RVOL_SESSIONS:
        return None
    return total(volumes[-RVOL_SESSIONS:]) / RVOL_SESSIONS


def profile_share(profile: Sequence[tuple[int, float]], minute_of_day: int) -> float:
    """The share of a day's volume that is normal by a New York clock time, interpolated linearly.

    ``profile`` holds (minute of the day, cumulative share 0..1) in rising order.
    """
    if minute_of_day <= profile[0][0]:
        return profile[0][1]
    for (left, low), (right, high) in pairwise(profile):
        if minute_of_day <= right:
            return low + (high - low) * (minute_of_day - left) / (right - left)
    return profile[-1][1]


def relative_volume(traded: float, normal: float | None) -> float | None:
    """Shares traded so far over what is normal by now, rounded to 6 decimals.

    None when nothing has traded yet or nothing normal is known: that is an absence, not a 0.
    """
    if traded <= 0 or normal is None or normal <= 0:
        return None
    return rounded(traded / normal)


def typical_price(bar: Bar) -> float:
    """(high + low + close) / 3 in USD."""
    return (bar.high + bar.low + bar.close) / 3.0


def vwap(bars: Iterable[Bar]) -> float | None:
    """Session VWAP of the bars with volume, from typical prices, rounded to 6 decimals."""
    value = volume = 0.0
    for bar in bars:
        value += typical_price(bar) * bar.volume
        volume += bar.volume
    return rounded(value / volume) if volume > 0 else None


def log_returns(closes: Mapping[str, float]) -> dict[str, float]:
    """Daily log returns by ISO date, from closes by ISO date in rising order."""
    dates, prices = list(closes), list(closes.values())
    return dict(zip(dates[1:], map(log, map(truediv, prices[1:], prices)), strict=True))


class ReturnSeries:
    """Daily log returns by ISO date, with what every correlation takes from one side alone."""

    def __init__(self, returns: Mapping[str, float]) -> None:
        self.returns = returns
        self.dates = list(returns)[-CORRELATION_DATES:]

    def correlation(self, other: "ReturnSeries") -> float | None:
        """Pearson correlation over the last 60 dates that both have.

        Signed, rounded to 6 decimals; None below 20 common dates or without variance.
        """
        if self.dates == other.dates:
            left, right = self.recent, other.recent
        else:
            both = sorted(self.returns.keys() & other.returns.keys())[-CORRELATION_DATES:]
            left, right = _deviations(self.returns, both), _deviations(other.returns, both)
        if len(left.values) < CORRELATION_MIN_DATES:
            return None
        spread = sqrt(left.variance * right.variance)
        covariance = total(map(mul, left.values, right.values))
        return rounded(covariance / spread) if spread > 0 else None

    @cached_property
    def recent(self) -> "Deviations":
        """The deviations of the last 60 dates."""
        return _deviations(self.returns, self.dates)


class Deviations(NamedTuple):
    """How far returns are from their mean, and the sum of the squares of that."""

    values: list[float]
    variance: float


def _deviations(returns: Mapping[str, float], dates: Sequence[str]) -> Deviations:
    found = [returns[day] for day in dates]
    mean = total(found) / len(found) if found else 0.0
    values = [value - mean for value in found]
    return Deviations(values, total(map(mul, values, values)))


def correlation(left: Mapping[str, float], right: Mapping[str, float]) -> float | None:
    """``ReturnSeries.correlation`` of two return series by ISO date."""
    return ReturnSeries(left).correlation(ReturnSeries(right))


Closes = Mapping[str, Mapping[str, float]]


async def correlations_of(
    symbols: Iterable[str], closes: Callable[[Sequence[str], int], Awaitable[Closes]]
) -> dict[tuple[str, str], float | None]:
    """The correlation of every two symbols; ``closes`` gives the last n closes of some symbols."""
    pairs = [*combinations(sorted({*symbols}), 2)]
    series = await _series({name for pair in pairs for name in pair}, CORRELATION_DATES + 1, closes)
    uneven = {name for pair in pairs if not _same_dates(series, pair) for name in pair}
    series |= await _series(uneven, CORRELATION_LOOKBACK, closes)
    return {(one, other): series[one].correlation(series[other]) for one, other in pairs}


def _same_dates(series: Mapping[str, ReturnSeries], pair: tuple[str, str]) -> bool:
    return series[pair[0]].dates == series[pair[1]].dates


async def _series(
    symbols: set[str], sessions: int, closes: Callable[[Sequence[str], int], Awaitable[Closes]]
) -> dict[str, ReturnSeries]:
    if not symbols:
        return {}
    found = await closes(sorted(symbols), sessions)
    return {name: ReturnSeries(log_returns(found.get(name, {}))) for name in symbols}
