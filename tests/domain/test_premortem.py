"""What may go wrong today: the loss at the stops and beyond, the bets, the limit that binds."""

from dataclasses import replace
from decimal import Decimal

import pytest

from fin_agent.domain.premortem import PreMortem, pre_mortem
from fin_agent.domain.risk import ApprovedPlan, Breach, PlanAdvised, RejectedPlan, RiskRules
from fin_agent.testing.builders import a_candidate, a_plan, an_approval, levels

RULES = RiskRules(max_exposure=Decimal(4000), daily_loss_cap=Decimal(120))


def approved(symbol: str, atr14: float | None = 2.0) -> ApprovedPlan:
    """Ten shares at 100 with the stop at 97: 30 at risk."""
    candidate = replace(a_candidate(), symbol=symbol, atr14=atr14)
    return an_approval(a_plan(candidate, at=levels()))


def asked(*plans: ApprovedPlan, known: float | None = None) -> PreMortem:
    symbols = sorted(one.plan.symbol for one in plans)
    pairs = {(a, b): known for a in symbols for b in symbols if a < b}
    return pre_mortem([PlanAdvised(one, ()) for one in plans], RULES, pairs)


def test_every_stop_is_hit_or_jumped_over() -> None:
    found = asked(approved("A"), approved("B"))

    assert found.plans == 2
    assert found.loss_at_stops == 60
    assert found.loss_at_gaps == 60 + 2 * 10 * 2 * 2


def test_without_an_atr_nobody_knows_how_far_a_gap_goes() -> None:
    assert asked(approved("A"), approved("B", atr14=None)).loss_at_gaps is None


@pytest.mark.parametrize(
    ("known", "bets", "unknown"), [(0.0, 2.0, 0), (1.0, 1.0, 0), (-0.5, 2.0, 0), (None, 1.0, 1)]
)
def test_bets_that_move_together_are_fewer(known: float | None, bets: float, unknown: int) -> None:
    found = asked(approved("A"), approved("B"), known=known)

    assert found.effective_bets == pytest.approx(bets)
    assert found.unknown_correlations == unknown


def test_the_limit_that_binds_first() -> None:
    found = asked(approved("A"), approved("B"))
    shares = {use.limit: use.share for use in found.uses}

    assert shares[Breach.DAILY_LOSS] == 0.5
    assert shares[Breach.EXPOSURE] == 0.5
    assert shares[Breach.POSITION] == 4.0
    assert found.binds_first is Breach.POSITION
    assert Breach.CASH in shares


def test_who_may_borrow_is_not_bound_by_cash() -> None:
    advice = [PlanAdvised(approved("A"), ())]
    found = pre_mortem(advice, replace(RULES, allow_borrowing=True), {})

    assert Breach.CASH not in {use.limit for use in found.uses}


def test_a_refused_plan_risks_nothing() -> None:
    yes = approved("A")
    no = RejectedPlan(yes.plan, yes.levels, yes.sizing, (Breach.RISK,))
    found = pre_mortem([PlanAdvised(no, ())], RULES, {})

    assert found.plans == 0
    assert found.loss_at_stops == 0
    assert found.loss_at_gaps == 0
    assert (found.effective_bets, found.binds_first) == (None, None)
    assert all(use.share == 0.0 for use in found.uses)
