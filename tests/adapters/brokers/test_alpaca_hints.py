"""Trade updates are hints: whatever comes, comes twice or never comes, the answer is looked up."""

import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.adapters.alpaca_wire.hints import hint_of
from fin_agent.domain.errors import InvalidValue
from fin_agent.domain.order import OrderIntent, OrderState
from fin_agent.domain.venue import ExecutionLedger, OrderReport, Part
from fin_agent.testing.builders import OPEN, a_session
from tests.adapters.brokers.alpaca_worlds import ENTRY, World, an_entry
from tests.broker_simulator.faults import Kind, Rule, StreamFaults
from tests.broker_simulator.market import Market

SESSION = a_session()
BUSY = Market(partial=1.0, stall=0.0, legs=1.0, leg_s=(5.0, 20.0))


async def heard(world: World) -> list[OrderReport]:
    """What the adapter reports after every frame that arrives by now."""
    for frame in world.engine.frames(world.clock.now().timestamp()):
        world.venue.hear(frame)
    await world.venue.follow_up()
    return list(world.venue.drain())


async def test_a_fill_is_reported_with_what_the_order_itself_says() -> None:
    world = World()
    await world.venue.submit(an_entry(), SESSION)
    world.pass_seconds(5)

    (report,) = await heard(world)  # several frames, one look-up

    assert [report.client_order_id, report.state, report.filled] == [ENTRY, OrderState.FILLED, 10]
    assert report.has_live_legs
    assert list(world.venue.drain()) == []


async def test_a_frames_own_numbers_are_not_believed() -> None:
    world = World()
    await world.venue.submit(an_entry(), SESSION)
    world.pass_seconds(5)
    frame = world.engine.frames(world.clock.now().timestamp())[-1]
    lie = json.loads(frame)
    lie["data"]["order"] |= {"filled_qty": "967", "status": "rejected"}

    world.venue.hear(json.dumps(lie).encode())
    await world.venue.follow_up()

    (report,) = world.venue.drain()
    assert [report.state, report.filled] == [OrderState.FILLED, 10]


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_a_frame_about_a_leg_reports_its_order(is_restarted: bool) -> None:
    world = World(market=replace(BUSY, partial=0.0), seed=3)
    await world.venue.submit(an_entry(), SESSION)
    world.pass_seconds(4)
    if is_restarted:
        reborn = World()
        reborn.engine, reborn.clock = world.engine, world.clock
        reborn.venue = World.on(world.engine, world.clock)
        world = reborn
    await heard(world)
    world.pass_seconds(60)

    reports = await heard(world)

    assert {report.client_order_id for report in reports} == {ENTRY}
    filled = {e.part: e.filled for e in reports[-1].executions}
    assert filled[Part.ENTRY] == 10
    assert filled[Part.STOP] + filled[Part.TARGET] == 10


async def test_a_foreign_order_is_reported_as_itself() -> None:
    world = World()
    body = {"symbol": "XYZ", "qty": "1", "type": "market", "side": "buy", "time_in_force": "day"}
    asked = json.dumps(body | {"client_order_id": "by hand"}).encode()
    world.engine.handle("POST", "/v2/orders", {}, asked, OPEN.timestamp())
    world.pass_seconds(5)

    (report,) = await heard(world)

    assert [report.client_order_id, report.state] == ["by hand", OrderState.FILLED]


@pytest.mark.parametrize("event", ["trade_bust", "trade_correct", "restated"])
async def test_a_fill_that_is_taken_back_is_told_as_a_bust(event: str) -> None:
    world = World()
    await world.venue.submit(an_entry(), SESSION)
    world.pass_seconds(5)
    await heard(world)
    world.engine.control("bust", {"client_order_id": ENTRY}, world.clock.now().timestamp())
    frames = world.engine.frames(world.clock.now().timestamp())
    world.venue.hear(frames[-1].replace(b"trade_bust", event.encode()))
    await world.venue.follow_up()

    (report,) = world.venue.drain()

    assert [report.client_order_id, report.reason, report.filled] == [ENTRY, "bust", 0]


async def test_a_bust_is_told_even_when_its_order_cannot_be_found() -> None:
    world = World(Rule(Kind.INVISIBLE, "POST", seconds=1e6))
    await world.venue.submit(an_entry(), SESSION)
    world.pass_seconds(5)
    frame = world.engine.frames(world.clock.now().timestamp())[-1]
    world.venue.hear(frame.replace(b'"fill"', b'"trade_bust"'))
    for _ in range(5):
        await world.venue.follow_up()

    (report,) = world.venue.drain()
    assert [report.client_order_id, report.reason, report.state.is_live] == [ENTRY, "bust", True]


