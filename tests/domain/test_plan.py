"""Stop, target and expectation follow from the entry price (strategy.md section 6)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.domain.candidate import Grade
from fin_agent.domain.errors import InvalidValue
from fin_agent.domain.market import Side
from fin_agent.domain.money import tick_size
from fin_agent.domain.plan import (
    Levels,
    PlanRules,
    SignalGenerated,
    kelly,
    levels_at,
    stop_pct,
    target_pct,
    win_probability,
)
from fin_agent.testing.builders import a_candidate, a_plan, levels, usd
from tests.domain.worked_examples import MRNA, TRADES, WorkedTrade

TIGHTER, LEGACY = PlanRules(), PlanRules(stop_rule="legacy", target_rule="legacy")
R_MULTIPLE = PlanRules(target_rule="r_multiple")
LONG, SHORT = a_candidate(price=105.0), a_candidate(price=95.0)

worked = pytest.mark.parametrize("trade", TRADES, ids=lambda trade: trade.symbol)


@worked
def test_the_plan_of_the_worked_example(trade: WorkedTrade) -> None:
    plan = trade.plan

    assert (plan.levels.stop, plan.levels.target) == (trade.planned.stop, trade.planned.target)
    assert (plan.levels.stop_pct, plan.levels.target_pct) == (3.0, 9.0)
    assert plan.levels.reward_r == trade.reward_r
    assert (plan.win_probability, plan.kelly) == (trade.win_probability, trade.kelly)


@worked
def test_the_trigger_of_the_worked_example_moves_every_level(trade: WorkedTrade) -> None:
    bound = trade.plan.at_trigger(trade.bound.entry)

    assert (bound.stop, bound.target) == (trade.bound.stop, trade.bound.target)


@worked
def test_a_trigger_at_the_reference_moves_no_level(trade: WorkedTrade) -> None:
    plan = trade.plan

    assert plan.at_trigger(plan.reference) == plan.levels
    assert plan.at_trigger(+plan.reference) == plan.levels


@pytest.mark.parametrize(
    ("atr5", "percent"),
    [(None, 3.0), (0.1, 0.5), (0.25, 0.5), (0.5, 1.0), (1.0, 2.0), (1.5, 3.0), (9.0, 3.0)],
)
def test_the_tighter_stop_is_twice_the_atr_between_half_and_three_percent(
    atr5: float | None, percent: float
) -> None:
    assert stop_pct(TIGHTER, 100.0, atr5, 50.0) == percent


@pytest.mark.parametrize(("atr14", "percent"), [(None, 3.0), (1.0, 3.0), (1.5, 3.0), (4.0, 8.0)])
def test_the_legacy_stop_is_the_wider_of_three_percent_and_twice_the_atr(
    atr14: float | None, percent: float
) -> None:
    assert stop_pct(LEGACY, 100.0, 0.1, atr14) == percent


def test_the_fixed_target_is_nine_percent_whatever_the_stop() -> None:
    assert target_pct(TIGHTER, 100.0, 0.5, 5.0) == 9.0


def test_the_r_multiple_target_is_three_stops_away() -> None:
    assert target_pct(R_MULTIPLE, 100.0, 1.25, 5.0) == 3.75


@pytest.mark.parametrize(("atr14", "percent"), [(None, 9.0), (1.0, 6.0), (1.5, 6.0), (4.0, 16.0)])
def test_the_legacy_target_is_the_wider_of_two_stops_and_four_atr(
    atr14: float | None, percent: float
) -> None:
    assert target_pct(LEGACY, 100.0, 3.0, atr14) == percent


@pytest.mark.parametrize(
    ("entry", "stop", "target"),
    [
        ("100", "97.00", "109.00"),
        ("100.01", "97.01", "109.01"),  # 97.0097 up, 109.0109 down
        ("59.035", "57.27", "64.34"),  # 57.26395 up, 64.34815 down
        ("0.5123", "0.4970", "0.5584"),  # 0.496931 up, 0.558407 down, on ticks of 0.0001
        ("1.02", "0.9894", "1.11"),  # the stop falls below 1 USD, where ticks are finer
        ("0.95", "0.9215", "1.03"),  # 1.0355 rises above 1 USD, where they are coarser
    ],
)
def test_a_long_rounds_its_stop_up_and_its_target_down(entry: str, stop: str, target: str) -> None:
    drawn = levels_at(LONG, usd(entry), TIGHTER)

    assert [drawn.stop, drawn.target] == [usd(stop), usd(target)]


@pytest.mark.parametrize(
    ("entry", "stop", "target"),
    [
        ("100", "103.00", "91.00"),
        ("100.01", "103.01", "91.01"),  # 103.0103 down, 91.0091 up
        ("59.18", "60.95", "53.86"),  # 60.9554 down, 53.8538 up
        ("0.5123", "0.5276", "0.4662"),  # 0.527669 down, 0.466193 up
        ("0.99", "1.01", "0.9009"),  # 1.0197 down to a tick of 0.01
    ],
)
def test_a_short_rounds_its_stop_down_and_its_target_up(entry: str, stop: str, target: str) -> None:
    drawn = levels_at(SHORT, usd(entry), TIGHTER)

    assert [drawn.stop, drawn.target] == [usd(stop), usd(target)]


@pytest.mark.parametrize(
    ("candidate", "entry", "stop"),
    [
        (LONG, "1.50", "1.49"),  # 1.4925 would round up to the entry itself
        (SHORT, "1.50", "1.51"),  # 1.5075 would round down to it
        (LONG, "1.505", "1.49"),  # 1.50 is only half a tick away
        (SHORT, "1.505", "1.52"),
        (LONG, "0.0100", "0.0099"),
    ],
)
def test_the_stop_is_at_least_one_tick_away(candidate: object, entry: str, stop: str) -> None:
    side = LONG if candidate is LONG else SHORT
    calm = replace(side, atr5=0.0)

    assert levels_at(calm, usd(entry), TIGHTER).stop == usd(stop)


@given(
    cents=st.integers(200, 30_000),
    atr5=st.none() | st.floats(0, 50),
    atr14=st.none() | st.floats(0, 20),
    is_long=st.booleans(),
    rules=st.sampled_from([TIGHTER, R_MULTIPLE, PlanRules(target_rule="legacy")]),
)
def test_stop_and_target_are_ticks_on_the_right_sides_and_never_further_than_asked(
    cents: int, atr5: float | None, atr14: float | None, is_long: bool, rules: PlanRules
) -> None:
    entry, sign = Decimal(cents) / 100, 1 if is_long else -1
    side = LONG if is_long else SHORT

    drawn = levels_at(replace(side, atr5=atr5, atr14=atr14), entry, rules)

    assert sign * drawn.stop < sign * entry < sign * drawn.target
    for price in (drawn.stop, drawn.target):
        assert price % tick_size(price) == 0
    tick, noise = tick_size(entry), Decimal("0.00001")
    assert drawn.risk_per_share >= tick
    assert drawn.risk_per_share <= max(tick, entry * usd(drawn.stop_pct) / 100) + noise
    assert abs(drawn.target - entry) <= entry * usd(drawn.target_pct) / 100 + noise


@pytest.mark.parametrize(
    ("side", "stop", "target"),
    [
        (Side.LONG, 100, 109),
        (Side.LONG, 101, 109),
        (Side.LONG, 97, 100),
        (Side.SHORT, 97, 109),
        (Side.SHORT, 103, 100),
    ],
)
def test_levels_out_of_order_are_refused(side: Side, stop: int, target: int) -> None:
    with pytest.raises(InvalidValue, match=f"{side} levels out of order"):
        Levels(side, Decimal(100), Decimal(stop), Decimal(target), 3.0, 9.0)


def test_reward_is_measured_in_units_of_the_risk() -> None:
    assert levels(100, 97, 109).reward_r == 3.0
    assert levels(100, 103, 91).reward_r == 3.0
    assert levels("25.17", "24.42", "27.43").reward_r == 3.013333


@pytest.mark.parametrize(
    ("composite", "reward_r", "probability"),
    [
        (50.0, 2.0, 0.60),
        (60.0, 2.0, 0.62),
        (50.0, 3.0, 0.55),
        (64.445387, 3.013333, 0.578224),
        (100.0, 0.5, 0.75),
        (0.0, 8.0, 0.40),
    ],
)
def test_the_win_probability_is_the_originals_between_its_bounds(
    composite: float, reward_r: float, probability: float
) -> None:
    assert win_probability(composite, reward_r) == probability


@pytest.mark.parametrize(
    ("probability", "reward_r", "share"),
    [
        (0.578224, 3.013333, 0.109564),
        (0.6, 2.0, 0.1),
        (0.4, 1.0, 0.0),
        (0.75, 1e9, 0.1875),
    ],
)
def test_a_quarter_of_kelly_is_never_negative(
    probability: float, reward_r: float, share: float
) -> None:
    assert kelly(probability, reward_r) == share


def test_kelly_is_never_more_than_a_quarter() -> None:
    assert kelly(1.0, 2.0) == 0.25


def test_a_plan_speaks_for_its_candidate() -> None:
    plan = a_plan(a_candidate("ACME", grade=Grade.C, rank=3), reference="104.50")

    assert (plan.symbol, plan.rank, plan.grade) == ("ACME", 3, Grade.C)
    assert (plan.side, plan.reference) == (Side.LONG, usd("104.50"))


def test_the_signal_records_the_plan() -> None:
    payload = SignalGenerated(MRNA.plan).payload()

    assert payload == {
        "plan_id": "plan-MRNA",
        "symbol": "MRNA",
        "side": "long",
        "entry": "market",
        "reference": usd("25.17"),
        "stop": usd("24.42"),
        "target": usd("27.43"),
        "stop_pct": 3.0,
        "target_pct": 9.0,
        "reward_r": 3.013333,
        "win_probability": 0.578224,
        "kelly": 0.109564,
    }
