"""How far the symbol moved, and how far it usually moves."""

from fin_agent.domain.candidate import GapClass, Setup
from fin_agent.domain.evidence import Missing
from fin_agent.domain.factor import Factor, Score

_CLASS_POINTS = {
    GapClass.BREAKAWAY: 30.0,
    GapClass.RUNAWAY: 20.0,
    GapClass.EXHAUSTION: 10.0,
    GapClass.COMMON: 5.0,
}
_SMALL, _LARGE = 4.0, 10.0
_SMALL_POINTS, _LARGE_POINTS = 20.0, 40.0
_ATR_POINTS, _ATR_SCALE = 30.0, 1000.0
_FULL = 100.0


class Volatility(Factor):
    """Gap points + ATR(14) points + class points (strategy.md section 4)."""

    def score(self, setup: Setup) -> Score | Missing:
        atr14 = setup.snapshot.daily.atr14
        if atr14 is None:
            return Missing("ATR(14) missing")
        points = gap_points(abs(setup.gap))
        points += min(_ATR_POINTS, _ATR_SCALE * atr14 / setup.price)
        points += _CLASS_POINTS[setup.gap_class]
        return Score(min(_FULL, points), () if setup.rvol is not None else ("rvol",))


def gap_points(size: float) -> float:
    """0 below 4 %, 20 rising to 40 at 10 %, then one point less a percent."""
    if size < _SMALL:
        return 0.0
    if size > _LARGE:
        return max(0.0, _LARGE_POINTS - (size - _LARGE))
    slope = (_LARGE_POINTS - _SMALL_POINTS) / (_LARGE - _SMALL)
    return _SMALL_POINTS + (size - _SMALL) * slope
