"""The loss lock, the end of the day, and half-days: everything out, with its reason."""

from dataclasses import replace
from decimal import Decimal

import pytest

from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.order import OrderState
from fin_agent.domain.risk import RiskRules
from fin_agent.testing.builders import a_bar, a_session
from tests.application.worlds import PRICE, World, by_symbol, course, fates, gapping

CRASH = course((0, PRICE), (20, 9.5))
"""Through its stop at the open of 09:50: 23 shares lose 23 * (10.8054 - 9.4952) = 30.1346."""


def capped(cap: str) -> RiskRules:
    return replace(RiskRules(), daily_loss_cap=Decimal(cap))


async def test_the_loss_cap_locks_the_day_and_takes_everything_out() -> None:
    snapshots = [gapping("AAA"), gapping("BBB", 10.79)]
    world = World(snapshots, {"AAA": CRASH, "BBB": course((0, 10.79))}, risk=capped("20"))

    driver = await world.lived()

    (locked,) = world.recorded("SessionLocked")
    assert (locked["minute"], locked["time"], locked["cap"]) == (21, "09:51", "20")
    assert Decimal(locked["day_pnl"]) <= -30
    trades = by_symbol(driver.outcome())
    assert {name: trade.exit_reason for name, trade in trades.items()} == {
        "AAA": "stop",
        "BBB": "daily_loss",
    }
    assert trades["BBB"].exit_time.strftime("%H:%M") == "09:51"  # the next open
    assert driver.outcome().is_locked
    (ordered,) = world.recorded("ExitOrdered")
    assert (ordered["symbol"], ordered["reason"]) == ("BBB", "daily_loss")


async def test_a_lock_takes_working_entries_back_and_expires_waiting_plans() -> None:
    snapshots = [gapping("AAA"), gapping("PULL", 10.8, rvol=4.0), gapping("VWAP", 10.5)]
    bars = {
        "AAA": CRASH,
        "PULL": course((0, 10.8), (30, 10.3)),
        "VWAP": course((0, 10.5), (1, 10.4), (30, 10.6)),
    }
    world = World(snapshots, bars, risk=capped("20"))

    driver = await world.lived()

    assert fates(driver) == {
        "AAA": "filled",
        "PULL": "not filled: order cancelled",
        "VWAP": "expired: locked",
    }
    assert set(by_symbol(driver.outcome())) == {"AAA"}


async def test_after_a_lock_nothing_is_admitted() -> None:
    snapshots = [gapping("AAA"), gapping("RANGE", 10.8, rvol=2.8)]
    bars = {"AAA": CRASH, "RANGE": course((0, 10.8), (40, 11.2))}
    world = World(snapshots, bars, risk=capped("20"))

    driver = await world.lived()

    assert fates(driver)["RANGE"] == "expired: locked"
    assert [row["symbol"] for row in world.recorded("OrderIntentCreated")] == ["AAA"]
    assert len(world.recorded("SessionLocked")) == 1


async def test_a_realised_loss_counts_with_the_open_one() -> None:
    """AAA is stopped at 10.40, BBB is 0.30 down: neither loss alone reaches the cap."""
    bars = {"AAA": course((0, PRICE), (10, 10.4)), "BBB": course((0, 10.79), (30, 10.49))}
    aaa, bbb = gapping("AAA"), gapping("BBB", 10.79)
    alone = [World([one], bars, risk=capped("15")) for one in (aaa, bbb)]
    together = World([aaa, bbb], bars, risk=capped("15"))

    assert not any([(await world.lived()).outcome().is_locked for world in alone])
    outcome = (await together.lived()).outcome()
    reasons = {symbol: trade.exit_reason for symbol, trade in by_symbol(outcome).items()}
    assert reasons == {"AAA": "stop", "BBB": "daily_loss"}


@pytest.mark.parametrize(("cap", "is_locked"), [("30.1346", True), ("30.1347", False)])
async def test_a_loss_exactly_at_the_cap_locks(cap: str, *, is_locked: bool) -> None:
    driver = await World([gapping("AAA")], {"AAA": CRASH}, risk=capped(cap)).lived()

    assert driver.outcome().result.pnl == Decimal("-30.1346")
    assert driver.outcome().is_locked is is_locked


