"""Triggers bind in order of rank, each seeing what the ones before it reserved."""

from dataclasses import replace
from decimal import Decimal

import pytest

from fin_agent.domain.risk import RiskRules
from fin_agent.domain.session import SessionRules
from fin_agent.testing.builders import a_bar
from tests.application.worlds import PRICE, World, by_symbol, course, fates, gapping, no_cap

FIVE = ["AAA", "BBB", "CCC", "DDD", "EEE"]
RANKED = [gapping(name, 10.9 - number / 100) for number, name in enumerate(FIVE)]
TWO_FIT = replace(RiskRules(), max_exposure=Decimal(470))
CALM = {name: course((0, 10.9 - number / 100)) for number, name in enumerate(FIVE)}


async def test_all_triggers_of_a_minute_are_judged_before_any_of_them_fills() -> None:
    world = World(RANKED, CALM, risk=TWO_FIT, equity=Decimal(470))

    driver = await world.lived()

    assert [row["symbol"] for row in world.recorded("PlanApproved")] == ["AAA", "BBB"]
    assert {row["time"] for row in world.recorded("PlanApproved")} == {"09:31"}
    first, second = world.recorded("PlanApproved")
    assert Decimal(first["exposure"]) == 0
    assert Decimal(second["exposure"]) == Decimal("10.9") * Decimal(first["quantity"])
    assert fates(driver) == {
        "AAA": "filled",
        "BBB": "filled",
        **dict.fromkeys(["CCC", "DDD", "EEE"], "refused: exposure, cash"),
    }


async def test_a_refusal_is_for_the_day() -> None:
    """AAA is stopped out early and its money is free again: CCC stays refused."""
    bars = {**CALM, "AAA": course((0, 10.9), (3, 10.0))}
    world = World(RANKED, bars, risk=TWO_FIT, equity=Decimal(470))

    driver = await world.lived()

    assert by_symbol(driver.outcome())["AAA"].exit_reason == "stop"
    assert fates(driver)["CCC"] == "refused: exposure, cash"
    assert [row["symbol"] for row in world.recorded("OrderIntentCreated")] == ["AAA", "BBB"]
    assert len(world.recorded("PlanRejected")) == 3


async def test_one_order_intent_a_symbol_and_five_a_day() -> None:
    world = World(RANKED, CALM, risk=no_cap(max_entries=3), equity=Decimal(5000))

    driver = await world.lived()

    assert [row["symbol"] for row in world.recorded("OrderIntentCreated")] == FIVE[:3]
    assert fates(driver)["DDD"] == fates(driver)["EEE"] == "refused: max_entries"


async def test_the_binding_size_is_never_above_the_planned_one() -> None:
    """The first bar closes lower, so more shares would fit into 250."""
    world = World([gapping("AAA")], {"AAA": course((0, 9.9))})

    await world.lived()

    (advice,) = world.recorded("PlanAdvised")
    (approved,) = world.recorded("PlanApproved")
    assert (advice["quantity"], approved["quantity"]) == ("23", "23")
    assert float(approved["allowed"]["position"]) > 25


async def test_levels_come_from_the_trigger_and_not_from_the_plan() -> None:
    world = World([gapping("AAA")], {"AAA": course((0, 10.9))})

    await world.lived()

    (signal,), (approved,) = world.recorded("SignalGenerated"), world.recorded("PlanApproved")
    assert (signal["reference"], signal["stop"]) == ("10.8", "10.48")
    assert (approved["trigger"], approved["stop"]) == ("10.9", "10.58")


async def test_a_market_entry_that_runs_away_expires() -> None:
    world = World(
        [gapping("CHASE", 10.8), gapping("EDGE", 10.81)],
        {"CHASE": course((0, 11.02)), "EDGE": course((0, 11.02))},
    )

    driver = await world.lived()

    assert fates(driver) == {"CHASE": "expired: chase", "EDGE": "filled"}
    (expired,) = world.recorded("PlanExpired")
    assert (expired["symbol"], expired["reason"], expired["time"]) == ("CHASE", "chase", "09:31")


