"""A factor: how many usual daily ranges the gap is worth."""

from fin_agent.domain.candidate import Setup
from fin_agent.domain.evidence import Missing
from fin_agent.domain.factor import Factor, Score


class GapInAtr(Factor):
    """0 without a gap, 100 from ``full_at`` times ATR(14) on."""

    def __init__(self, *, full_at: float = 4.0) -> None:
        self._full_at = full_at

    def score(self, setup: Setup) -> Score | Missing:
        daily = setup.snapshot.daily
        if daily.atr14 is None or daily.prev_close is None:
            return Missing("ATR(14) missing")
        ranges = abs(setup.price - daily.prev_close) / daily.atr14
        return Score(min(100.0, 100.0 * ranges / self._full_at))
