"""The paper broker remembers orders by their id and reports what completed bars fill."""

from dataclasses import replace
from decimal import Decimal

import pytest

from fin_agent.adapters.brokers.paper import Paper
from fin_agent.domain.entry import OrderKind
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.market import Bar
from fin_agent.domain.matching import FeeTable, FillRules
from fin_agent.domain.order import OrderIntent, OrderState
from fin_agent.domain.session import SessionRules
from fin_agent.domain.venue import OrderReport
from fin_agent.ports import MinuteBars
from fin_agent.testing.builders import (
    FREE_FILLS,
    OPEN,
    a_bar,
    a_candidate,
    a_plan,
    a_session,
    an_intent,
    levels,
    usd,
)

SESSION = a_session()
TENTH = replace(FREE_FILLS, participation_pct=Decimal(10))
ID = "fa-test-ACME-EN1"


def a_venue(rules: FillRules = FREE_FILLS, fx: str = "1") -> Paper:
    return Paper(rules, SessionRules(), usd(fx))


async def a_venue_with(intent: OrderIntent, rules: FillRules = FREE_FILLS) -> Paper:
    venue = a_venue(rules)
    await venue.submit(intent, SESSION)
    return venue


def minute(bar: Bar, symbol: str = "ACME") -> MinuteBars:
    return MinuteBars(bar.minute, {symbol: bar})


def way_out(reason: str) -> ExitIntent:
    return ExitIntent(f"{ID}-out", ID, "ACME", Decimal(10), reason, OPEN)


def fills_of(venue: Paper, *bars: Bar) -> list[OrderReport]:
    for bar in bars:
        venue.on_bars(minute(bar))
    return list(venue.drain())


def told(reports: list[OrderReport]) -> list[tuple[str, str, int]]:
    """State, reason of the fill and cumulative entry quantity of each report."""
    return [(r.state.value, r.fill.reason if r.fill else "", int(r.filled)) for r in reports]


async def test_a_submitted_order_is_acknowledged_and_fills_with_the_next_bar() -> None:
    venue = a_venue()

    report = await venue.submit(an_intent(), SESSION)

    assert report == OrderReport(ID, OrderState.ACKED, Decimal(0))
    assert venue.drain() == []
    (filled,) = fills_of(venue, a_bar(1, 100.5))
    assert filled.fill is not None
    assert filled.state is OrderState.FILLED
    assert [filled.filled, filled.fill.price] == [10, usd("100.5")]
    assert await venue.positions() == {"ACME": 10}


async def test_the_same_id_twice_is_the_same_order() -> None:
    venue = await a_venue_with(an_intent())
    fills_of(venue, a_bar(1))

    again = await venue.submit(an_intent(), SESSION)

    assert again == OrderReport(ID, OrderState.FILLED, Decimal(10))
    assert fills_of(venue, a_bar(2)) == []
    assert await venue.positions() == {"ACME": 10}


async def test_reports_are_drained_once_and_in_order() -> None:
    venue = await a_venue_with(an_intent(), TENTH)

    reports = fills_of(venue, a_bar(1, volume=40), a_bar(2, volume=1_000), a_bar(3, 109.0))

    assert told(reports) == [
        ("ACKED", "entry", 4),
        ("FILLED", "entry", 10),
        ("FILLED", "target", 10),
    ]
    assert venue.drain() == []
    assert await venue.positions() == {}


async def test_a_cancelled_entry_never_fills() -> None:
    venue = await a_venue_with(an_intent(OrderKind.LIMIT))

    await venue.cancel(ID)

    assert told(list(venue.drain())) == [("CANCELLED", "", 0)]
    assert fills_of(venue, a_bar(1, 90.0)) == []


async def test_cancelling_a_partly_filled_entry_leaves_its_position_covered() -> None:
    venue = await a_venue_with(an_intent(), TENTH)
    fills_of(venue, a_bar(1, volume=40))

    await venue.cancel(ID)
    reports = list(venue.drain()) + fills_of(venue, a_bar(2), a_bar(3, 96.0))

    assert told(reports) == [("CANCELLED", "", 4), ("CANCELLED", "stop", 4)]


async def test_cancelling_what_is_filled_or_unknown_changes_nothing() -> None:
    venue = await a_venue_with(an_intent())
    fills_of(venue, a_bar(1))

    await venue.cancel(ID)
    await venue.cancel("never sent")

    assert venue.drain() == []
    assert await venue.positions() == {"ACME": 10}


