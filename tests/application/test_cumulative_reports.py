"""Streams lie: whatever comes twice, late, out of order or never ends in one position."""

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fin_agent.application.commands import RecordReport
from fin_agent.domain.order import OrderState
from fin_agent.domain.venue import OrderReport
from tests.application.bench import ALL, ENTRY, STOP, TARGET, Bench

SHARES = 23


@st.composite
def histories(draw: Any) -> tuple[list[tuple[int, int, int]], list[int]]:
    """What a venue goes through, as (entry, stop, target) filled, and in which order it is told.

    Each step fills a little more; every state is told any number of times, the last at the end.
    """
    steps = [(0, 0, 0)]
    cuts = sorted(draw(st.sets(st.integers(1, SHARES), max_size=4)) | {SHARES})
    steps += [(cut, 0, 0) for cut in cuts]
    leg = draw(st.sampled_from([1, 2, None]))
    if leg is not None:
        outs = sorted(draw(st.sets(st.integers(1, SHARES), min_size=1, max_size=4)))
        steps += [(SHARES, n * (leg == 1), n * (leg == 2)) for n in outs]
    told = draw(st.lists(st.integers(0, len(steps) - 1), max_size=12))
    return steps, [*told, len(steps) - 1]


def report_of(cid: str, bench: Bench, step: tuple[int, int, int]) -> OrderReport:
    entry, stop, target = step
    (intent,) = bench.day.book.intents.values()
    state = OrderState.FILLED if entry == SHARES else OrderState.ACKED
    return bench.report(intent, state, (ENTRY, entry), (STOP, stop), (TARGET, target))


@settings(max_examples=150, deadline=None)
@given(histories())
async def test_every_order_of_arrival_ends_in_the_same_position(
    history: tuple[list[tuple[int, int, int]], list[int]],
) -> None:
    steps, told = history
    bench = await Bench.ready()
    intent = await bench.sent()

    for place in told:
        await bench.handle(RecordReport(report_of(intent.client_order_id, bench, steps[place])))

    entry, stop, target = steps[-1]
    left = Decimal(entry - stop - target)
    assert bench.halts() == []
    assert bench.now(intent).filled == ALL
    assert sum((t.position.quantity for t in bench.day.book.open.values()), Decimal(0)) == left
    assert len(bench.day.trades) == (left == 0)
    again = await bench.again()
    held = sum((t.position.quantity for t in again.day.book.open.values()), Decimal(0))
    assert held == left
    folded = sum((f.quantity if f.is_entry else -f.quantity) for f in bench.world.store.fills)
    assert folded == left
