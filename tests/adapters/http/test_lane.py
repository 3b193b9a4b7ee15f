"""Every question passes cache, circuit, bulkhead and quota; its fate is told in plain words."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from fin_agent.adapters.http.answers import Kind
from fin_agent.adapters.http.circuit import CircuitRules, CircuitState
from fin_agent.adapters.http.failure import Failure
from fin_agent.adapters.http.lane import LaneRules
from fin_agent.adapters.http.questions import Question, Told
from fin_agent.domain.errors import Ambiguous, Refused, Unavailable
from fin_agent.domain.provider import ProviderSuspended
from tests.adapters.http.lanes import BUSY, NO, Vendor, World, asking
from tests.servers.networks import START, HandClock, a_network


async def test_an_answer_is_decoded_and_says_when_it_came(world: World) -> None:
    told = await asking(world.lane(), Vendor([b'{"c": 1}']))

    assert told == Told({"c": 1}, START)


async def test_a_kept_answer_is_not_asked_for_again_until_it_is_old(world: World) -> None:
    vendor, lane = Vendor([b"[1]", b"[2]"]), world.lane()

    first = await asking(lane, vendor)
    world.clock.pass_(59)
    again = await asking(lane, vendor)
    world.clock.pass_(1)
    later = await asking(lane, vendor)

    assert (first.value, again, later.value) == ([1], first, [2])
    assert (lane.statistics.from_memory, lane.statistics.sent) == (1, 2)


async def test_answers_on_disk_survive_a_restart(tmp_path: Path) -> None:
    clock, vendor = HandClock(), Vendor([b"[1]", b"[2]"])
    for _ in range(2):
        async with a_network(tmp_path, clock) as network:
            lane = network.lane(LaneRules("acme"))
            told = await asking(lane, vendor, Question("bars A", Kind.BARS))
        clock.pass_(60)

    assert told == Told([1], START)
    assert (vendor.calls, lane.statistics.from_disk) == (1, 1)


async def test_a_damaged_file_on_disk_is_asked_for_again(tmp_path: Path) -> None:
    vendor = Vendor([b"[1]", b"[2]"])
    for _ in range(2):
        async with a_network(tmp_path) as network:
            told = await asking(network.lane(LaneRules("acme")), vendor, Question("A", Kind.NEWS))
        for path in (tmp_path / "answers").iterdir():
            path.write_bytes(path.read_bytes()[:-1])

    assert (told.value, vendor.calls) == ([2], 2)


async def test_an_answer_from_the_future_is_not_trusted(world: World) -> None:
    vendor, lane = Vendor([b"[1]", b"[2]"]), world.lane()
    await asking(lane, vendor)
    world.clock.at -= timedelta(hours=1)

    assert (await asking(lane, vendor)).value == [2]


async def test_what_is_no_answer_is_not_kept(world: World) -> None:
    vendor, lane = Vendor([b"<html>", b"", b"[3]"]), world.lane()

    assert (await asking(lane, vendor)).value == [3]
    assert lane.statistics.retried == 2


async def test_the_same_question_is_asked_once(world: World) -> None:
    vendor, lane = Vendor([b"[1]"], gate=asyncio.Event()), world.lane()
    jobs = [asyncio.ensure_future(asking(lane, vendor)) for _ in range(5)]
    await asyncio.sleep(0.05)
    jobs[0].cancel()
    await asyncio.sleep(0)
    assert vendor.gate is not None
    vendor.gate.set()

    found = await asyncio.gather(*jobs, return_exceptions=True)

    assert isinstance(found[0], asyncio.CancelledError)
    assert found[1:] == [Told([1], START)] * 4
    assert (vendor.calls, lane.statistics.coalesced) == (1, 4)


async def test_a_failure_reaches_everybody_who_asked(world: World) -> None:
    vendor, lane = Vendor([NO]), world.lane()

    found = await asyncio.gather(*(asking(lane, vendor) for _ in range(3)), return_exceptions=True)

    assert [str(error) for error in found] == ["acme does not allow this"] * 3
    assert all(isinstance(error, Refused) for error in found)
    assert vendor.calls == 1


async def test_a_busy_provider_is_asked_again_after_growing_pauses(world: World) -> None:
    vendor = Vendor([BUSY, BUSY, b"[1]"])

    assert (await asking(world.lane(), vendor)).value == [1]
    assert world.clock.pauses == [0.25, 0.5]  # half of 0.5 and of 1.0: the chance is 0.5


async def test_the_pause_a_provider_asks_for_is_kept(world: World) -> None:
    vendor = Vendor([Failure("is asked too often", is_transient=True, retry_after_s=7), b"[1]"])

    assert (await asking(world.lane(), vendor)).value == [1]
    assert 7 < world.clock.pauses[0] < 8


async def test_too_long_a_pause_is_not_waited_for_and_holds_for_all(world: World) -> None:
    lane = world.lane()
    vendor = Vendor([Failure("is asked too often", is_transient=True, retry_after_s=600)])

    for _ in range(2):
        with pytest.raises(Unavailable, match=r"acme (is asked too often|asked for a pause)"):
            await asking(lane, vendor)

    assert (vendor.calls, world.clock.pauses) == (1, [])
    assert world.told == [ProviderSuspended("acme", 600, "is asked too often")]
    world.clock.pass_(600)
    assert (await asking(lane, vendor)).value == {}


async def test_a_refusal_is_not_repeated(world: World) -> None:
    vendor = Vendor([NO])

    with pytest.raises(Refused, match="acme does not allow this"):
        await asking(world.lane(), vendor)

    assert vendor.calls == 1


async def test_a_request_that_changes_something_is_sent_once(world: World) -> None:
    question = Question("order", is_idempotent=False)
    unclear = Failure("did not answer", is_transient=True, may_be_done=True)
    vendor = Vendor([BUSY, unclear, b"{}"])

    with pytest.raises(Unavailable):
        await asking(world.lane(), vendor, question)
    with pytest.raises(Ambiguous, match="acme did not answer"):
        await asking(world.lane(), vendor, question)
    assert (await asking(world.lane(), vendor, question)).value == {}

    assert vendor.calls == 3


async def test_five_failures_in_a_row_open_the_circuit_and_a_probe_closes_it(world: World) -> None:
    lane = world.lane(circuit=CircuitRules(5, 30, 300))
    vendor = Vendor([BUSY] * 6)

    for _ in range(3):
        with pytest.raises(Unavailable):
            await asking(lane, vendor)
    assert (vendor.calls, lane.circuit_state) == (5, CircuitState.OPEN)
    assert world.told == [ProviderSuspended("acme", 30, "is in trouble")]

    world.clock.pass_(30)
    assert lane.circuit_state is CircuitState.HALF_OPEN
    with pytest.raises(Unavailable, match=r"acme is left alone \(6 failures, 60 s more\)"):
        await asking(lane, vendor)
    assert vendor.calls == 6

    world.clock.pass_(60)
    assert (await asking(lane, vendor)).value == {}
    assert str(lane.circuit_state) == "closed"


async def test_only_one_probe_passes_a_half_open_circuit(world: World) -> None:
    lane = world.lane(circuit=CircuitRules(1, 30, 300))
    vendor = Vendor([BUSY], gate=None)
    with pytest.raises(Unavailable):
        await asking(lane, vendor)
    world.clock.pass_(30)
    vendor.gate = asyncio.Event()

    jobs = [asyncio.ensure_future(asking(lane, vendor, Question(f"quote {n}"))) for n in range(4)]
    await asyncio.sleep(0.05)
    vendor.gate.set()
    found = await asyncio.gather(*jobs, return_exceptions=True)

    assert vendor.calls == 2
    assert sum(isinstance(item, Unavailable) for item in found) == 3


async def test_refusals_do_not_open_the_circuit(world: World) -> None:
    lane, vendor = world.lane(circuit=CircuitRules(2, 30, 300)), Vendor([NO] * 5)

    for n in range(5):
        with pytest.raises(Refused):
            await asking(lane, vendor, Question(f"quote {n}"))

    assert (vendor.calls, lane.circuit_state) == (5, CircuitState.CLOSED)