async def test_a_look_up_without_an_answer_is_made_again() -> None:
    world = World(Rule(Kind.LOST_REPLY, "GET", times=2))
    await world.venue.submit(an_entry(), SESSION)
    world.pass_seconds(5)

    assert [len(await heard(world)) for _ in range(3)] == [0, 0, 1]


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\x00\xff",
        b"[]",
        b"7",
        b"{}",
        b'{"stream": 4}',
        b'{"stream": "trade_updates"}',
        b'{"stream": "trade_updates", "data": []}',
        b'{"stream": "trade_updates", "data": {"order": []}}',
        b'{"stream": "trade_updates", "data": {"order": {"id": "a", "client_order_id": "b"}}}',
        b'{"stream":"trade_updates","data":{"order":{"id":"a","client_order_id":"b","created_at":"z"}}}',
        b"[" * 100_000,
    ],
)
async def test_a_frame_that_is_none_is_counted_and_skipped(frame: bytes) -> None:
    world = World()

    world.venue.hear(frame)
    await world.venue.follow_up()

    assert world.venue.skipped_frames == 1
    assert world.engine.requests == []


def test_the_streams_own_messages_are_no_hints() -> None:
    assert hint_of(b'{"stream": "listening", "data": {"streams": ["trade_updates"]}}') is None
    with pytest.raises(InvalidValue):
        hint_of(b'{"stream": "trade_updates", "data": {"order": {"id": 1}}}')


LOSSY = st.builds(
    StreamFaults,
    drop=st.sampled_from([0.0, 0.3, 0.8]),
    duplicate=st.sampled_from([0.0, 0.5]),
    delay=st.sampled_from([0.0, 0.5]),
    garbage=st.sampled_from([0.0, 0.3]),
)


@given(
    stream=LOSSY,
    seed=st.integers(0, 50),
    steps=st.lists(st.tuples(st.floats(0.1, 15.0), st.sampled_from("hspf")), max_size=12),
    shuffle=st.randoms(use_true_random=False),
)
async def test_every_order_of_arrival_ends_in_one_state(
    stream: StreamFaults, seed: int, steps: list[tuple[float, str]], shuffle: Random
) -> None:
    """Frames doubled, lost, late and shuffled, reads in between, reports folded in any order."""
    world = World(market=BUSY, seed=seed, stream=stream)
    reports = [await world.venue.submit(an_entry(), SESSION)]
    for seconds, step in [*steps, (60.0, "s"), (0.0, "f")]:
        world.pass_seconds(seconds)
        frames = list(world.engine.frames(world.clock.now().timestamp()))
        if step == "h":
            frames *= 2
        if step == "s":
            shuffle.shuffle(frames)
        if step != "p":
            for frame in frames:
                world.venue.hear(frame)
        await world.venue.follow_up()
        reports += world.venue.drain()
        found = await world.venue.find(ENTRY) if step == "f" else None
        reports += [found] if found else []
    truth = _folded(reports[-1:])
    twice = reports + [r for r in reports if shuffle.random() < 0.5]
    shuffle.shuffle(twice)

    assert _folded(reports) == _folded(twice) == truth
    held = sum(e.filled for e in reports[-1].executions if e.part is not Part.ENTRY)
    assert await world.venue.positions() == ({"ACME": 10 - held} if held < 10 else {})


def _folded(reports: Sequence[OrderReport]) -> tuple[OrderIntent, dict[Part, tuple[Any, Any]]]:
    """The order and what was filled of each part, as the core folds reports."""
    intent, ledger = an_entry().moved_to(OrderState.SENDING), ExecutionLedger()
    shares: dict[Part, Decimal] = {}
    values: dict[Part, Decimal] = {}
    for report in reports:
        intent = intent.joined(report.filled).moved_to(report.state)
        for execution in report.executions:
            news = ledger.news(ENTRY, execution)
            if news is not None:
                new, price = news
                ledger.fold(ENTRY, execution.part, new, price)
                shares[execution.part] = shares.get(execution.part, Decimal(0)) + new
                values[execution.part] = values.get(execution.part, Decimal(0)) + new * price
    return intent, {part: (shares[part], round(values[part], 4)) for part in shares}
