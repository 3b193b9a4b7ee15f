"""A factor: a gap out of a quiet week is worth more than one among many."""

from fin_agent.domain.candidate import Setup
from fin_agent.domain.evidence import Missing
from fin_agent.domain.factor import Factor, Score


class QuietWeek(Factor):
    """100 when ATR(5) is at most ``calm_at`` of ATR(14), 0 when it is as large or larger."""

    def __init__(self, *, calm_at: float = 0.6) -> None:
        if not 0 < calm_at < 1:
            raise ValueError(f"calm_at must be between 0 and 1, was {calm_at}")
        self._calm_at = calm_at

    def score(self, setup: Setup) -> Score | Missing:
        daily = setup.snapshot.daily
        if daily.atr5 is None or daily.atr14 is None or daily.atr14 == 0:
            return Missing("ATR(5) or ATR(14) missing")
        share = (1 - daily.atr5 / daily.atr14) / (1 - self._calm_at)
        return Score(100.0 * min(1.0, max(0.0, share)))
