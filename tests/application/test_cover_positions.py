"""A position without a stop at the venue gets one or goes out; entries that are over go back."""

from datetime import timedelta
from decimal import Decimal

import pytest

from fin_agent.application.commands import CoverPositions, FlattenPositions, WorkExits
from fin_agent.domain.errors import Ambiguous, Refused, Unavailable
from fin_agent.domain.order import OrderState
from fin_agent.domain.risk import TradingState
from tests.application.bench import ALL, ENTRY, STOP, TARGET, Bench

PENDING, UNKNOWN, ACKED, FILLED, CANCELLED = (
    OrderState.PENDING,
    OrderState.UNKNOWN,
    OrderState.ACKED,
    OrderState.FILLED,
    OrderState.CANCELLED,
)


async def covers(bench: Bench, *pauses: float) -> None:
    for pause in pauses:
        bench.later(pause)
        await bench.handle(CoverPositions())


async def partly(filled: int = 10) -> Bench:
    bench = await Bench.ready()
    intent = await bench.sent()
    await bench.hears(intent, ACKED, (ENTRY, filled), (STOP, 0), (TARGET, 0))
    return bench


async def test_a_part_is_waited_for_two_seconds_then_the_rest_is_taken_back() -> None:
    bench = await partly()

    await covers(bench, 0, 1.9)
    assert bench.venue.asked("cancel") == []
    await covers(bench, 0.2)

    (entry,) = bench.day.book.intents
    assert bench.venue.asked("cancel") == [entry]


async def test_the_part_then_gets_a_protective_pair() -> None:
    bench = await partly()
    await covers(bench, 0, 3)
    (intent,) = bench.day.book.intents.values()

    await bench.hears(intent, CANCELLED, (ENTRY, 10))
    await covers(bench, 0)

    exit_ = bench.day.exits["AAA"]
    levels = intent.approved.levels
    assert (exit_.quantity, exit_.stop, exit_.target) == (Decimal(10), levels.stop, levels.target)
    assert (exit_.reason, exit_.state) == ("protective", ACKED)
    await covers(bench, 5, 5, 60)
    assert len(bench.venue.asked("exit")) == 1


async def test_a_cancel_is_asked_for_again_but_not_in_a_flood() -> None:
    bench = await partly()
    bench.venue.told(cancel=Unavailable("429"))

    await covers(bench, 0, 3, 1, 1, 1, 1, 1, 1)

    assert len(bench.venue.asked("cancel")) == 2
    (told,) = bench.told("ErrorRaised")
    assert "cannot be cancelled yet" in told["problem"]


async def test_live_legs_cover_and_nothing_is_done() -> None:
    bench = await Bench.ready()
    await bench.held()

    await covers(bench, 0, 10, 60)

    assert [kind for kind, _ in bench.venue.calls if kind in {"exit", "cancel"}] == []


async def test_a_filled_entry_without_legs_goes_out_after_five_seconds() -> None:
    bench = await Bench.ready()
    await bench.held(covered=False)

    await covers(bench, 0, 4.9)
    assert bench.venue.asked("exit") == []
    await covers(bench, 0.2)

    assert bench.day.exits["AAA"].reason == "uncovered"
    assert not bench.day.exits["AAA"].is_protective


async def test_legs_that_end_leave_it_naked_again() -> None:
    bench = await Bench.ready()
    intent = await bench.held()
    await covers(bench, 0)

    await bench.hears(intent, FILLED, (ENTRY, ALL), (STOP, 0), (TARGET, 0))
    await covers(bench, 0, 6)

    assert bench.day.exits["AAA"].reason == "uncovered"


@pytest.mark.parametrize("error", [Unavailable("429"), Ambiguous("reset"), Refused("403")])
async def test_a_protective_pair_that_is_not_there_comes_in_the_end(error: Exception) -> None:
    """Not accepted: again with the same id. Unknown: after the settle time. Refused: the next."""
    bench = await partly()
    await covers(bench, 0, 3)
    (intent,) = bench.day.book.intents.values()
    bench.venue.told(exit=error)
    await bench.hears(intent, CANCELLED, (ENTRY, 10))
    await covers(bench, 0)
    bench.venue.says.clear()

    for _ in range(22):
        await bench.driver._pulse(bench.world.clock.pass_(timedelta(seconds=5)))

    assert bench.day.exits["AAA"].state is ACKED
    assert bench.day.exits["AAA"].is_protective
    ids = bench.venue.asked("exit")
    assert len(ids) == 2
    assert (ids[0] == ids[1]) is isinstance(error, Unavailable)


