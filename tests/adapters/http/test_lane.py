"""Every question passes cache, circuit, bulkhead and quota; its fate is told in plain words."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from fin_agent.adapters.http.answers import Kind
from fin_agent.adapters.http.body import json_of
from fin_agent.adapters.http.circuit import CircuitRules, CircuitState
from fin_agent.adapters.http.failure import Failure, OutcomeUnknown
from fin_agent.adapters.http.lane import Lane, LaneRules
from fin_agent.adapters.http.network import Network
from fin_agent.adapters.http.questions import Question, Told
from fin_agent.adapters.http.quota import Quota
from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.provider import ProviderSuspended
from tests.servers.networks import START, HandClock, a_network

BUSY = Failure("is in trouble", is_transient=True)
NO = Failure("does not allow this", is_refusal=True)
QUESTION = Question("quote A", Kind.QUOTE)


@dataclass
class Vendor:
    """Answers with what it was given, in order, then with ``{}``."""

    answers: list[bytes | Failure] = field(default_factory=list)
    calls: int = 0
    most_at_once: int = 0
    now: int = 0
    gate: asyncio.Event | None = None

    async def __call__(self) -> bytes:
        self.calls += 1
        self.now += 1
        self.most_at_once = max(self.most_at_once, self.now)
        try:
            await (self.gate.wait() if self.gate else asyncio.sleep(0))
        finally:
            self.now -= 1
        answer = self.answers.pop(0) if self.answers else b"{}"
        if isinstance(answer, Failure):
            raise answer
        return answer


@dataclass
class World:
    network: Network
    clock: HandClock
    told: list[DomainEvent]

    def lane(self, **rules: object) -> Lane:
        return self.network.lane(LaneRules("acme", **rules))  # type: ignore[arg-type]  # any rule


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock, told = HandClock(), list[DomainEvent]()
    async with a_network(tmp_path, clock, told) as network:
        yield World(network, clock, told)


def asking(lane: Lane, vendor: Vendor, question: Question = QUESTION) -> Awaitable[Told[object]]:
    return lane.ask(question, vendor, json_of)


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
    with pytest.raises(OutcomeUnknown, match="acme did not answer"):
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


async def test_no_more_calls_at_once_than_the_bulkhead_holds(world: World) -> None:
    lane, vendor = world.lane(parallel=3), Vendor()

    await asyncio.gather(*(asking(lane, vendor, Question(f"quote {n}")) for n in range(20)))

    assert (vendor.calls, vendor.most_at_once) == (20, 3)


async def test_a_short_quota_is_waited_for_and_a_long_one_is_not(world: World) -> None:
    short = world.network.lane(LaneRules("short", {"*": (Quota(1, 5),)}))
    long = world.network.lane(LaneRules("long", {"*": (Quota(1, 60),)}))
    vendor = Vendor()

    for n in range(2):
        await asking(short, vendor, Question(f"quote {n}"))
    await asking(long, vendor)
    with pytest.raises(Unavailable, match=r"long has no call left for 61 s \(1 in 60 s\)"):
        await asking(long, vendor, Question("another"))

    assert (vendor.calls, [round(pause, 3) for pause in world.clock.pauses]) == (3, [5.0])


async def test_a_group_has_its_own_quota_beside_the_common_one(world: World) -> None:
    lane = world.lane(quotas={"*": (Quota(3, 60),), "news": (Quota(1, 60),)})
    vendor = Vendor()
    await asking(lane, vendor, Question("n1", group="news"))

    with pytest.raises(Unavailable, match="news: 1 in 60 s"):
        await asking(lane, vendor, Question("n2", group="news"))
    for n in range(2):  # what the group refused was not counted for all
        await asking(lane, vendor, Question(f"quote {n}"))

    assert vendor.calls == 3


async def test_a_plan_says_what_fits_and_never_overruns(world: World) -> None:
    lane, vendor = world.lane(quotas={"*": (Quota(10, 60, reserve=2),)}), Vendor()

    async with lane.plan(20) as allowance:
        assert allowance.granted == 8
        for n in range(5):
            await lane.ask(Question(f"quote {n}"), vendor, json_of, allowance)
    async with lane.plan(20) as rest:
        assert rest.granted == 3

    uses = {use.group: use.used for use in await world.network.quota_use()}
    assert (vendor.calls, uses) == (5, {"*": 5})


async def test_kept_answers_cost_nothing_of_a_plan(world: World) -> None:
    lane, vendor = world.lane(quotas={"*": (Quota(2, 60),)}), Vendor()
    await asking(lane, vendor)

    async with lane.plan(1) as allowance:
        await lane.ask(QUESTION, vendor, json_of, allowance)
        assert allowance.left == 1


async def test_closing_stops_what_is_on_its_way(tmp_path: Path) -> None:
    vendor = Vendor(gate=asyncio.Event())
    async with a_network(tmp_path) as network:
        job = asyncio.ensure_future(asking(network.lane(LaneRules("acme")), vendor))
        await asyncio.sleep(0.05)

    with pytest.raises(asyncio.CancelledError):
        await job
    assert vendor.now == 0
