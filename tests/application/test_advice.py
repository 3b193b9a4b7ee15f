"""Advice judges a plan with nothing else planned, and says what still fits after its betters."""

from dataclasses import replace
from decimal import Decimal

from fin_agent.domain.risk import Breach, RiskRules
from fin_agent.testing.builders import an_instrument
from tests.application.worlds import World, course, fates, gapping, no_cap

THREE = [gapping("AAA", 10.82), gapping("BBB", 10.81), gapping("CCC", 10.8)]


async def test_each_plan_is_sized_as_if_it_were_alone() -> None:
    outcome = (await World(THREE).scanned()).outcome()

    assert [advice.plan.symbol for advice in outcome.advice] == ["AAA", "BBB", "CCC"]
    assert [advice.assessment.sizing.quantity for advice in outcome.advice] == [23, 23, 23]
    assert all(advice.is_approved for advice in outcome.advice)
    assert {advice.assessment.sizing.bound_by for advice in outcome.advice} == {Breach.POSITION}
    assert all(advice.assessment.sizing.taken.exposure == 0 for advice in outcome.advice)


async def test_what_does_not_fit_after_the_better_ones_is_told() -> None:
    outcome = (await World(THREE).scanned()).outcome()

    assert [advice.cumulative for advice in outcome.advice] == [
        (),
        (),
        (Breach.EXPOSURE, Breach.CASH),
    ]


async def test_the_cumulative_fit_counts_entries_and_risk() -> None:
    few = await World(THREE, risk=no_cap(max_entries=2), equity=Decimal(5000)).scanned()
    careful = World(THREE, risk=no_cap(daily_loss_cap=Decimal(14)), equity=Decimal(5000))

    assert [a.cumulative for a in few.outcome().advice] == [(), (), (Breach.MAX_ENTRIES,)]
    told = [a.cumulative for a in (await careful.scanned()).outcome().advice]
    assert told == [(), (), (Breach.DAILY_LOSS,)]


async def test_a_plan_that_is_refused_alone_is_shown_and_not_armed() -> None:
    dear = gapping("DEAR", 270.0, prev_close=250.0, atr14=8.0, atr5=8.0)
    world = World([dear, gapping("AAA")], {"AAA": course((0, 10.8)), "DEAR": course((0, 270.0))})

    driver = await world.lived()

    outcome = driver.outcome()
    refused = next(advice for advice in outcome.advice if advice.plan.symbol == "DEAR")
    assert refused.breaches == (Breach.POSITION,)
    assert refused.assessment.sizing.quantity == 0
    assert fates(driver) == {"AAA": "filled", "DEAR": "not armed: position"}
    assert {row["symbol"] for row in world.recorded("OrderIntentCreated")} == {"AAA"}


async def test_a_refused_plan_takes_nothing_from_those_behind_it() -> None:
    dear = gapping("DEAR", 270.0, prev_close=250.0, atr14=40.0, atr5=40.0)
    calm = [gapping("AAA", 10.82, atr14=0.05), gapping("BBB", 10.81, atr14=0.05)]
    world = World([dear, *calm])

    outcome = (await world.scanned()).outcome()

    cumulative = {advice.plan.symbol: advice.cumulative for advice in outcome.advice}
    assert cumulative == {"DEAR": (Breach.POSITION,), "AAA": (), "BBB": ()}


async def test_every_broken_limit_is_named_in_order() -> None:
    rules = RiskRules(
        max_position=Decimal(5),
        max_exposure=Decimal(5),
        daily_loss_cap=Decimal("0.1"),
        risk_per_trade_pct=Decimal("0.01"),
    )

    (advice,) = (await World([gapping("AAA")], risk=rules, equity=Decimal(8)).scanned()).day.advice

    assert advice.breaches == (
        Breach.DAILY_LOSS,
        Breach.POSITION,
        Breach.EXPOSURE,
        Breach.CASH,
        Breach.RISK,
    )


async def test_a_minimum_order_value_is_a_limit() -> None:
    world = World([gapping("AAA")], risk=replace(RiskRules(), min_order_value=Decimal(249)))

    (advice,) = (await world.scanned()).day.advice

    assert advice.breaches == (Breach.MIN_VALUE,)  # 23 shares are 248.40


async def test_correlated_plans_are_told_together_and_pass_alone() -> None:
    days = [f"2025-01-{day:02d}" for day in range(1, 32)]
    moves = [10.0 + (day * 7 % 5) / 10 for day in range(31)]
    alike = {name: dict(zip(days, moves, strict=True)) for name in ("AAA", "BBB")}
    world = World(THREE, history=alike, risk=no_cap(), equity=Decimal(5000))

    advice = {a.plan.symbol: a for a in (await world.scanned()).outcome().advice}

    assert all(one.is_approved for one in advice.values())
    assert advice["BBB"].cumulative == (Breach.CORRELATION,)
    assert advice["CCC"].cumulative == ()  # nothing is known of it, which passes


async def test_advice_is_recorded_with_all_its_numbers() -> None:
    world = World(THREE)
    await world.scanned()

    told = world.recorded("PlanAdvised")

    assert [row["symbol"] for row in told] == ["AAA", "BBB", "CCC"]
    assert told[2]["cumulative"] == ["exposure", "cash"]
    assert told[0]["quantity"] == "23"
    assert {*told[0]["allowed"]} == {"daily_loss", "position", "exposure", "cash", "risk"}


async def test_a_symbol_of_unknown_type_needs_no_key_document() -> None:
    unknown = gapping("FUND", instrument=an_instrument("FUND", None, kid=False))

    assert (await World([unknown]).scanned()).outcome().advice[0].is_approved
