"""What a minute brings is stored together, and all of it before the venue is asked anything."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from fin_agent.application.commands import CancelEntries, Reconcile, RecordReport, WorkExits
from fin_agent.application.live import LiveDriver
from fin_agent.domain.entry import Expiry
from fin_agent.domain.errors import StateUnavailable
from fin_agent.domain.order import OrderIntent, OrderState
from fin_agent.domain.venue import OrderReport, Part
from fin_agent.testing.stores import MemoryStore
from fin_agent.testing.venue import FakeVenue, Fault
from tests.application.bench import ALL, Bench
from tests.application.live_days import CrashingStore, LiveWorld, paper

PENDING, SENDING, ACKED = OrderState.PENDING, OrderState.SENDING, OrderState.ACKED


@dataclass
class Counted(CrashingStore):
    """Remembers the orders and fills of each transaction."""

    orders: list[dict[str, OrderState]] = field(default_factory=list)
    filled: list[list[str]] = field(default_factory=list)

    def take(self, work: MemoryStore) -> None:
        entries = [order for order in work.intents if isinstance(order, OrderIntent)]
        self.orders += [{order.symbol: order.state for order in entries}] if entries else []
        self.filled += [[fill.symbol for fill in work.fills]] if work.fills else []
        super().take(work)


async def test_orders_of_one_minute_are_decided_sent_and_answered_in_four_transactions() -> None:
    """Each leaves with a transaction of its own: nothing is sent that is not SENDING on disk."""
    store = Counted()

    await LiveWorld(store=store).lived(paper())

    assert store.orders[:4] == [
        {"AAA": PENDING, "BBB": PENDING},
        {"AAA": SENDING},
        {"BBB": SENDING},
        {"AAA": ACKED, "BBB": ACKED},
    ]


async def test_fills_of_one_minute_are_stored_together() -> None:
    store = Counted()

    await LiveWorld(store=store).lived(paper())

    assert store.filled == [["AAA", "BBB"], ["AAA", "BBB"]]


async def test_everything_known_is_stored_when_the_venue_is_asked() -> None:
    """A day with a stop, a flat and lost requests: no answer waits for the next question."""
    live, asked, drivers = LiveWorld(), [], list[LiveDriver]()

    def compared(kind: str) -> Fault | None:
        for driver in drivers:
            asked.append(kind)
            day = driver.day
            known = [*day.book.intents.values(), *day.exits.values()]
            assert all(order in live.store.intents for order in known)
            assert day.book.folded <= set(live.store.fills)
        is_lost = kind == "submit" and asked.count("submit") in {2, 4}
        return Fault.LATE if is_lost else None

    live.venue = FakeVenue(live.clock.now, compared)
    live.broker.hit("AAA", Part.STOP, Decimal("10.3"))
    drivers.append(await live.started())
    await drivers[0].run(live.feed())

    assert {"submit", "find", "orders", "positions", "cancel"} <= set(asked)
    assert {fill.symbol for fill in live.store.fills if not fill.is_entry} == {"AAA", "BBB"}


async def test_a_fill_is_stored_before_the_next_question() -> None:
    """Reports of one batch share a transaction, and wait for nothing slow."""
    bench = await Bench.ready()
    intent = await bench.sent()
    stored: list[int] = []

    def orders() -> tuple[OrderReport, ...]:
        stored.append(len(bench.world.store.fills))
        return ()

    bench.venue.told(orders=orders)
    fill = RecordReport(bench.report(intent, OrderState.FILLED, (Part.ENTRY, ALL)))
    await bench.handle(fill, Reconcile(positions=False))

    assert stored == [1]


async def test_a_cancel_goes_out_although_nothing_can_be_stored() -> None:
    bench = await Bench.ready()
    intent = await bench.sent()
    bench.world.store.fails = 2
    news = RecordReport(bench.report(intent, ACKED, (Part.ENTRY, 5)))

    with pytest.raises(StateUnavailable):
        await bench.handle(news, CancelEntries(1, Expiry.WINDOW))

    assert bench.venue.asked("cancel") == [intent.client_order_id]
    await bench.handle()
    assert [fill.quantity for fill in bench.world.store.fills] == [5]


async def test_legs_stay_at_the_venue_when_the_way_out_cannot_be_stored() -> None:
    bench = await Bench.ready()
    intent = await bench.held()
    bench.day.leaving["AAA"] = "flat"
    bench.world.store.fails = 2
    news = RecordReport(replace(bench.report(intent, OrderState.FILLED), broker_id="B-1"))

    with pytest.raises(StateUnavailable):
        await bench.handle(news, WorkExits())

    assert bench.venue.asked("release") == []
