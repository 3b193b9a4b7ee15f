"""Requests stay below Alpaca's limit, and an entry never takes the last ones from an exit."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.adapters.alpaca_wire.budget import RequestBudget
from fin_agent.domain.errors import Unavailable
from fin_agent.testing.builders import OPEN, a_session
from tests.adapters.brokers.alpaca_worlds import HandClock, World, an_entry, an_exit
from tests.broker_simulator.faults import Kind, Rule


def made(budget: RequestBudget, *, is_entry: bool) -> int:
    """How many requests go through until one does not."""
    for count in range(10_000):
        try:
            budget.take(is_entry=is_entry)
        except Unavailable:
            return count
    return 10_000


def test_a_quarter_is_kept_from_entries() -> None:
    clock = HandClock()
    budget = RequestBudget(200, clock)

    assert [made(budget, is_entry=True), made(budget, is_entry=False)] == [150, 50]
    clock.pass_seconds(59.9)
    assert made(budget, is_entry=False) == 0
    clock.pass_seconds(0.2)
    assert made(budget, is_entry=False) == 200


@given(steps=st.lists(st.tuples(st.floats(0, 30), st.booleans()), max_size=80))
def test_no_minute_has_more_than_the_limit(steps: list[tuple[float, bool]]) -> None:
    clock, sent = HandClock(), []
    budget = RequestBudget(10, clock)
    for seconds, is_entry in steps:
        clock.pass_seconds(seconds)
        try:
            budget.take(is_entry=is_entry)
        except Unavailable:
            continue
        sent.append(clock.now())
    for at in sent:
        assert sum(at - timedelta(seconds=60) < other <= at for other in sent) <= 10


def test_a_clock_that_is_set_back_frees_nothing_for_ever_and_blocks_nothing_for_ever() -> None:
    clock = HandClock()
    budget = RequestBudget(4, clock)
    assert made(budget, is_entry=False) == 4
    clock.pass_seconds(-3600)

    assert made(budget, is_entry=False) == 4


@pytest.mark.parametrize(("reset_s", "pause_s"), [(None, 1), (20, 20), (-5, 1), (9_999, 60)])
def test_a_pause_lasts_until_the_window_ends_and_at_most_one_window(
    reset_s: float | None, pause_s: float
) -> None:
    clock = HandClock()
    budget = RequestBudget(200, clock)
    budget.pause(None if reset_s is None else OPEN.timestamp() + reset_s)

    clock.pass_seconds(pause_s - 0.01)
    with pytest.raises(Unavailable, match="no request before"):
        budget.take()
    clock.pass_seconds(0.02)
    budget.take()


async def test_after_too_many_requests_nothing_is_sent_until_the_window_ends() -> None:
    world = World(Rule(Kind.TOO_MANY, "POST", nth=(1,), seconds=OPEN.timestamp() + 20))

    for _ in range(3):
        with pytest.raises(Unavailable):
            await world.venue.submit(an_entry(), a_session())
    assert len(world.engine.requests) == 1
    world.pass_seconds(21)
    await world.venue.submit(an_entry(), a_session())
    assert len(world.accepted) == 1


async def test_entries_that_used_their_share_leave_exits_free() -> None:
    world = World()
    for number in range(150):
        await world.venue.submit(an_entry(cid=f"fa-{number}"), a_session())

    with pytest.raises(Unavailable, match="150 requests"):
        await world.venue.submit(an_entry(), a_session())
    await world.venue.exit(an_exit(entry="fa-1"))
