"""The random process behind every simulated price: fat tails, clustered volatility, daily rhythm.

The constants are calibrated to recorded US sessions; ``benchmarks/simulated_vs_real.py`` compares.
Draws come from ``numpy.random.RandomState``, whose stream is frozen, one stream a symbol and day.
"""

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray

Floats = NDArray[np.float64]

OVERNIGHT_VARIANCE_SHARE = 0.28
PRE_MARKET_MINUTES = 330  # 04:00 to 09:30
REGULAR_MINUTES = 390
POST_MARKET_MINUTES = 60  # to 17:00
GRID_MINUTES = PRE_MARKET_MINUTES + REGULAR_MINUTES + POST_MARKET_MINUTES

# (minute from the open, volatility and volume of one regular minute, only the shape matters)
_VOLATILITY_SHAPE = (
    (0, 3.7), (2, 2.9), (8, 2.3), (20, 1.85), (40, 1.48), (75, 1.15), (105, 1.02), (150, 0.88),
    (200, 0.78), (260, 0.73), (330, 0.71), (360, 0.76), (380, 0.92), (389, 1.15),
)  # fmt: skip
_VOLUME_SHAPE = (
    (0, 26.0), (1, 8.0), (8, 4.6), (20, 3.7), (40, 3.1), (75, 2.5), (105, 2.3), (150, 1.95),
    (200, 1.8), (260, 1.8), (300, 1.95), (330, 2.25), (360, 3.2), (375, 5.6), (388, 10.0),
    (389, 40.0),
)  # fmt: skip
# share of a full day's volume traded by a minute before the open: 04:00 to 09:30
PRE_MARKET_PROFILE = (
    (-330, 0.0),
    (-150, 0.004),
    (-90, 0.010),
    (-30, 0.022),
    (-5, 0.035),
    (0, 0.04),
)
POST_MARKET_VOLUME_SHARE = 0.03
_EXTENDED_HOURS_VOLATILITY = 0.3  # of the mean regular minute
_STATE_MEMORY, STATE_SPREAD = 0.98, 0.33  # log volatility from minute to minute


def stream(seed: int, *key: int) -> RandomState:
    """A stream of its own for one purpose, so that no draw depends on another symbol's."""
    return RandomState([seed, *key])


def persistent(shocks: Floats, memory: float) -> Floats:
    """A first-order autoregression along axis 0 with unit variance, driven by unit shocks."""
    fresh = np.sqrt(1.0 - memory**2)
    path = np.empty_like(shocks)
    state = shocks[0]
    path[0] = state
    for index in range(1, len(shocks)):
        state = memory * state + fresh * shocks[index]
        path[index] = state
    return path


def volume_shape() -> Floats:
    """Expected share of the regular volume in each of the 390 minutes: a U."""
    weights = _shape(_VOLUME_SHAPE)
    shares: Floats = weights / weights.sum()
    return shares


def minute_volatility(open_to_close: float) -> Floats:
    """Standard deviation of each grid minute's log return; the regular ones add up to the day's."""
    regular = _shape(_VOLATILITY_SHAPE)
    regular *= open_to_close / np.sqrt((regular**2).sum())
    quiet = _EXTENDED_HOURS_VOLATILITY * regular.mean()
    before = np.full(PRE_MARKET_MINUTES, quiet)
    return np.concatenate([before, regular, np.full(POST_MARKET_MINUTES, quiet)])


def volatility_state(draws: RandomState, size: int) -> Floats:
    """Log of the factor by which volatility departs from its daily rhythm, minute by minute."""
    return STATE_SPREAD * persistent(draws.standard_normal(size), _STATE_MEMORY)


def half_hour_variances() -> Floats:
    """Share of the open-to-close variance in each of the 13 half hours."""
    variances = (_shape(_VOLATILITY_SHAPE) ** 2).reshape(-1, 30).sum(axis=1)
    shares: Floats = variances / variances.sum()
    return shares


def bridge(steps: Floats, variances: Floats, points: list[tuple[int, float]]) -> Floats:
    """Sum ``steps`` to a path that passes through ``points`` (index, value).

    The correction is spread in proportion to ``variances``; after the last point the path is free.
    """
    walk = np.concatenate([[0.0], np.cumsum(steps)])
    clock = np.concatenate([[0.0], np.cumsum(variances)])
    where = np.array([index for index, _ in points])
    wanted = np.array([value for _, value in points])
    corrected: Floats = walk + np.interp(clock, clock[where], wanted - walk[where])
    return corrected


def extremes(
    start: Floats, end: Floats, variances: Floats, draws: RandomState
) -> tuple[Floats, Floats]:
    """High and low of Brownian paths with known ends (exact law of a bridge's maximum)."""
    square = (end - start) ** 2
    up, down = draws.uniform(size=start.shape), draws.uniform(size=start.shape)
    high = (start + end + np.sqrt(square - 2.0 * variances * np.log1p(-up))) / 2.0
    low = (start + end - np.sqrt(square - 2.0 * variances * np.log1p(-down))) / 2.0
    return high, low


def fat_tailed(draws: RandomState, size: int, freedom: float) -> Floats:
    """Student's t with unit variance."""
    scaled: Floats = draws.standard_t(freedom, size) * np.sqrt((freedom - 2.0) / freedom)
    return scaled


def cents(prices: Floats) -> Floats:
    """Prices on the tick of 0.01 USD.

    Machines differ in the last bits, and a story's point may be half a cent exactly: the bits go
    first, so that all machines round the half to the same side.
    """
    rounded: Floats = np.maximum(np.round(np.round(prices, 6), 2), 0.01)
    return rounded


def whole_shares(volume: Floats) -> Floats:
    """Shares without a fraction, rounded like ``cents``."""
    rounded: Floats = np.rint(np.round(volume, 6))
    return rounded


def _shape(points: tuple[tuple[int, float], ...]) -> Floats:
    minutes, weights = zip(*points, strict=True)
    interpolated: Floats = np.interp(np.arange(REGULAR_MINUTES), minutes, weights)
    return interpolated
