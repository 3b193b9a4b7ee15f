"""What an answer, or silence, makes of an order: three classes of errors, at first and again."""

from dataclasses import replace
from decimal import Decimal

import pytest

from fin_agent.application.commands import CoverPositions, FlattenPositions, SendEntry, WorkExits
from fin_agent.domain.errors import AlreadyKnown, Ambiguous, Refused, Unavailable
from fin_agent.domain.order import OrderState
from fin_agent.domain.venue import OrderReport
from tests.application.bench import ALL, ENTRY, EXIT, STOP, TARGET, Bench, terms
from tests.application.worlds import PRICE

PENDING, SENDING, UNKNOWN, ACKED, FILLED, CANCELLED, EXPIRED, REJECTED, DEAD = OrderState
ANSWERS = [
    (Unavailable("429"), PENDING, PENDING),
    (Ambiguous("reset"), UNKNOWN, UNKNOWN),
    (TimeoutError("late"), UNKNOWN, UNKNOWN),
    (AlreadyKnown("twice"), UNKNOWN, UNKNOWN),
    (Refused("403"), REJECTED, UNKNOWN),
]


@pytest.mark.parametrize(("error", "first", "_again"), ANSWERS)
async def test_the_first_send_of_an_entry(
    error: Exception, first: OrderState, _again: OrderState
) -> None:
    bench = await Bench.ready()

    intent = await bench.sent(submit=error)

    assert (intent.state, intent.send_count, intent.sent_at) == (first, 1, bench.day.now)
    assert bench.stored(intent.client_order_id) == intent
    taken = bench.day.book.taken()
    assert (taken.exposure > 0) is first.is_live
    moved = bench.told("OrderMoved")[-1]
    assert (moved["state"], moved["reason"]) == (first.value, str(error))


@pytest.mark.parametrize(("error", "_first", "again"), ANSWERS)
async def test_a_later_send_never_ends_an_entry(
    error: Exception, _first: OrderState, again: OrderState
) -> None:
    """An earlier send may live: even a refusal proves nothing of that one."""
    bench = await Bench.ready()
    intent = await bench.sent(submit=Unavailable("429"))

    bench.venue.told(submit=error)
    await bench.handle(SendEntry(intent.client_order_id))

    assert bench.now(intent).state is again
    assert bench.now(intent).send_count == 2
    assert bench.venue.asked("submit") == [intent.client_order_id] * 2


@pytest.mark.parametrize("sends", [1, 2])
@pytest.mark.parametrize(("error", "first", "again"), ANSWERS)
async def test_the_sends_of_an_exit(
    error: Exception, first: OrderState, again: OrderState, sends: int
) -> None:
    bench = await Bench.ready()
    await bench.held()
    bench.venue.told(exit=[Unavailable("429"), error] if sends == 2 else error)

    await bench.handle(FlattenPositions(1, "flat"))
    if sends == 2:
        await bench.handle(WorkExits())

    exit_ = bench.day.exits["AAA"]
    expected = first if sends == 1 else again
    assert (exit_.state, exit_.send_count, exit_.generation) == (expected, sends, 1)
    assert bench.stored(exit_.client_order_id) == exit_


async def test_a_rejected_exit_is_followed_by_the_next_generation() -> None:
    bench = await Bench.ready()
    await bench.held()
    bench.venue.told(exit=[Refused("403"), Refused("403")])
    await bench.handle(FlattenPositions(1, "flat"))
    bench.venue.says.clear()

    await bench.handle(WorkExits())

    one, two = bench.venue.asked("exit")
    assert ("-EX1-" in one, "-EX2-" in two) == (True, True)
    assert bench.day.exits["AAA"].state is ACKED


async def test_an_exit_of_unknown_fate_is_waited_for() -> None:
    bench = await Bench.ready()
    await bench.held()
    bench.venue.told(exit=Ambiguous("reset"))
    await bench.handle(FlattenPositions(1, "flat"))

    for _ in range(3):
        bench.later(5)
        await bench.handle(WorkExits(), CoverPositions())

    assert len(bench.venue.asked("exit")) == 1


async def test_no_exit_leaves_before_the_legs_are_gone() -> None:
    bench = await Bench.ready()
    entry = await bench.held()
    bench.venue.told(release=[False, False, True])
    await bench.handle(FlattenPositions(1, "flat"))
    await bench.handle(WorkExits())
    assert bench.venue.asked("exit") == []

    await bench.handle(WorkExits())

    assert bench.venue.asked("release") == [entry.client_order_id] * 3
    assert len(bench.venue.asked("exit")) == 1


async def test_what_a_leg_filled_meanwhile_is_not_sold_again() -> None:
    """The look after the release says that the stop took 20 of 23."""
    bench = await Bench.ready()
    entry = await bench.held()
    bench.venue.told(find=bench.report(entry, FILLED, (ENTRY, ALL), (STOP, 20)))

    await bench.handle(FlattenPositions(1, "flat"))

    assert bench.day.exits["AAA"].quantity == 3


