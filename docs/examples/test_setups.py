"""A factor and an entry tested alone: values in, an answer out, nothing to set up."""

# ruff: noqa: S101 - assert is how pytest asks

from decimal import Decimal

from docs.examples.gap_in_atr import GapInAtr
from docs.examples.holds_open import HoldsOpen
from fin_agent.domain.entry import OrderKind, Trigger
from fin_agent.domain.evidence import Missing
from fin_agent.domain.factor import Score, setup_of
from fin_agent.domain.session import SessionRules
from fin_agent.testing.builders import a_bar, a_candidate, a_plan, a_snapshot


def test_a_gap_of_two_usual_ranges_is_half_of_four() -> None:
    setup = setup_of(a_snapshot(price=104.0, prev_close=100.0, atr14=2.0), fx=1.0)

    assert GapInAtr(full_at=4).score(setup) == Score(50.0)


def test_without_its_input_a_factor_is_absent_and_not_zero() -> None:
    setup = setup_of(a_snapshot(atr14=None), fx=1.0)

    assert GapInAtr().score(setup) == Missing("ATR(14) missing")


def test_the_first_bar_that_closes_above_the_open_triggers_once_it_is_time() -> None:
    watch = HoldsOpen(minutes=2).watch(a_plan(a_candidate(price=105.0)), SessionRules())

    assert watch.after_bar(a_bar(0, 105.0, close=105.5)) is None
    assert watch.after_bar(a_bar(1, 105.5, close=104.5)) is None
    assert watch.after_bar(a_bar(2, 104.5, close=106.0)) == Trigger(
        OrderKind.MARKET, Decimal("106.0")
    )
