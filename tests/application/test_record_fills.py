"""Reports may repeat, overtake each other and come late: the state is the same."""

from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import pytest

from fin_agent.application.assess_risk import bind
from fin_agent.application.commands import RecordReport
from fin_agent.application.day import DayDriver
from fin_agent.application.keep_journal import keep_journal
from fin_agent.application.record_fills import record_report
from fin_agent.application.submit_orders import submit_order
from fin_agent.domain.entry import OrderKind, PlanTriggered, Trigger
from fin_agent.domain.errors import Inconsistent
from fin_agent.domain.journal import TradeRecorded
from fin_agent.domain.order import Fill, OrderIntent, OrderIntentCreated, OrderState
from fin_agent.domain.venue import OrderReport
from fin_agent.testing.builders import a_fill
from tests.application.worlds import World, gapping

ALL = Decimal(23)
PARTS = [(Decimal(5), 1), (Decimal(8), 2), (Decimal(10), 3)]


async def ordered() -> tuple[World, DayDriver, str]:
    """A day whose one plan has its order, and nothing filled yet."""
    world = World([gapping("AAA")])
    driver = await world.scanned()
    (watch,) = driver.day.watches
    trigger = Trigger(OrderKind.MARKET, Decimal("10.8"))
    (created,) = await bind(driver.day, PlanTriggered(watch.plan, trigger, 1))
    assert isinstance(created, OrderIntentCreated)
    await submit_order(driver.day, created)
    (cid,) = driver.day.book.intents
    return world, driver, cid


def entry(cid: str, quantity: Decimal, minute: int) -> Fill:
    return a_fill(quantity, "10.81", minute=minute, symbol="AAA", client_order_id=cid)


def reports(cid: str) -> list[OrderReport]:
    """Three partial fills as the venue tells them, the last one with the final state."""
    told, filled = [], Decimal(0)
    for quantity, minute in PARTS:
        filled += quantity
        state = OrderState.FILLED if filled == 23 else OrderState.ACKED
        told.append(OrderReport(cid, state, filled, entry(cid, quantity, minute)))
    return told


async def record(driver: DayDriver, *given: OrderReport) -> None:
    for report in given:
        for message in await record_report(driver.day, RecordReport(report)):
            assert isinstance(message, TradeRecorded)
            await keep_journal(driver.day, message)
    await driver.day.commit()


async def test_partial_fills_add_up() -> None:
    world, driver, cid = await ordered()

    await record(driver, *reports(cid))

    intent, position = driver.day.book.intents[cid], driver.day.book.open["AAA"].position
    assert (intent.state, intent.filled) == (OrderState.FILLED, ALL)
    assert (position.quantity, position.entry_price) == (ALL, Decimal("10.81"))
    assert len(world.recorded("FillRecorded")) == 3
    assert [row["state"] for row in world.recorded("OrderMoved")] == ["ACKED", "FILLED"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_overtaking_reports_end_in_the_same_state(order: tuple[int, ...]) -> None:
    _, driver, cid = await ordered()
    told = reports(cid)

    await record(driver, *(told[place] for place in order))

    intent, position = driver.day.book.intents[cid], driver.day.book.open["AAA"].position
    assert (intent.state, intent.filled, position.quantity) == (OrderState.FILLED, ALL, ALL)
    assert driver.day.book.taken().exposure == 23 * Decimal("10.81")


async def test_repeated_reports_change_nothing() -> None:
    world, driver, cid = await ordered()
    told = reports(cid)

    await record(driver, *told, *told, told[0], told[2])

    assert driver.day.book.open["AAA"].position.quantity == 23
    assert len(world.recorded("FillRecorded")) == 3
    assert len(world.store.fills) == 3


async def test_a_report_after_the_end_changes_nothing() -> None:
    world, driver, cid = await ordered()
    told = reports(cid)
    out = replace(entry(cid, Decimal(23), 5), is_entry=False, reason="stop", price=Decimal("10.5"))
    closing = OrderReport(cid, OrderState.FILLED, Decimal(23), out)

    await record(
        driver, *told, closing, closing, told[1], OrderReport(cid, OrderState.ACKED, Decimal(5))
    )

    assert driver.day.book.open == {}
    assert driver.day.book.intents[cid].state is OrderState.FILLED
    (trade,) = driver.day.trades
    assert trade.pnl == 23 * (Decimal("10.5") - Decimal("10.81"))
    assert len(world.recorded("TradeRecorded")) == 1
    assert driver.day.book.realised == trade.pnl


async def test_less_than_was_told_before_is_ignored() -> None:
    _, driver, cid = await ordered()

    await record(driver, OrderReport(cid, OrderState.ACKED, Decimal(13)))
    await record(driver, OrderReport(cid, OrderState.ACKED, Decimal(5)))

    assert driver.day.book.intents[cid].filled == 13
    assert driver.day.book.intents[cid].left == 10


async def test_more_than_was_ordered_is_a_contradiction() -> None:
    _, driver, cid = await ordered()

    with pytest.raises(Inconsistent, match="filled 24 of 23"):
        await record(driver, OrderReport(cid, OrderState.FILLED, Decimal(24)))


async def test_a_cancelled_rest_releases_what_it_reserved() -> None:
    world, driver, cid = await ordered()
    assert driver.day.book.taken().exposure == 23 * Decimal("10.8")

    await record(driver, reports(cid)[0], OrderReport(cid, OrderState.CANCELLED, Decimal(5)))

    assert driver.day.book.taken().exposure == 5 * Decimal("10.81")
    assert driver.day.fates["AAA"] == "filled"
    stored = [i for i in world.store.intents if isinstance(i, OrderIntent)]
    assert [(i.state, i.filled) for i in stored] == [(OrderState.CANCELLED, Decimal(5))]


async def test_an_order_that_ends_without_a_fill_is_told() -> None:
    _, driver, cid = await ordered()

    await record(driver, OrderReport(cid, OrderState.CANCELLED, Decimal(0), reason="window"))

    assert driver.day.fates["AAA"] == "not filled: order cancelled"
