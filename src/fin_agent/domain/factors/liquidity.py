"""Whether the symbol trades enough today, at a price that suits a small account."""

from fin_agent.domain.candidate import Setup
from fin_agent.domain.evidence import Missing
from fin_agent.domain.factor import Factor, Score

_VOLUME_FROM, _VOLUME_POINTS, _VOLUME_MOST = 1.0, 20.0, 60.0
_GOOD, _FAIR = (10.0, 100.0), (5.0, 200.0)
_GOOD_POINTS, _FAIR_POINTS, _POOR_POINTS = 40.0, 20.0, 10.0
_FULL = 100.0
_NO_RVOL = Missing("rvol missing")


class Liquidity(Factor):
    """Relative volume points + price band points in account currency (strategy.md section 4)."""

    def score(self, setup: Setup) -> Score | Missing:
        if setup.rvol is None:
            return _NO_RVOL
        points = 0.0
        if setup.rvol > _VOLUME_FROM:
            points = min(_VOLUME_MOST, _VOLUME_POINTS * setup.rvol)
        return Score(min(_FULL, points + price_points(setup.account_price)))


def price_points(price: float) -> float:
    """40 in 10..100, 20 in 5..200, else 10, in account currency."""
    if _GOOD[0] <= price <= _GOOD[1]:
        return _GOOD_POINTS
    return _FAIR_POINTS if _FAIR[0] <= price <= _FAIR[1] else _POOR_POINTS
