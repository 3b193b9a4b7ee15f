"""Bars too thin to fill anything, fees an order, and approvals of nothing."""

from dataclasses import replace
from decimal import Decimal

import pytest

from fin_agent.domain.entry import OrderKind
from fin_agent.domain.evidence import Known
from fin_agent.domain.gates import degradations
from fin_agent.domain.matching import Bracket, FeeTable
from fin_agent.domain.risk import Breach, RejectedPlan, RiskProfile, RiskRules, Taken
from fin_agent.testing.builders import (
    FREE_FILLS,
    SCAN,
    a_bar,
    a_bracket,
    a_plan,
    a_snapshot,
    an_intent,
    usd,
)

TENTH = replace(FREE_FILLS, participation_pct=Decimal(10))


def half_entered() -> Bracket:
    """Five of ten shares held from 100, stop 97, target 109; five still to come."""
    bracket = a_bracket(an_intent(OrderKind.LIMIT), TENTH)
    bracket.on_bar(a_bar(0, 100, 100, 99, 99.5, 50))
    assert [bracket.held, bracket.entry_left] == [5, 5]
    return bracket


def test_a_target_that_could_fill_nothing_does_not_cancel_the_entry() -> None:
    bracket = half_entered()

    assert bracket.on_bar(a_bar(1, 105, 110, 104, 108, 9)) == []
    assert [bracket.held, bracket.entry_left] == [5, 5]


def test_a_stop_that_could_fill_nothing_still_takes_the_entry_back() -> None:
    bracket = half_entered()

    assert bracket.on_bar(a_bar(1, 99, 99, 96, 96.5, 9)) == []
    assert [bracket.held, bracket.entry_left] == [5, 0]
    assert [f.reason for f in bracket.on_bar(a_bar(2, 96, 96, 95, 95, 500))] == ["stop"]


def test_an_ambiguous_stop_stays_ambiguous_until_it_fills() -> None:
    bracket = half_entered()
    bracket.cancel_entry()

    assert bracket.on_bar(a_bar(1, 100, 110, 96, 100, 9)) == []
    fills = bracket.on_bar(a_bar(2, 99, 99, 98, 98, 500))

    assert [(f.reason, f.ambiguous) for f in fills] == [("stop", True)]


def test_every_order_pays_its_own_fee_once() -> None:
    fees = FeeTable(per_order=Decimal(1))
    bracket = a_bracket(an_intent(), replace(TENTH, fees=fees))
    paid = [f.fees for f in bracket.on_bar(a_bar(0, 100, 101, 99, 100, 100))]
    paid += [f.fees for f in bracket.on_bar(a_bar(1, 110, 111, 109, 110, 40))]
    paid += [f.fees for f in bracket.on_bar(a_bar(2, 110, 111, 109, 110, 20))]
    bracket.exit_at_next_open("flat")
    paid += [f.fees for f in bracket.on_bar(a_bar(3, 108, 108, 108, 108, 500))]

    assert paid == [1, 1, 0, 1]


def test_nothing_is_never_approved() -> None:
    plan = a_plan()
    profile = RiskProfile(RiskRules(), Taken(equity=usd(500), fx=usd(1)))

    answer = profile.assess(plan, plan.levels, {}, planned=Decimal(0))

    assert isinstance(answer, RejectedPlan)
    assert answer.breaches == (Breach.POSITION,)


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        (Known((), "feed", SCAN, delay_s=900.0), ("headlines delayed by 900 s",)),
        (Known((), "feed", SCAN, degraded="from a fallback"), ("headlines from a fallback",)),
        (Known((), "feed", SCAN), ()),
    ],
)
def test_late_headlines_degrade_a_symbol(
    evidence: Known[tuple[()]], words: tuple[str, ...]
) -> None:
    snapshot = replace(a_snapshot(rvol=Known(2.0, "test", SCAN)), headlines=evidence)

    assert degradations(snapshot) == words