async def test_everything_is_out_a_quarter_before_the_close() -> None:
    world = World([gapping("AAA")], {"AAA": course((0, PRICE))})

    driver = await world.lived()

    (ordered,) = world.recorded("ExitOrdered")
    assert (ordered["reason"], ordered["quantity"], ordered["time"]) == ("flat", "23", "15:45")
    trade = by_symbol(driver.outcome())["AAA"]
    assert (trade.exit_reason, trade.exit_time.strftime("%H:%M")) == ("flat", "15:45")
    assert world.recorded("SessionClosed")[0]["flat"] is True


async def test_a_half_day_is_flat_at_a_quarter_to_one() -> None:
    half = a_session(closes="13:00")
    world = World([gapping("AAA")], {"AAA": course((0, PRICE), until=210)}, session=half)

    driver = await world.lived()

    trade = by_symbol(driver.outcome())["AAA"]
    assert (trade.exit_reason, trade.exit_time.strftime("%H:%M")) == ("flat", "12:45")


async def test_a_thin_symbol_goes_out_bar_by_bar() -> None:
    """The last quarter takes 5 shares a bar; 23 need five of them."""
    bars = [*course((0, PRICE), until=370), *course((370, PRICE), volume=50.0)]
    world = World([gapping("THIN")], {"THIN": bars})

    driver = await world.lived()

    trade = by_symbol(driver.outcome())["THIN"]
    exits = [fill for fill in trade.fills if not fill.is_entry]
    assert [fill.quantity for fill in exits] == [5, 5, 5, 5, 3]
    assert {fill.reason for fill in exits} == {"flat"}
    assert len(world.recorded("ExitOrdered")) == 1


async def test_what_cannot_be_sold_is_marked_out_at_the_close() -> None:
    world = World([gapping("GONE")], {"GONE": course((0, PRICE), until=300)})

    driver = await world.lived()

    trade = by_symbol(driver.outcome())["GONE"]
    assert (trade.exit_reason, trade.exit_time.strftime("%H:%M")) == ("close", "16:00")
    assert world.recorded("SessionClosed")[0]["flat"] is False


async def test_a_stop_that_is_working_off_keeps_its_reason_through_the_lock() -> None:
    """The stop begins at minute 20; the lock comes while the rest is going out."""
    bars = [*course((0, PRICE), until=20), *course((20, 10.4), (23, 9.0), volume=50.0)]
    rules = replace(RiskRules(), daily_loss_cap=Decimal(20))
    world = World([gapping("THIN")], {"THIN": bars}, risk=rules)

    driver = await world.lived()

    trade = by_symbol(driver.outcome())["THIN"]
    assert driver.outcome().is_locked
    assert {fill.reason for fill in trade.fills if not fill.is_entry} == {"stop"}


async def test_an_exit_is_stored_before_it_is_sent_and_ends_filled() -> None:
    world = World([gapping("AAA")], {"AAA": course((0, PRICE))})

    await world.lived()

    (exit_,) = [intent for intent in world.store.intents if isinstance(intent, ExitIntent)]
    assert exit_.state is OrderState.FILLED
    assert exit_.client_order_id != exit_.entry_id
    assert "-EX1-" in exit_.client_order_id


async def test_a_target_ends_a_trade_without_an_order_of_ours() -> None:
    bars = course((0, PRICE), (50, 12.0))
    world = World([gapping("AAA")], {"AAA": bars})

    driver = await world.lived()

    trade = by_symbol(driver.outcome())["AAA"]
    assert (trade.exit_reason, trade.kpi) == ("target", True)
    assert world.recorded("ExitOrdered") == []


async def test_the_kpi_runs_on_after_the_exit_and_is_final_at_the_close() -> None:
    """Stopped out; later the price is 7 % up, but -3 % came first."""
    bars = [*course((0, PRICE), until=30), a_bar(30, 10.4), *course((31, 12.0))]
    world = World([gapping("AAA")], {"AAA": bars})

    driver = await world.lived()

    assert by_symbol(driver.outcome())["AAA"].kpi is False
    stored = world.store.records[-1]
    assert (stored.exit_reason, stored.kpi) == ("stop", False)