async def test_the_intent_and_the_sending_are_durable_before_the_venue_hears() -> None:
    bench = await Bench.ready()
    intent = await bench.intent()
    seen: list[OrderState] = []

    def look() -> OrderReport:
        seen.append(bench.stored(intent.client_order_id).state)
        return OrderReport(intent.client_order_id, ACKED, Decimal(0))

    bench.venue.told(submit=look)
    await bench.handle(SendEntry(intent.client_order_id))

    assert seen == [SENDING]


async def test_an_adopted_order_may_jump_to_its_end() -> None:
    """A crash before SENDING was durable: the venue has what the database calls PENDING."""
    bench = await Bench.ready()
    intent = await bench.intent()

    await bench.hears(intent, FILLED, (ENTRY, ALL), terms=terms("AAA", 23))

    assert bench.now(intent).state is FILLED
    assert bench.day.book.open["AAA"].position.quantity == ALL


@pytest.mark.parametrize("wrong", [terms("AAA", 22), terms("AAA", -23), terms("BBB", 23)])
async def test_other_terms_halt_and_are_not_taken_over(wrong: object) -> None:
    bench = await Bench.ready()
    intent = await bench.sent(submit=Ambiguous("reset"))

    await bench.hears(intent, FILLED, (ENTRY, 22), terms=wrong)

    (reason,) = bench.halts()
    assert "the venue holds other terms" in reason
    assert bench.now(intent).state is UNKNOWN
    assert bench.day.book.open == {}
    (error,) = bench.told("ErrorRaised")
    assert error["critical"] is True


async def test_other_terms_in_the_answer_itself_leave_the_order_unknown() -> None:
    bench = await Bench.ready()
    intent = await bench.intent()
    bench.venue.told(submit=bench.report(intent, ACKED, (ENTRY, 0), terms=terms("AAA", 5)))

    await bench.handle(SendEntry(intent.client_order_id))

    assert bench.now(intent).state is UNKNOWN
    assert bench.stored(intent.client_order_id).state is UNKNOWN
    assert bench.halts()


async def test_an_exit_with_other_terms_halts() -> None:
    bench = await Bench.ready()
    await bench.held()
    bench.venue.told(exit=Ambiguous("reset"))
    await bench.handle(FlattenPositions(1, "flat"))

    await bench.hears(bench.day.exits["AAA"], FILLED, (EXIT, ALL), terms=terms("AAA", 23))

    assert "other terms" in bench.halts()[0]
    assert bench.day.book.open["AAA"].position.quantity == ALL


async def test_a_bust_halts_and_takes_nothing_back_by_itself() -> None:
    bench = await Bench.ready()
    intent = await bench.held()

    await bench.hears(intent, ACKED, (ENTRY, 0), reason="bust")

    assert "took an execution back" in bench.halts()[0]
    assert bench.day.book.open["AAA"].position.quantity == ALL


async def test_a_leg_that_filled_closes_the_trade_with_its_name() -> None:
    bench = await Bench.ready()
    intent = await bench.held()

    await bench.hears(intent, FILLED, (ENTRY, ALL), (STOP, 0), (TARGET, ALL))

    (trade,) = bench.day.trades
    assert (trade.exit_reason, trade.quantity) == ("target", ALL)
    assert bench.day.book.open == {}
    assert bench.kinds().count("TradeRecorded") == 1


async def test_two_equal_executions_of_one_minute_are_two() -> None:
    """Both of 5 shares at one price within the same minute, and both survive a restart."""
    bench = await Bench.ready()
    intent = await bench.sent()

    await bench.hears(intent, ACKED, (ENTRY, 5))
    await bench.hears(intent, ACKED, (ENTRY, 10))

    assert bench.day.book.open["AAA"].position.quantity == 10
    assert len(bench.world.store.fills) == 2
    again = await bench.again()
    assert again.day.book.open["AAA"].position.quantity == 10


async def test_an_exit_fill_that_overtakes_its_entry_waits_for_it() -> None:
    bench = await Bench.ready()
    intent = await bench.sent()

    await bench.hears(intent, ACKED, (STOP, ALL))
    assert bench.day.book.open == {}
    assert bench.world.store.fills == []

    await bench.hears(intent, FILLED, (ENTRY, ALL), (STOP, ALL))
    assert [trade.exit_reason for trade in bench.day.trades] == ["stop"]


async def test_a_price_of_nothing_halts() -> None:
    bench = await Bench.ready()
    intent = await bench.sent()
    report = bench.report(intent, FILLED, (ENTRY, ALL))
    (execution,) = report.executions

    await bench.hears(
        intent, FILLED, executions=(replace(execution, average_price=Decimal(0)),), filled=ALL
    )

    assert "filled without a price" in bench.halts()[0]


async def test_a_clock_that_is_elsewhere_is_not_believed() -> None:
    bench = await Bench.ready()
    intent = await bench.sent()
    report = bench.report(intent, FILLED, (ENTRY, ALL))
    far = bench.world.world.session.close.replace(year=2031)
    (execution,) = report.executions

    await bench.hears(intent, FILLED, executions=(replace(execution, at=far),), filled=ALL)

    (fill,) = bench.world.store.fills
    assert (fill.minute, fill.price) == (1, Decimal(str(PRICE)))
