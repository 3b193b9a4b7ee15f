"""One day of one symbol, minute by minute from 04:00 to 17:00 New York.

Minutes are counted from the open. A story pins the price at its points; without one the price
reaches the drawn overnight gap at 09:30 and walks freely from there.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray

from fin_agent.testing.simulated.process import (
    GRID_MINUTES,
    OVERNIGHT_VARIANCE_SHARE,
    POST_MARKET_MINUTES,
    POST_MARKET_VOLUME_SHARE,
    PRE_MARKET_MINUTES,
    PRE_MARKET_PROFILE,
    REGULAR_MINUTES,
    STATE_SPREAD,
    Floats,
    bridge,
    cents,
    extremes,
    fat_tailed,
    minute_volatility,
    persistent,
    volatility_state,
    volume_shape,
    whole_shares,
)
from fin_agent.testing.simulated.stories import Story

_QUIET_GAP_LIMIT = 0.025  # an ordinary day's gap stays far from the scan's 4 %
_GAP_FREEDOM = 4.0
_GAP_SEEN_AT_FOUR = 0.3  # share of the gap that the first pre-market trade shows
_DAY_STATE_SPREAD = 0.25  # log volatility of an ordinary day
_MARKET_LOADING = 0.4  # common to all symbols in each minute
_RANGE_SHARE = 0.5  # of the continuous variance: trades do not visit every price of a minute
_OPEN_JITTER = 1.5e-4  # first trade of a minute against the last one of the minute before
_PRE_MARKET_SPREAD = 0.35  # log of pre-market volume on ordinary days
_DAY_VOLUME_SPREAD = 0.30  # log of regular volume on ordinary days
_SHARES_PER_TRADE = 120.0
_RESUMPTION_MINUTES, _RESUMPTION_SURGE = 12, 9.0
_NOISE_MEMORY, _NOISE_SPREAD, _NOISE_FRESH = 0.7, 0.35, 0.40  # log volume from minute to minute
_VOLUME_BY_STATE, _VOLUME_BY_MOVE = 0.45, 0.15


@dataclass(frozen=True, slots=True)
class DayBefore:
    """What a day starts from: USD, daily standard deviation as a share, shares a day."""

    close: float
    volatility: float
    normal_volume: float


@dataclass(frozen=True, slots=True, eq=False)
class Minutes:
    """The minutes with trades, stamped by their start; prices in USD, volume in shares."""

    minute: NDArray[np.int64]
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: NDArray[np.int64]


def simulate_minutes(
    before: DayBefore, story: Story | None, market: Floats, draws: RandomState
) -> Minutes:
    """One day of bars; ``market`` holds the unit shocks that all symbols share this day."""
    state = volatility_state(draws, GRID_MINUTES)
    spread = before.volatility * np.sqrt(1.0 - OVERNIGHT_VARIANCE_SHARE)
    volatility = minute_volatility(spread) * np.exp(state - STATE_SPREAD**2)
    of_the_day = np.exp(_DAY_STATE_SPREAD * draws.standard_normal() - _DAY_STATE_SPREAD**2)
    volatility = volatility * (story.noise if story is not None else of_the_day)
    rest = np.sqrt(1.0 - _MARKET_LOADING**2)
    shocks = _MARKET_LOADING * market + rest * draws.standard_normal(GRID_MINUTES)
    points = _points(before, story, draws)
    path = np.log(before.close) + bridge(volatility * shocks, volatility**2, points)
    prices = _prices(path, volatility, draws)
    busy = _VOLUME_BY_STATE * state + _VOLUME_BY_MOVE * np.abs(shocks)
    volume = _volume(before.normal_volume, story, busy, draws)
    traded = np.flatnonzero(volume)
    opened, high, low, closed = (column[traded] for column in prices)
    minutes = (traded - PRE_MARKET_MINUTES).astype(np.int64)
    return Minutes(minutes, opened, high, low, closed, volume[traded])


def _points(before: DayBefore, story: Story | None, draws: RandomState) -> list[tuple[int, float]]:
    if story is not None and story.path:
        return [
            (minute + PRE_MARKET_MINUTES, float(np.log1p(percent / 100.0)))
            for minute, percent in story.points()
        ]
    gap = float(fat_tailed(draws, 1, _GAP_FREEDOM)[0])
    gap *= before.volatility * OVERNIGHT_VARIANCE_SHARE**0.5
    gap = max(-_QUIET_GAP_LIMIT, min(_QUIET_GAP_LIMIT, gap))
    return [(0, _GAP_SEEN_AT_FOUR * gap), (PRE_MARKET_MINUTES, gap)]


def _prices(path: Floats, volatility: Floats, draws: RandomState) -> tuple[Floats, ...]:
    jitter = _OPEN_JITTER * draws.standard_normal(GRID_MINUTES)
    jitter[[0, PRE_MARKET_MINUTES]] = 0.0
    start, end = path[:-1] + jitter, path[1:]
    high, low = extremes(start, end, _RANGE_SHARE * volatility**2, draws)
    opened, closed = cents(np.exp(start)), cents(np.exp(end))
    top = np.maximum(cents(np.exp(high)), np.maximum(opened, closed))
    bottom = np.minimum(cents(np.exp(low)), np.minimum(opened, closed))
    return opened, top, bottom, closed


def _volume(
    normal: float, story: Story | None, busy: Floats, draws: RandomState
) -> NDArray[np.int64]:
    fresh, slow = draws.standard_normal(GRID_MINUTES), draws.standard_normal(GRID_MINUTES)
    noise = _NOISE_FRESH * fresh + _NOISE_SPREAD * persistent(slow, _NOISE_MEMORY)
    weights = np.exp(noise + busy)
    weights[PRE_MARKET_MINUTES : PRE_MARKET_MINUTES + REGULAR_MINUTES] *= volume_shape()
    _shape_halt(weights, story)
    ordinary = np.exp(draws.standard_normal(2) * [_PRE_MARKET_SPREAD, _DAY_VOLUME_SPREAD])
    before = story.rvol if story is not None else ordinary[0]
    during = story.volume if story is not None else ordinary[1]
    expected = np.zeros(GRID_MINUTES)
    arrivals = draws.uniform(size=GRID_MINUTES)
    for first, last, shares in _segments(normal * before, normal * during):
        part = slice(first, last)
        _fill(expected[part], weights[part], arrivals[part], shares)
    return whole_shares(expected).astype(np.int64)


def _shape_halt(weights: Floats, story: Story | None) -> None:
    silence = story.silence() if story is not None else None
    if story is None or silence is None:
        return
    first, last = (minute + PRE_MARKET_MINUTES for minute in silence)
    weights[first:last] = 0.0
    if story.is_halt:
        weights[last : last + _RESUMPTION_MINUTES] *= _RESUMPTION_SURGE


def _segments(before: float, during: float) -> list[tuple[int, int, float]]:
    marks = [(minute + PRE_MARKET_MINUTES, share) for minute, share in PRE_MARKET_PROFILE]
    parts = [
        (first, last, before * (until - share)) for (first, share), (last, until) in pairwise(marks)
    ]
    regular = 1.0 - PRE_MARKET_PROFILE[-1][1] - POST_MARKET_VOLUME_SHARE
    end = PRE_MARKET_MINUTES + REGULAR_MINUTES
    parts.append((PRE_MARKET_MINUTES, end, during * regular))
    parts.append((end, end + POST_MARKET_MINUTES, during * POST_MARKET_VOLUME_SHARE))
    return parts


def _fill(expected: Floats, weights: Floats, arrivals: Floats, shares: float) -> None:
    if not weights.any():
        return
    wanted = weights * (shares / weights.sum())
    kept = np.where(arrivals < -np.expm1(-wanted / _SHARES_PER_TRADE), wanted, 0.0)
    if kept.any():
        expected[:] = kept * (shares / kept.sum())