async def test_an_exit_of_the_position_cancels_the_rest_of_the_entry() -> None:
    venue = await a_venue_with(an_intent(OrderKind.LIMIT), TENTH)

    reports = fills_of(venue, a_bar(1, volume=40), a_bar(2, 96.0, volume=1_000), a_bar(3))

    assert told(reports) == [("ACKED", "entry", 4), ("ACKED", "stop", 4), ("CANCELLED", "", 4)]


async def test_an_entry_is_cancelled_by_the_first_bar_after_its_window() -> None:
    venue = await a_venue_with(an_intent(OrderKind.LIMIT))

    reports = fills_of(venue, a_bar(119, 101.0), a_bar(120, 99.0), a_bar(121, 99.0))

    assert told(reports) == [("CANCELLED", "", 0)]


async def test_an_exit_goes_out_at_the_next_open_with_its_reason() -> None:
    venue = await a_venue_with(an_intent())
    fills_of(venue, a_bar(1))

    await venue.exit(way_out("flat"))
    (report,) = fills_of(venue, a_bar(375, 103.0, high=110.0))

    assert report.fill is not None
    assert report.fill.reason == "flat"
    assert [report.fill.price, report.fill.quantity] == [103, 10]


async def test_an_exit_before_any_fill_cancels_the_entry() -> None:
    venue = await a_venue_with(an_intent(OrderKind.LIMIT))

    await venue.exit(way_out("daily_loss"))

    assert told(list(venue.drain())) == [("CANCELLED", "", 0)]


async def test_what_was_never_sent_is_not_found() -> None:
    venue = await a_venue_with(an_intent())

    assert await venue.find("never sent") is None
    assert await venue.find(ID) == OrderReport(ID, OrderState.ACKED, Decimal(0))


async def test_positions_are_signed_and_by_symbol() -> None:
    venue = await a_venue_with(an_intent())
    short = a_plan(a_candidate("FALL", price=95.0), at=levels(100, 103, 91))
    await venue.submit(an_intent(quantity=4, plan=short), SESSION)
    await venue.submit(an_intent(quantity=5, client_order_id="second"), SESSION)

    venue.on_bars(MinuteBars(1, {"ACME": a_bar(1), "FALL": a_bar(1), "OTHER": a_bar(1)}))

    assert await venue.positions() == {"ACME": 15, "FALL": -4}


async def test_a_minute_without_a_bar_of_the_symbol_changes_nothing() -> None:
    venue = await a_venue_with(an_intent())

    venue.on_bars(minute(a_bar(1), "OTHER"))

    assert venue.drain() == []
    assert await venue.positions() == {}


async def test_what_is_left_at_the_close_goes_out_at_the_last_close() -> None:
    venue = await a_venue_with(an_intent(), FillRules())
    fills_of(venue, a_bar(1), a_bar(388, 101.0, close=100.0))

    venue.at_close()
    (report,) = venue.drain()

    assert report.fill is not None
    assert (report.fill.reason, report.fill.price, report.fill.at) == (
        "close",
        usd("99.95"),
        SESSION.close,
    )
    assert await venue.positions() == {}


@pytest.mark.parametrize("bars", [[], [a_bar(1, 101.0)]])
async def test_an_entry_that_never_filled_is_cancelled_at_the_close(bars: list[Bar]) -> None:
    venue = await a_venue_with(an_intent(OrderKind.LIMIT))
    assert fills_of(venue, *bars) == []

    venue.at_close()

    assert told(list(venue.drain())) == [("CANCELLED", "", 0)]


async def test_a_close_without_orders_is_quiet() -> None:
    venue = a_venue()

    venue.at_close()

    assert venue.drain() == []


async def test_fees_arrive_in_account_currency() -> None:
    venue = a_venue(replace(FREE_FILLS, fees=FeeTable(per_order=usd(1))), fx="1.25")
    await venue.submit(an_intent(), SESSION)

    (report,) = fills_of(venue, a_bar(1))

    assert report.fill is not None
    assert report.fill.fees == usd("0.8")


async def test_a_half_day_ends_entries_before_its_own_close() -> None:
    venue = Paper(FREE_FILLS, SessionRules(entry_window_minutes=390), usd(1))
    await venue.submit(an_intent(), a_session(closes="13:00"))

    assert told(fills_of(venue, a_bar(190))) == [("CANCELLED", "", 0)]
