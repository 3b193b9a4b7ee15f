"""An order of unknown fate: looked up until the venue's evidence settles it, never before."""

import pytest

from fin_agent.application.commands import FlattenPositions, ResolveOrders
from fin_agent.domain.errors import Ambiguous, Refused, Unavailable
from fin_agent.domain.order import OrderState
from fin_agent.domain.risk import TradingState
from tests.application.bench import ALL, ENTRY, EXIT, Bench

UNKNOWN, ACKED, FILLED, DEAD = (
    OrderState.UNKNOWN,
    OrderState.ACKED,
    OrderState.FILLED,
    OrderState.DEAD,
)
LOST = Ambiguous("reset")


async def looks(bench: Bench, *seconds: float) -> None:
    """A look after each pause."""
    for pause in seconds:
        bench.later(pause)
        await bench.handle(ResolveOrders())


async def test_found_is_adopted() -> None:
    bench = await Bench.ready()
    intent = await bench.sent(submit=LOST)
    bench.venue.told(find=bench.report(intent, FILLED, (ENTRY, ALL)))

    await looks(bench, 1)

    assert bench.now(intent).state is FILLED
    assert bench.day.book.open["AAA"].position.quantity == ALL
    assert len(bench.venue.asked("submit")) == 1


async def test_absent_needs_three_looks_over_the_settle_time() -> None:
    bench = await Bench.ready()
    intent = await bench.sent(submit=LOST)

    await looks(bench, *[10] * 8, 9)  # 89 s
    assert bench.now(intent).state is UNKNOWN
    await looks(bench, 5)  # 94 s

    assert bench.now(intent).state is ACKED
    assert bench.venue.asked("submit") == [intent.client_order_id] * 2
    assert bench.now(intent).send_count == 2


async def test_three_looks_within_the_first_seconds_are_none() -> None:
    bench = await Bench.ready()
    intent = await bench.sent(submit=LOST)

    await looks(bench, 5, 5, 4, 81)  # the last one is the first that counts, at 95 s
    assert bench.now(intent).state is UNKNOWN
    await looks(bench, 5, 5)

    assert bench.now(intent).state is ACKED


async def test_looks_keep_their_distance() -> None:
    bench = await Bench.ready()
    await bench.sent(submit=LOST)

    await looks(bench, 0, 1, 1, 1, 1)  # at 0 and not before 5 s
    assert len(bench.venue.asked("find")) == 1
    await looks(bench, 1)
    assert len(bench.venue.asked("find")) == 2


@pytest.mark.parametrize("error", [Unavailable("x"), Ambiguous("x"), Refused("x")])
async def test_no_answer_counts_for_nothing(error: Exception) -> None:
    bench = await Bench.ready()
    intent = await bench.sent(submit=LOST)
    bench.venue.told(find=error)

    await looks(bench, *[10] * 11)

    assert bench.now(intent).state is UNKNOWN
    assert len(bench.venue.asked("submit")) == 1
    (told,) = bench.told("ErrorRaised")  # once, however often
    assert "cannot be looked up" in told["problem"]


async def test_an_expired_entry_is_watched_and_never_given_up() -> None:
    bench = await Bench.ready()
    intent = await bench.sent(submit=LOST)

    await looks(bench, 130, *[60] * 20)
    assert bench.now(intent).state is UNKNOWN
    assert bench.day.book.taken().exposure > 0
    assert len(bench.venue.asked("submit")) == 1

    bench.venue.told(find=bench.report(intent, FILLED, (ENTRY, ALL)))
    await looks(bench, 5)
    assert bench.now(intent).state is FILLED


async def test_a_halt_stops_the_second_send_too() -> None:
    bench = await Bench.ready()
    intent = await bench.sent(submit=LOST)
    bench.day.book.state = TradingState.HALTED

    await looks(bench, *[10] * 9)

    assert bench.now(intent).state is UNKNOWN
    assert len(bench.venue.asked("submit")) == 1


async def test_an_absent_exit_is_dead_and_the_next_generation_goes() -> None:
    bench = await Bench.ready()
    await bench.held()
    bench.venue.told(exit=LOST)
    await bench.handle(FlattenPositions(1, "flat"))
    old = bench.day.exits["AAA"]
    bench.venue.says.clear()

    await looks(bench, *[10] * 8, 9)
    assert bench.day.exits["AAA"].state is UNKNOWN
    await looks(bench, 5)

    assert bench.stored(old.client_order_id).state is DEAD
    assert bench.day.exits["AAA"].generation == 2
    assert bench.day.exits["AAA"].state is ACKED


async def test_a_found_exit_closes_the_position() -> None:
    bench = await Bench.ready()
    await bench.held()
    bench.venue.told(exit=LOST)
    await bench.handle(FlattenPositions(1, "flat"))
    bench.venue.told(find=bench.report(bench.day.exits["AAA"], FILLED, (EXIT, ALL)))

    await looks(bench, 5)

    assert bench.day.book.open == {}
    assert [t.exit_reason for t in bench.day.trades] == ["flat"]


async def test_visibility_lag_costs_a_look_and_nothing_else() -> None:
    """Not found for 8 s, then found: nothing was sent again meanwhile."""
    bench = await Bench.ready()
    intent = await bench.sent(submit=LOST)

    await looks(bench, 0, 8)
    bench.venue.told(find=bench.report(intent, ACKED, (ENTRY, 0)))
    await looks(bench, 5)

    assert bench.now(intent).state is ACKED
    assert len(bench.venue.asked("submit")) == 1


async def test_what_arrives_after_it_was_sent_again_is_one_order() -> None:
    """The late first request of a venue that has the id once: whichever it was, it is ours."""
    bench = await Bench.ready()
    intent = await bench.sent(submit=LOST)
    bench.venue.told(submit=[LOST, LOST])
    await looks(bench, *[10] * 9)
    assert bench.now(intent).send_count == 2
    assert bench.now(intent).state is UNKNOWN

    bench.venue.told(find=bench.report(intent, FILLED, (ENTRY, ALL)))
    await looks(bench, 5)

    assert bench.now(intent).state is FILLED
    assert bench.day.book.open["AAA"].position.quantity == ALL


async def test_a_stored_day_resolves_nothing() -> None:
    bench = await Bench.ready()
    intent = await bench.sent(submit=LOST)
    bench.day.live = None

    await bench.handle(ResolveOrders())

    assert bench.now(intent).state is UNKNOWN
    assert bench.venue.asked("find") == []
