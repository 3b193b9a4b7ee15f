"""Prices and fx in another unit change no decision.

Both are scaled by a power of two, so that floats stay exact. Compared are verdicts, scores and the
terms of the size; prices on their tick are not, since a tick does not scale.
"""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.domain.candidate import TradeCandidate
from fin_agent.domain.evidence import Known
from fin_agent.domain.factor import candidate_of, setup_of
from fin_agent.domain.factors.catalyst import Catalyst
from fin_agent.domain.factors.liquidity import Liquidity
from fin_agent.domain.factors.sentiment import Sentiment
from fin_agent.domain.factors.volatility import Volatility
from fin_agent.domain.gates import ScanRules
from fin_agent.domain.plan import PlanRules, stop_pct, target_pct
from fin_agent.domain.risk import Breach, RejectedPlan, RiskProfile, RiskRules, Taken
from fin_agent.domain.snapshot import Snapshot
from fin_agent.domain.verdict import failures, judge
from fin_agent.testing.builders import a_context, a_headline, a_plan, a_snapshot, levels

FACTORS = (
    ("volatility", 0.4, Volatility()),
    ("catalyst", 0.3, Catalyst()),
    ("sentiment", 0.1, Sentiment()),
    ("liquidity", 0.2, Liquidity()),
)
PLANS = (
    PlanRules(),
    PlanRules(target_rule="r_multiple"),
    PlanRules(stop_rule="legacy", target_rule="legacy"),
)
SCALES = st.sampled_from([0.25, 0.5, 2.0, 8.0])
RATES = st.sampled_from([1.0, 1.0837, 0.9])


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    prev_close = draw(st.integers(150, 35_000)) / 100
    move = draw(st.sampled_from([0.5, 0.8, 0.96, 1.0, 1.04, 1.06, 1.2, 2.0]) | st.floats(0.4, 2.1))
    return a_snapshot(
        prev_close * move,
        prev_close,
        draw(st.none() | st.floats(0.5, 6)),
        atr14=draw(st.floats(0.01, 20)),
        adv=draw(st.floats(1e6, 2e7)),
        headlines=[a_headline(sentiment=0.4)],
    )


def scaled(snapshot: Snapshot, k: float) -> Snapshot:
    price, daily = snapshot.price, snapshot.daily
    assert isinstance(price, Known)
    return replace(
        snapshot,
        price=replace(price, value=price.value * k),
        daily=replace(
            daily,
            prev_close=_times(daily.prev_close, k),
            atr14=_times(daily.atr14, k),
            atr5=_times(daily.atr5, k),
            adv=_times(daily.adv, k),
        ),
    )


def _times(value: float | None, k: float) -> float | None:
    return None if value is None else value * k


def scores(candidate: TradeCandidate) -> list[object]:
    return [
        candidate.side,
        candidate.gap_pct,
        candidate.gap_class,
        candidate.composite,
        candidate.coverage,
        {name: factor.score for name, factor in candidate.factors.items()},
    ]


@given(snapshot=snapshots(), fx=RATES, k=SCALES, shorts=st.booleans())
def test_no_verdict_changes(snapshot: Snapshot, fx: float, k: float, shorts: bool) -> None:
    rules = ScanRules(allow_short=shorts)
    here, there = a_context(rules, fx), a_context(rules, fx * k)
    other = scaled(snapshot, k)

    left, right = judge(snapshot, here), judge(other, there)

    assert failures(snapshot, here) == failures(other, there)
    if left is None or right is None:
        assert left is right
    else:
        assert (left.verdict, left.measured) == (right.verdict, right.measured)


@given(snapshot=snapshots(), fx=RATES, k=SCALES)
def test_no_score_changes(snapshot: Snapshot, fx: float, k: float) -> None:
    here = candidate_of(setup_of(snapshot, fx), FACTORS)
    there = candidate_of(setup_of(scaled(snapshot, k), fx * k), FACTORS)

    assert scores(here) == scores(there)


@given(entry=st.floats(2, 300), atr5=st.none() | st.floats(0, 20), atr14=st.floats(0, 20), k=SCALES)
def test_stop_and_target_percents_do_not_change(
    entry: float, atr5: float | None, atr14: float, k: float
) -> None:
    for rules in PLANS:
        here = stop_pct(rules, entry, atr5, atr14)
        there = stop_pct(rules, entry * k, _times(atr5, k), atr14 * k)
        assert there == here
        assert target_pct(rules, entry * k, there, atr14 * k) == target_pct(
            rules, entry, here, atr14
        )


@given(
    cents=st.integers(200, 30_000),
    risk=st.integers(1, 100),
    fx=RATES,
    k=SCALES,
    spent=st.integers(0, 33),
    lot=st.sampled_from(["1", "0.0001"]),
)
def test_no_size_and_no_breach_changes(
    cents: int, risk: int, fx: float, k: float, spent: int, lot: str
) -> None:
    entry, scale = Decimal(cents) / 100, Decimal(repr(k))
    here = levels(entry, entry - Decimal(risk) / 100, entry * 2)
    there = levels(here.entry * scale, here.stop * scale, here.target * scale)
    rules = RiskRules(lot=Decimal(lot))
    taken = Taken(Decimal(500), Decimal(repr(fx)), day_loss=Decimal(spent))

    left = RiskProfile(rules, taken).assess(a_plan(at=here), here, {})
    right = RiskProfile(rules, replace(taken, fx=taken.fx * scale)).assess(
        a_plan(at=there), there, {}
    )

    assert right.sizing.allowed == left.sizing.allowed
    assert right.sizing.quantity == left.sizing.quantity
    assert _breaches(right) == _breaches(left)


def _breaches(answer: object) -> tuple[Breach, ...]:
    return answer.breaches if isinstance(answer, RejectedPlan) else ()


@pytest.mark.parametrize("k", [0.25, 8.0])
def test_the_same_prices_without_their_fx_are_another_decision(k: float) -> None:
    snapshot = a_snapshot(42.0, 40.0, adv=10_000_000.0)

    assert judge(snapshot, a_context()) is None
    assert judge(scaled(snapshot, k), a_context(fx=k)) is None
    assert judge(scaled(snapshot, k), a_context()) is not None
