"""Whether there is a reason for the move: headlines, volume, earnings, a short squeeze."""

from fin_agent.domain.candidate import Setup
from fin_agent.domain.evidence import Known, Missing, value_of
from fin_agent.domain.factor import Factor, Score

_HEADLINE_POINTS, _HEADLINE_MOST = 10.0, 50.0
_VOLUME_FROM, _VOLUME_POINTS, _VOLUME_MOST = 2.0, 15.0, 30.0
_EARNINGS_POINTS = 30.0
_SHORT_FROM_PCT, _SHORT_POINTS = 20.0, 20.0
_FULL = 100.0


class Catalyst(Factor):
    """News count + volume + earnings + short interest (strategy.md section 4)."""

    def score(self, setup: Setup) -> Score | Missing:
        snapshot, rvol = setup.snapshot, setup.rvol
        if isinstance(snapshot.headlines, Missing):
            return snapshot.headlines
        points = min(_HEADLINE_MOST, _HEADLINE_POINTS * len(snapshot.headlines.value))
        if rvol is not None and rvol > _VOLUME_FROM:
            points += min(_VOLUME_MOST, _VOLUME_POINTS * (rvol - 1.0))
        if value_of(snapshot.earnings):
            points += _EARNINGS_POINTS
        short_interest = value_of(snapshot.short_interest)
        if short_interest is not None and short_interest > _SHORT_FROM_PCT and setup.gap > 0:
            points += _SHORT_POINTS
        return Score(min(_FULL, points), _lacking(setup))


def _lacking(setup: Setup) -> tuple[str, ...]:
    inputs = {
        "rvol": setup.snapshot.rvol,
        "earnings": setup.snapshot.earnings,
        "short interest": setup.snapshot.short_interest,
    }
    return tuple(name for name, evidence in inputs.items() if not isinstance(evidence, Known))
