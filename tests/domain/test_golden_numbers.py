"""The original formulas give the original numbers (strategy.md section 14)."""

from dataclasses import dataclass

import pytest

from fin_agent.domain.candidate import TradeCandidate
from fin_agent.domain.entries.market import Market
from fin_agent.domain.entries.opening_range import OpeningRange
from fin_agent.domain.entries.pullback import Pullback
from fin_agent.domain.entries.vwap import Vwap
from fin_agent.domain.entry import Entry
from fin_agent.domain.factor import candidate_of, setup_of
from fin_agent.domain.factors.catalyst import Catalyst
from fin_agent.domain.factors.liquidity import Liquidity
from fin_agent.domain.factors.sentiment import Sentiment
from fin_agent.domain.factors.volatility import Volatility
from fin_agent.domain.plan import Levels, PlanRules, levels_at
from fin_agent.testing.builders import a_snapshot

TOLERANCE = 0.02  # the original wrote 3.33 for 20/6
FACTORS = (
    ("volatility", 0.4, Volatility()),
    ("catalyst", 0.3, Catalyst()),
    ("sentiment", 0.1, Sentiment()),
    ("liquidity", 0.2, Liquidity()),
)
ENTRIES: tuple[tuple[str, Entry], ...] = (
    ("pullback", Pullback()),
    ("vwap", Vwap()),
    ("opening_range", OpeningRange()),
    ("market", Market()),
)
LEGACY = PlanRules(stop_rule="legacy", target_rule="legacy")


@dataclass(frozen=True, slots=True)
class Golden:
    """One row of the table."""

    gap: float
    rvol: float
    atr14: float
    price: float
    gap_class: str
    scores: tuple[float, float, float]
    entry: str
    reference: float
    stop_pct: float
    target_pct: float

    def candidate(self) -> TradeCandidate:
        prev_close = self.price / (1 + self.gap / 100)
        snapshot = a_snapshot(self.price, prev_close, self.rvol, atr14=self.atr14, headlines=())
        return candidate_of(setup_of(snapshot, 1.0), FACTORS)

    def chosen(self) -> tuple[str, Entry]:
        candidate = self.candidate()
        return next((name, entry) for name, entry in ENTRIES if entry.applies(candidate))

    def levels(self) -> Levels:
        candidate = self.candidate()
        return levels_at(candidate, self.chosen()[1].reference(candidate), LEGACY)


ROWS = (
    Golden(6, 4, 2, 106, "breakaway", (75.53, 30, 80), "vwap", 105.47, 3.79, 7.59),
    Golden(4.5, 1.6, 1, 50, "common", (46.67, 0, 72), "vwap", 49.75, 4.02, 8.04),
    Golden(8, 2.6, 3, 60, "runaway", (83.33, 24, 92), "opening_range", 60.60, 9.90, 19.80),
    Golden(12, 3.5, 5, 40, "breakaway", (98, 30, 100), "pullback", 37.86, 26.42, 52.83),
    Golden(-7, 4, 3, 90, "breakaway", (90, 30, 100), "pullback", 93.39, 6.42, 12.85),
    Golden(7, 2.0, 2, 290, "common", (41.90, 0, 50), "market", 290, 3.00, 6.00),
    Golden(6.5, 1.8, 2, 30, "common", (63.33, 0, 76), "market", 30, 13.33, 26.67),
    Golden(5, 5, 0.5, 20, "runaway", (68.33, 30, 100), "vwap", 19.90, 5.03, 10.05),
)
golden = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.gap:+g}% rvol {row.rvol:g}")


@golden
def test_the_gap_has_its_class(row: Golden) -> None:
    assert row.candidate().gap_class.value == row.gap_class


@golden
def test_the_factors_have_their_scores(row: Golden) -> None:
    factors = row.candidate().factors

    scores = [factors[name].score for name in ("volatility", "catalyst", "liquidity")]

    assert scores == pytest.approx(row.scores, abs=TOLERANCE)


@golden
def test_without_headlines_sentiment_is_absent_and_never_scored_as_zero(row: Golden) -> None:
    candidate = row.candidate()

    assert candidate.factors["sentiment"].score is None
    assert candidate.coverage == 0.9
    volatility, catalyst, liquidity = row.scores
    weighted = 0.4 * volatility + 0.3 * catalyst + 0.2 * liquidity
    assert candidate.composite == pytest.approx(weighted / 0.9, abs=TOLERANCE)


@golden
def test_the_entry_and_its_reference_price_follow_from_gap_and_volume(row: Golden) -> None:
    name, entry = row.chosen()

    assert name == row.entry
    assert float(entry.reference(row.candidate())) == pytest.approx(row.reference, abs=TOLERANCE)


@golden
def test_the_legacy_rules_give_the_legacy_stop_and_target(row: Golden) -> None:
    levels = row.levels()

    assert levels.stop_pct == pytest.approx(row.stop_pct, abs=TOLERANCE)
    assert levels.target_pct == pytest.approx(row.target_pct, abs=TOLERANCE)
    assert levels.target_pct / levels.stop_pct == pytest.approx(2.0, abs=TOLERANCE)
