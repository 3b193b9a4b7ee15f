"""A factor scores one side of a setup; one file in ``factors/`` is one factor.

To add one: a file whose class ends the module's name in CamelCase, deriving from ``Factor``.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fin_agent.domain.candidate import (
    FactorScore,
    Setup,
    TradeCandidate,
    blend,
    classify,
    grade_of,
)
from fin_agent.domain.construction import quickly_made
from fin_agent.domain.evidence import Known, Missing, value_of
from fin_agent.domain.gates import degradations
from fin_agent.domain.money import rounded
from fin_agent.domain.snapshot import Snapshot


@quickly_made
@dataclass(frozen=True, slots=True)
class Score:
    """A factor's answer when its required inputs are there; ``lacking`` names optional ones."""

    value: float
    lacking: tuple[str, ...] = ()


class Factor(ABC):
    """One reason to take a setup, scored 0..100."""

    @abstractmethod
    def score(self, setup: Setup) -> Score | Missing:
        """The score, or why there is none. Absence is never a 0."""


def setup_of(snapshot: Snapshot, fx: float) -> Setup:
    """The setup of a snapshot that passed every gate; ``fx`` is USD per account unit."""
    price, gap = value_of(snapshot.price), snapshot.gap
    if price is None or gap is None:
        msg = f"{snapshot.symbol} has no price: it cannot have passed the gates"
        raise ValueError(msg)
    rvol = value_of(snapshot.rvol)
    return Setup(snapshot, price, rounded(price / fx), gap, rvol, classify(gap, rvol))


def weighted(
    factors: Sequence[tuple[str, float, Factor]], weights: Mapping[str, float]
) -> Sequence[tuple[str, float, Factor]]:
    """The factors with a person's weights; those left out keep theirs."""
    return [(name, weights.get(name, weight), factor) for name, weight, factor in factors]


def candidate_of(setup: Setup, factors: Sequence[tuple[str, float, Factor]]) -> TradeCandidate:
    """Score a setup by every configured (name, weight, factor)."""
    scores = {name: _scored(factor, weight, setup) for name, weight, factor in factors}
    return assemble(setup, scores)


def assemble(setup: Setup, scores: Mapping[str, FactorScore]) -> TradeCandidate:
    """The candidate that these scores make of a setup."""
    snapshot, daily = setup.snapshot, setup.snapshot.daily
    composite, coverage = blend(scores)
    degraded = degradations(snapshot)
    return TradeCandidate(
        symbol=snapshot.symbol,
        side=setup.side,
        gap_pct=setup.gap,
        gap_class=setup.gap_class,
        rvol=setup.rvol,
        price=setup.price,
        prev_close=daily.prev_close or 0.0,
        atr14=daily.atr14,
        atr5=daily.atr5,
        adv=daily.adv,
        factors=scores,
        composite=composite,
        coverage=coverage,
        grade=grade_of(coverage, degraded),
        headlines=snapshot.headlines.value if isinstance(snapshot.headlines, Known) else (),
        degraded=degraded,
        kid_missing=snapshot.instrument.is_packaged and not snapshot.instrument.kid,
    )


def _scored(factor: Factor, weight: float, setup: Setup) -> FactorScore:
    answer = factor.score(setup)
    if isinstance(answer, Missing):
        return FactorScore(None, weight, answer.reason)
    return FactorScore(rounded(answer.value), weight, None, answer.lacking)