async def test_what_does_not_trigger_expires_at_the_end_of_the_window() -> None:
    world = World([gapping("VWAP", 10.5)], {"VWAP": course((0, 10.5), (1, 10.4), until=390)})

    driver = await world.lived()

    assert fates(driver) == {"VWAP": "expired: window"}
    (expired,) = world.recorded("PlanExpired")
    assert (expired["minute"], expired["time"]) == (120, "11:30")


async def test_a_limit_works_from_the_open_and_is_taken_back_at_the_end() -> None:
    """Half of the gap is 10.40: the price comes there after the window, or inside it."""
    deep = gapping("PULL", 10.8, rvol=4.0)
    late = World([deep], {"PULL": course((0, 10.8), (120, 10.3))})
    early = World([deep], {"PULL": course((0, 10.8), (119, 10.3))})

    driver, other = await late.lived(), await early.lived()

    assert fates(driver) == {"PULL": "not filled: order cancelled"}
    (created,) = late.recorded("OrderIntentCreated")
    assert (created["kind"], created["price"], created["time"]) == ("limit", "10.4", "09:30")
    (moved,) = [row for row in late.recorded("OrderMoved") if row["state"] == "CANCELLED"]
    assert moved["time"] == "11:30"
    assert by_symbol(other.outcome())["PULL"].entry_price == Decimal("10.3")


async def test_an_opening_range_is_decided_at_ten() -> None:
    bars = course((0, 10.8), (10, 10.95), (11, 10.8), (45, 11.0))
    world = World([gapping("RANGE", 10.8, rvol=2.8)], {"RANGE": bars})

    driver = await world.lived()

    (created,) = world.recorded("OrderIntentCreated")
    assert (created["kind"], created["price"], created["time"]) == ("stop", "10.96", "10:00")
    trade = by_symbol(driver.outcome())["RANGE"]
    assert trade.entry_time.strftime("%H:%M") == "10:15"
    assert trade.entry_price == Decimal("11.0055")  # the open of that bar and five basis points


async def test_a_symbol_that_does_not_trade_waits_for_its_first_bar() -> None:
    world = World([gapping("THIN")], {"THIN": [a_bar(7, PRICE), *course((9, PRICE))]})

    driver = await world.lived()

    (created,) = world.recorded("OrderIntentCreated")
    assert created["time"] == "09:38"
    assert by_symbol(driver.outcome())["THIN"].entry_time.strftime("%H:%M") == "09:39"


async def test_a_symbol_without_a_bar_expires() -> None:
    driver = await World([gapping("DARK")], {}).lived()

    assert fates(driver) == {"DARK": "expired: window"}


async def test_an_order_fills_in_parts_and_the_rest_is_taken_back() -> None:
    """Ten percent of 50 shares a bar are 5: after four bars the entry window is over."""
    rules = SessionRules(entry_window_minutes=5)
    world = World([gapping("THIN")], {"THIN": course((0, PRICE), volume=50.0)}, session_rules=rules)

    driver = await world.lived()

    trade = by_symbol(driver.outcome())["THIN"]
    entries = [fill for fill in trade.fills if fill.is_entry]
    assert [fill.quantity for fill in entries] == [5, 5, 5, 5]
    assert (trade.planned_quantity, trade.quantity) == (23, 20)
    assert [fill.quantity for fill in trade.fills if not fill.is_entry] == [5, 5, 5, 5]
    assert trade.exit_reason == "flat"
    (cancelled,) = [row for row in world.recorded("OrderMoved") if row["state"] == "CANCELLED"]
    assert (cancelled["filled"], cancelled["time"]) == ("20", "09:35")
    assert fates(driver) == {"THIN": "filled"}


@pytest.mark.parametrize("cap", ["7.4", "14.8", "22.2"])
async def test_the_risk_that_is_taken_never_exceeds_what_the_day_may_lose(cap: str) -> None:
    rules = replace(RiskRules(), daily_loss_cap=Decimal(cap), max_exposure=Decimal(10_000))
    world = World(RANKED, CALM, risk=rules, equity=Decimal(5000))

    await world.lived()

    risks = [
        Decimal(row["quantity"]) * (Decimal(row["trigger"]) - Decimal(row["stop"]))
        for row in world.recorded("PlanApproved")
    ]
    assert sum(risks) <= Decimal(cap)
    assert len(risks) >= 1
