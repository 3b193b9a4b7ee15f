"""A process that only takes everything out, after the agent has died."""

from datetime import timedelta
from decimal import Decimal

from fin_agent.application.live import LiveDriver
from fin_agent.domain.control import Act, ControlRequest
from fin_agent.domain.order import OrderIntent, OrderState
from fin_agent.domain.risk import TradingState
from fin_agent.testing.builders import SCAN
from tests.application.bench import ALL, ENTRY, EXIT, Bench
from tests.application.live_days import PunctualControl

FLAT = ControlRequest("w1", Act.FLAT, "out", SCAN)


async def next_process(bench: Bench) -> LiveDriver:
    """It is asked for flat, and has made its first step."""
    world = bench.world
    world.control = PunctualControl(clock=world.clock, wishes=[(SCAN, FLAT)])
    driver = await world.started(bench.venue)
    await driver.leave(world.clock.pass_(timedelta(seconds=5)))
    return driver


async def sold(bench: Bench, entry: OrderIntent, driver: LiveDriver) -> None:
    """The venue fills the way out, and the process sees it."""
    out = bench.report(driver.day.exits["AAA"], OrderState.FILLED, (EXIT, ALL))
    orders = [bench.report(entry, OrderState.FILLED, (ENTRY, ALL)), out]
    bench.venue.told(find=out, orders=[orders], positions={})
    for _ in range(3):
        await driver.leave(bench.world.clock.pass_(timedelta(seconds=5)))


async def test_what_is_held_is_sold_and_verified() -> None:
    bench = await Bench.ready()
    entry = await bench.held()
    bench.venue.told(positions={"AAA": ALL})

    driver = await next_process(bench)
    way_out = driver.day.exits["AAA"]
    assert (way_out.reason, way_out.quantity) == ("manual", ALL)
    assert driver.day.book.state is TradingState.HALTED
    assert bench.world.control.answers == {}
    await sold(bench, entry, driver)

    assert bench.world.control.answers["w1"] == {"done": True, "state": "HALTED", "open": {}}
    assert len(bench.venue.asked("exit")) == 1


async def test_what_the_venue_still_holds_is_not_called_flat() -> None:
    bench = await Bench.ready()
    bench.venue.told(positions={"ZZZ": Decimal(5)})

    driver = await next_process(bench)
    await driver.leave(bench.world.clock.pass_(timedelta(seconds=5)))

    assert bench.world.control.answers == {}


async def test_no_plan_is_decided_and_no_entry_is_sent() -> None:
    bench = await Bench.ready()
    intent = await bench.intent()

    driver = await next_process(bench)
    await driver.leave(bench.world.clock.pass_(timedelta(minutes=5)))

    assert bench.venue.asked("submit") == []
    assert bench.stored(intent.client_order_id).state is OrderState.CANCELLED
    assert bench.told("PlanTriggered")[1:] == []


async def test_the_trade_is_written_by_the_next_start_that_sees_the_bars() -> None:
    bench = await Bench.ready()
    entry = await bench.held()
    bench.venue.told(positions={"AAA": ALL})
    await sold(bench, entry, await next_process(bench))
    assert bench.world.store.records == []

    last = await bench.world.started(bench.venue)
    await last.run(bench.world.feed())

    (trade,) = bench.world.store.records
    assert (trade.symbol, trade.quantity, trade.exit_reason) == ("AAA", Decimal(23), "manual")
