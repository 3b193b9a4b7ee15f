"""Best bid and ask around the last trade of every simulated minute."""

from collections.abc import Mapping

import numpy as np

from fin_agent.testing.simulated.process import Floats, cents
from fin_agent.testing.simulated.tables import BarTable, QuoteTable

_MINUTE = np.timedelta64(1, "m")
_SPREAD_BPS_AT_100_MILLION = 3.0
_WIDEST_BPS = 80.0
_ROUND_LOT = 100
_TICK = 0.01


def quotes_of(bars: BarTable, turnover: Mapping[str, float]) -> QuoteTable:
    """One quote at the end of each bar; the less is traded (million USD a day), the wider it is."""
    symbols, where = np.unique(bars.symbol, return_inverse=True)
    traded = np.array([turnover[str(symbol)] for symbol in symbols])
    basis_points = np.minimum(_WIDEST_BPS, _SPREAD_BPS_AT_100_MILLION * np.sqrt(100.0 / traded))
    spread = np.maximum(_TICK, cents(bars.close * basis_points[where] / 10_000.0))
    bid: Floats = cents(bars.close - spread / 2.0)
    lots = np.maximum(1, bars.volume // (20 * _ROUND_LOT))
    return QuoteTable(
        symbol=bars.symbol,
        timestamp=bars.timestamp + _MINUTE,
        bid=bid,
        ask=cents(bid + spread),
        bid_size=lots * _ROUND_LOT,
        ask_size=(lots + 1) * _ROUND_LOT,
    )
