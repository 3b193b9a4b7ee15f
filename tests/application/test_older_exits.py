"""An exit whose request came to the venue after the settle time, and after it was given up."""

from fin_agent.application.commands import FlattenPositions, WorkExits
from fin_agent.domain.errors import Ambiguous
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.order import OrderState
from tests.application.bench import ALL, EXIT, Bench

ACKED, FILLED, DEAD = OrderState.ACKED, OrderState.FILLED, OrderState.DEAD


async def given_up() -> tuple[Bench, ExitIntent]:
    bench = await Bench.ready()
    await bench.held()
    bench.venue.told(exit=[Ambiguous("reset"), Ambiguous("reset")])
    await bench.handle(FlattenPositions(1, "flat"))
    old = bench.day.exits["AAA"]
    bench.day.exits["AAA"] = old.moved_to(DEAD)
    await bench.handle(WorkExits())
    assert bench.day.exits["AAA"].generation == 2
    return bench, old


async def test_its_fill_closes_the_position() -> None:
    bench, old = await given_up()

    await bench.hears(old, FILLED, (EXIT, ALL))

    assert bench.day.book.open == {}
    assert len(bench.day.trades) == 1
    assert bench.stored(old.client_order_id).filled == ALL


async def test_it_is_taken_back_while_it_works() -> None:
    bench, old = await given_up()

    await bench.hears(old, ACKED, (EXIT, 0), live=(EXIT,))

    assert bench.venue.asked("release")[-1] == old.client_order_id
    assert bench.day.exits["AAA"].generation == 2


async def test_a_restart_knows_it_too() -> None:
    bench, old = await given_up()

    again = await bench.again()
    await again.hears(old, FILLED, (EXIT, ALL))

    assert again.day.book.open == {}
    assert again.day.exits["AAA"].generation == 2
