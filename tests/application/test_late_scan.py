"""A scan in the session decides nothing about the time before it."""

from datetime import timedelta
from decimal import Decimal

from fin_agent.domain.snapshot import Snapshot
from fin_agent.testing.builders import OPEN, a_bar
from tests.application.worlds import World, by_symbol, course, fates, gapping


def seen_at(minute: int, symbol: str, price: float, rvol: float = 2.0) -> Snapshot:
    """A symbol whose price is of that minute of the session."""
    at = OPEN + timedelta(minutes=minute)
    return gapping(symbol, price, rvol, at=at)


async def test_a_market_entry_waits_for_the_first_bar_after_the_scan() -> None:
    bars = course((0, 10.0), (10, 10.8), (16, 10.9))
    world = World([seen_at(15, "AAA", 10.8)], {"AAA": bars})

    driver = await world.lived(minute=15)

    (created,) = world.recorded("OrderIntentCreated")
    assert (created["price"], created["time"]) == ("10.8", "09:46")
    trade = by_symbol(driver.outcome())["AAA"]
    assert trade.entry_time.strftime("%H:%M") == "09:46"
    assert driver.outcome().at == OPEN.replace(minute=45)


async def test_a_limit_works_from_the_scan_on() -> None:
    """The price was below the limit before the scan: that is gone."""
    bars = course((0, 10.1), (10, 10.8), (40, 10.3))
    world = World([seen_at(15, "PULL", 10.8, 4.0)], {"PULL": bars})

    driver = await world.lived(minute=15)

    (created,) = world.recorded("OrderIntentCreated")
    assert (created["kind"], created["time"]) == ("limit", "09:45")
    assert by_symbol(driver.outcome())["PULL"].entry_time.strftime("%H:%M") == "10:10"


async def test_the_vwap_goes_back_to_the_open() -> None:
    """Six bars are over at the scan already, at 10.00 on average: the seventh decides."""
    bars = [*course((0, 10.0), until=15), a_bar(15, 10.5, low=9.9), *course((16, 10.5))]
    world = World([seen_at(15, "VWAP", 10.5)], {"VWAP": bars})

    await world.lived(minute=15)

    (created,) = world.recorded("OrderIntentCreated")
    assert (created["price"], created["time"]) == ("10.5", "09:46")


async def test_the_opening_range_goes_back_to_the_open() -> None:
    bars = course((0, 10.8), (5, 10.95), (6, 10.8), (60, 11.0))
    world = World([seen_at(45, "RANGE", 10.8, 2.8)], {"RANGE": bars})

    driver = await world.lived(minute=45)

    (created,) = world.recorded("OrderIntentCreated")
    assert (created["price"], created["time"]) == ("10.96", "10:16")
    assert by_symbol(driver.outcome())["RANGE"].entry_price == Decimal("11.0055")


async def test_after_the_window_nothing_is_ordered() -> None:
    kinds = [("AAA", 2.0), ("PULL", 4.0), ("RANGE", 2.8)]
    snapshots = [seen_at(165, name, 10.8, rvol) for name, rvol in kinds]
    world = World(snapshots, {name: course((0, 10.8), (170, 10.3)) for name, _ in kinds})

    driver = await world.lived(minute=165)

    assert fates(driver) == dict.fromkeys(["AAA", "PULL", "RANGE"], "expired: window")
    assert {row["time"] for row in world.recorded("PlanExpired")} == {"12:15"}
    assert world.recorded("OrderIntentCreated") == []
    assert driver.outcome().trades == []


async def test_what_happened_before_a_late_scan_does_not_change_it() -> None:
    calm = course((0, 10.8))
    wild = [*course((0, 5.0), (10, 20.0), (20, 10.8), until=45), *calm[45:]]
    worlds = [World([seen_at(45, "AAA", 10.8)], {"AAA": bars}) for bars in (calm, wild)]

    outcomes = [(await world.lived(minute=45)).outcome() for world in worlds]

    assert outcomes[0].trades == outcomes[1].trades