async def test_a_position_that_leaves_withdraws_its_protective_pair_first() -> None:
    bench = await partly()
    await covers(bench, 0, 3)
    (intent,) = bench.day.book.intents.values()
    await bench.hears(intent, CANCELLED, (ENTRY, 10))
    await covers(bench, 0)
    pair = bench.day.exits["AAA"]
    bench.venue.told(release=[False, True], find=bench.report(pair, CANCELLED))

    await bench.handle(FlattenPositions(375, "flat"))
    assert len(bench.venue.asked("exit")) == 1
    await bench.handle(WorkExits())

    out = bench.day.exits["AAA"]
    assert (out.generation, out.reason, out.is_protective) == (2, "flat", False)
    assert bench.venue.asked("release") == [pair.client_order_id] * 2


@pytest.mark.parametrize("state", [TradingState.HALTED, TradingState.REDUCING])
async def test_without_entries_what_works_is_taken_back(state: TradingState) -> None:
    bench = await Bench.ready()
    intent = await bench.sent()
    bench.day.book.state = state

    await covers(bench, 0)

    assert bench.venue.asked("cancel") == [intent.client_order_id]
    assert bench.now(intent).state is ACKED  # a cancel is a request
    await bench.hears(intent, CANCELLED, (ENTRY, 0))
    assert bench.now(intent).state is CANCELLED


async def test_at_the_end_of_the_window_what_works_is_taken_back() -> None:
    bench = await Bench.ready()
    intent = await bench.sent()
    bench.later(118 * 60)
    await covers(bench, 0)
    assert bench.venue.asked("cancel") == []

    await covers(bench, 60)

    assert bench.venue.asked("cancel") == [intent.client_order_id]


async def test_an_order_of_unknown_fate_is_not_cancelled_blindly() -> None:
    bench = await Bench.ready()
    intent = await bench.sent(submit=Ambiguous("reset"))
    bench.day.book.state = TradingState.HALTED

    await covers(bench, 0, 10)

    assert bench.venue.asked("cancel") == []
    assert bench.now(intent).state is UNKNOWN


@pytest.mark.parametrize(("error", "state"), [(None, CANCELLED), (Unavailable("429"), UNKNOWN)])
async def test_what_waits_to_be_sent_ends_with_a_halt(
    error: Exception | None, state: OrderState
) -> None:
    """Sent once and not accepted: a later look says that it is not there, the halt does not."""
    bench = await Bench.ready()
    intent = await (bench.intent() if error is None else bench.sent(submit=error))
    assert bench.now(intent).state is PENDING
    bench.day.book.state = TradingState.HALTED

    await covers(bench, 0)

    assert bench.now(intent).state is state


async def test_what_waits_to_be_sent_is_sent() -> None:
    bench = await Bench.ready()
    intent = await bench.sent(submit=Unavailable("429"))

    await covers(bench, 1)

    assert bench.now(intent).state is ACKED
    assert bench.now(intent).send_count == 2


async def test_a_fill_after_everything_has_to_leave_leaves_too() -> None:
    bench = await Bench.ready()
    intent = await bench.sent(submit=Ambiguous("reset"))
    await bench.handle(FlattenPositions(1, "manual"))

    await bench.hears(intent, FILLED, (ENTRY, ALL), (STOP, 0), live=(STOP,))
    await covers(bench, 1)

    assert bench.day.exits["AAA"].reason == "manual"
    assert bench.day.exits["AAA"].quantity == Decimal(23)


async def test_the_simulated_venue_covers_by_itself() -> None:
    bench = await Bench.ready()
    await bench.held(covered=False)
    bench.live.is_simulated = True

    await covers(bench, 0, 10)

    assert bench.day.exits == {}
