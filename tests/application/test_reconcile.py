"""The venue against the book: what is ours comes in, what nobody can explain halts entries."""

from decimal import Decimal

import pytest

from fin_agent.application.commands import FlattenPositions, Reconcile
from fin_agent.domain.errors import Ambiguous, Refused, Unavailable
from fin_agent.domain.order import OrderState
from fin_agent.domain.risk import TradingState
from fin_agent.domain.venue import OrderReport
from tests.application.bench import ALL, ENTRY, Bench, terms

ACKED, FILLED, CANCELLED = OrderState.ACKED, OrderState.FILLED, OrderState.CANCELLED
NOTHING: dict[str, Decimal] = {}


def reconciled(bench: Bench) -> bool:
    return bench.live.is_reconciled


async def compares(bench: Bench, positions: dict[str, Decimal], *pauses: float) -> None:
    """A comparison now and after each pause."""
    bench.venue.told(positions=positions)
    for pause in (0.0, *pauses):
        bench.later(pause)
        await bench.handle(Reconcile(positions=True))


async def test_a_report_about_a_known_order_is_folded() -> None:
    bench = await Bench.ready()
    intent = await bench.sent(submit=Ambiguous("reset"))
    bench.venue.told(orders=(bench.report(intent, FILLED, (ENTRY, ALL)),), positions={"AAA": ALL})

    await bench.handle(Reconcile(positions=True))

    assert bench.now(intent).state is FILLED
    assert reconciled(bench)


async def test_a_difference_that_goes_away_halts_nothing() -> None:
    bench = await Bench.ready()
    await bench.held()

    await compares(bench, NOTHING)
    assert not reconciled(bench)
    await compares(bench, {"AAA": ALL}, 5)

    assert reconciled(bench)
    assert bench.halts() == []


@pytest.mark.parametrize(
    ("held", "told"),
    [
        (NOTHING, "AAA 0 at the venue, 23 here"),
        ({"AAA": Decimal(20)}, "AAA 20 at the venue, 23 here"),
        ({"AAA": -ALL}, "AAA -23 at the venue, 23 here"),
        ({"AAA": ALL, "ZZZ": Decimal(5)}, "ZZZ 5 at the venue, 0 here"),
    ],
)
async def test_a_difference_that_stays_halts(held: dict[str, Decimal], told: str) -> None:
    bench = await Bench.ready()
    await bench.held()

    await compares(bench, held, 5)
    assert bench.halts() == []
    await compares(bench, held, 5)

    assert bench.halts() == [f"positions differ: {told}"]
    assert bench.day.book.state is TradingState.HALTED


async def test_two_looks_at_one_instant_are_one() -> None:
    """A start compares twice; for some seconds the venue may not show a new order yet."""
    bench = await Bench.ready()
    await bench.held()

    await compares(bench, NOTHING, 0, 0, 0)

    assert bench.halts() == []
    assert not reconciled(bench)


async def test_a_difference_that_moves_is_looked_at_again() -> None:
    bench = await Bench.ready()
    await bench.held()

    for number in (1, 2, 3):
        await compares(bench, {"AAA": Decimal(number)})
        bench.later(10)
    assert bench.halts() == []
    await compares(bench, {"AAA": Decimal(3)})

    assert len(bench.halts()) == 1


@pytest.mark.parametrize("error", [Unavailable("x"), Ambiguous("x"), Refused("x")])
@pytest.mark.parametrize("what", ["orders", "positions"])
async def test_no_answer_keeps_entries_off_until_the_next_one(error: Exception, what: str) -> None:
    bench = await Bench.ready()
    assert reconciled(bench)
    bench.venue.told(**{what: error})

    await bench.handle(Reconcile(positions=True))
    assert not reconciled(bench)
    assert "does not answer" in bench.told("ErrorRaised")[0]["problem"]
    bench.venue.says.clear()
    await bench.handle(Reconcile(positions=True))

    assert reconciled(bench)
    assert bench.halts() == []


async def test_orders_alone_make_nothing_reconciled_that_never_was() -> None:
    bench = await Bench.ready()
    bench.live.is_reconciled, bench.live.positions_at = False, None

    await bench.handle(Reconcile(positions=False))
    assert not reconciled(bench)
    await bench.handle(Reconcile(positions=True))
    bench.live.is_reconciled = False
    await bench.handle(Reconcile(positions=False))

    assert reconciled(bench)


async def test_a_symbol_somebody_else_trades_is_left_alone_while_they_do() -> None:
    bench = await Bench.ready()
    theirs = OrderReport("by hand", ACKED, Decimal(0), terms=terms("AAA", 5))
    bench.venue.told(orders=(theirs,))
    await bench.handle(Reconcile(positions=False))
    assert bench.live.foreign == {"AAA"}

    bench.venue.told(orders=(OrderReport("by hand", FILLED, Decimal(5), terms=terms("AAA", 5)),))
    await bench.handle(Reconcile(positions=False))

    assert bench.live.foreign == set()
    assert bench.venue.asked("release") == bench.venue.asked("cancel") == []


class TestAStranger:
    """An order with our prefix that is not in the database, as after an old backup."""

    @staticmethod
    def order(state: OrderState = ACKED, filled: int = 0) -> OrderReport:
        cid = "fa-paper-20250312-ZZZ-EN1-OLD"
        return OrderReport(cid, state, Decimal(filled), terms=terms("ZZZ", 5))

    async def test_it_is_cancelled_on_sight_and_told_once(self) -> None:
        bench = await Bench.ready()
        bench.venue.told(orders=(self.order(),))

        await bench.handle(Reconcile(positions=False))
        await bench.handle(Reconcile(positions=False))

        assert bench.venue.asked("release") == [self.order().client_order_id] * 2
        (told,) = bench.told("ErrorRaised")
        assert "not in the database: cancelled" in told["problem"]
        assert bench.live.foreign == set()

    async def test_one_that_cannot_be_cancelled_is_tried_again(self) -> None:
        bench = await Bench.ready()
        bench.venue.told(orders=(self.order(),), release=[Unavailable("429"), True])

        await bench.handle(Reconcile(positions=False))
        assert "cannot be cancelled" in bench.told("ErrorRaised")[0]["problem"]
        await bench.handle(Reconcile(positions=False))

        assert "cancelled" in bench.told("ErrorRaised")[1]["problem"]

    async def test_one_that_filled_halts(self) -> None:
        bench = await Bench.ready()
        bench.venue.told(orders=(self.order(FILLED, 5),))

        await bench.handle(Reconcile(positions=False))

        assert bench.halts() == ["order fa-paper-20250312-ZZZ-EN1-OLD filled 5 and is not here"]
        assert bench.venue.asked("release") == []


async def test_an_exit_of_today_is_no_stranger_after_a_restart() -> None:
    bench = await Bench.ready()
    await bench.held()
    bench.venue.told(exit=Ambiguous("reset"))
    await bench.handle(FlattenPositions(1, "flat"))
    exit_ = bench.day.exits["AAA"]
    bench.venue.told(orders=(bench.report(exit_, CANCELLED),), positions={"AAA": ALL})

    again = await bench.again()

    assert again.day.exits["AAA"].state is CANCELLED
    assert again.live.strangers == set()
    assert again.told("ErrorRaised") == []


async def test_a_stored_day_compares_nothing() -> None:
    bench = await Bench.ready()
    bench.day.live = None

    await bench.handle(Reconcile(positions=True))

    assert bench.venue.asked("orders") == [""]  # of the start
