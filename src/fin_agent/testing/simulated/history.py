"""Daily history of all companies: overnight gaps and intraday returns with common factors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.random import RandomState

from fin_agent.testing.simulated.process import (
    OVERNIGHT_VARIANCE_SHARE,
    Floats,
    bridge,
    cents,
    extremes,
    fat_tailed,
    half_hour_variances,
    persistent,
    stream,
    whole_shares,
)
from fin_agent.testing.simulated.universe import Company

_MARKET_STREAM, _SECTOR_STREAM, _COMPANY_STREAM = 1, 2, 3
_MARKET_LOADING = (0.25, 0.70)  # drawn between these
_SECTOR_LOADING = 0.35
_TWIN_CORRELATION = 0.94
# a calm night moves with the others; on a news night a company also jumps by itself
_CALM_SPREAD, _NEWS_NIGHT_SHARE, _NEWS_SPREAD = 0.68, 0.033, 4.0
_INTRADAY_FREEDOM = 5.0
_STATE_MEMORY, _STATE_SPREAD = 0.85, 0.30  # log volatility from day to day
_VOLUME_MEMORY = 0.8
_VOLUME_SPREAD, _VOLUME_BY_MOVE, _VOLUME_NOISE = 0.33, 0.18, 0.20


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Daily columns of one company, oldest first; prices in USD, volume in shares."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats


class _Shocks(NamedTuple):
    """Unit-variance moves of each session, overnight and from open to close."""

    overnight: Floats
    intraday: Floats


def simulate_history(companies: Sequence[Company], sessions: int, seed: int) -> dict[str, History]:
    """``sessions`` daily bars of each company, the last close being its ``price``."""
    market = _gaussian(stream(seed, _MARKET_STREAM), sessions)
    sectors = sorted({company.sector for company in companies})
    by_sector = {
        sector: _gaussian(stream(seed, _SECTOR_STREAM, number), sessions)
        for number, sector in enumerate(sectors)
    }
    own: dict[str, _Shocks] = {}
    histories: dict[str, History] = {}
    for number, company in enumerate(companies):
        draws = stream(seed, _COMPANY_STREAM, number)
        loading = draws.uniform(*_MARKET_LOADING)
        shocks = _own_shocks(draws, sessions)
        if company.twin is None:
            shocks = _with_factors(shocks, market, by_sector[company.sector], loading)
            shocks = _with_news(shocks, draws)
        else:
            shocks = _follow(own[company.twin], shocks)
        own[company.symbol] = shocks
        histories[company.symbol] = _history(company, shocks, draws)
    return histories


def _gaussian(draws: RandomState, sessions: int) -> _Shocks:
    return _Shocks(draws.standard_normal(sessions), draws.standard_normal(sessions))


def _own_shocks(draws: RandomState, sessions: int) -> _Shocks:
    return _Shocks(draws.standard_normal(sessions), fat_tailed(draws, sessions, _INTRADAY_FREEDOM))


def _with_factors(own: _Shocks, market: _Shocks, sector: _Shocks, loading: float) -> _Shocks:
    rest = np.sqrt(1.0 - loading**2 - _SECTOR_LOADING**2)
    return _Shocks(
        loading * market.overnight + _SECTOR_LOADING * sector.overnight + rest * own.overnight,
        loading * market.intraday + _SECTOR_LOADING * sector.intraday + rest * own.intraday,
    )


def _with_news(shocks: _Shocks, draws: RandomState) -> _Shocks:
    sessions = len(shocks.overnight)
    is_news_night = draws.uniform(size=sessions) < _NEWS_NIGHT_SHARE
    jumps = _NEWS_SPREAD * draws.standard_normal(sessions) * is_news_night
    return _Shocks(_CALM_SPREAD * shocks.overnight + jumps, shocks.intraday)


def _follow(leader: _Shocks, own: _Shocks) -> _Shocks:
    rest = np.sqrt(1.0 - _TWIN_CORRELATION**2)
    return _Shocks(
        _TWIN_CORRELATION * leader.overnight + rest * own.overnight,
        _TWIN_CORRELATION * leader.intraday + rest * own.intraday,
    )


def _history(company: Company, shocks: _Shocks, draws: RandomState) -> History:
    sessions = len(shocks.overnight)
    state = _STATE_SPREAD * persistent(draws.standard_normal(sessions), _STATE_MEMORY)
    daily = company.volatility / 100.0 * np.exp(state - _STATE_SPREAD**2)
    overnight = daily * np.sqrt(OVERNIGHT_VARIANCE_SHARE) * shocks.overnight
    spread = daily * np.sqrt(1.0 - OVERNIGHT_VARIANCE_SHARE)
    intraday = spread * shocks.intraday
    close = np.cumsum(overnight + intraday)
    close += np.log(company.price) - close[-1]
    start = close - intraday
    high, low = _daily_extremes(start, close, spread, draws)
    opened, closed = cents(np.exp(start)), cents(np.exp(close))
    return History(
        open=opened,
        high=np.maximum(cents(np.exp(high)), np.maximum(opened, closed)),
        low=np.minimum(cents(np.exp(low)), np.minimum(opened, closed)),
        close=closed,
        volume=_volume(company, np.abs(overnight + intraday) / daily, draws),
    )


def _daily_extremes(
    start: Floats, close: Floats, spread: Floats, draws: RandomState
) -> tuple[Floats, Floats]:
    shares = half_hour_variances()
    highs, lows = np.empty_like(start), np.empty_like(start)
    for day in range(len(start)):
        variances = shares * spread[day] ** 2
        steps = draws.standard_normal(len(shares)) * np.sqrt(variances)
        path = bridge(steps, variances, [(0, start[day]), (len(shares), close[day])])
        high, low = extremes(path[:-1], path[1:], variances, draws)
        highs[day], lows[day] = high.max(), low.min()
    return highs, lows


def _volume(company: Company, move: Floats, draws: RandomState) -> Floats:
    spread = _VOLUME_SPREAD * persistent(draws.standard_normal(len(move)), _VOLUME_MEMORY)
    noise = _VOLUME_NOISE * draws.standard_normal(len(move))
    by_move = _VOLUME_BY_MOVE * np.clip((move - 0.75) / 0.6, -2.0, 4.0)
    mean_shares = company.turnover * 1e6 / company.price
    shares = whole_shares(mean_shares * np.exp(spread + noise + by_move - 0.09))
    return np.maximum(1.0, shares)
