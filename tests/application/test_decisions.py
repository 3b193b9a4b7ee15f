"""Decisions are chained in order; the first one that differs between two runs is found."""

import json
from dataclasses import dataclass
from typing import ClassVar

from fin_agent.application.decisions import DecisionLog, changed_keys, first_difference
from fin_agent.application.subscriptions import SUBSCRIPTIONS
from fin_agent.domain.events import GENESIS, DomainEvent, Event, chained
from fin_agent.testing.builders import DAY, SCAN
from fin_agent.testing.builders.market import OPEN
from tests.application.worlds import World, course, gapping


@dataclass(frozen=True, slots=True)
class Decided(DomainEvent):
    number: float

    def payload(self) -> dict[str, object]:
        return {"number": self.number}


@dataclass(frozen=True, slots=True)
class Happened(DomainEvent):
    number: int
    is_decision: ClassVar[bool] = False

    def payload(self) -> dict[str, object]:
        return {"number": self.number}


def log(*events: DomainEvent, account: str = "paper") -> tuple[list[Event], str]:
    book = DecisionLog(account, DAY)
    return [book.record(event, SCAN, about="plan") for event in events], book.head


def test_the_head_is_the_chain_over_decisions_alone() -> None:
    events, head = log(Decided(1), Happened(2), Decided(3))

    expected = GENESIS
    for event in events:
        if event.is_decision:
            expected = chained(expected, event.line)
    assert head == expected
    assert head == log(Decided(1), Decided(3))[1]
    assert head != log(Decided(3), Decided(1))[1]


def test_the_account_does_not_decide_but_the_time_does() -> None:
    _, head = log(Decided(1))
    book = DecisionLog("other", DAY)
    book.record(Decided(1), SCAN)
    later = DecisionLog("paper", DAY)
    later.record(Decided(1), OPEN)

    assert book.head == head != later.head


def test_each_event_names_its_cause() -> None:
    events, _ = log(Decided(1), Happened(2), Decided(3))

    assert [event.causation_id for event in events] == ["", events[0].event_id, events[1].event_id]
    assert len({event.event_id for event in events}) == 3
    assert {event.correlation_id for event in events} == {"plan"}


def test_a_chain_goes_on_from_the_day_before() -> None:
    first = DecisionLog("paper", DAY)
    first.record(Decided(1), SCAN)
    second = DecisionLog("paper", DAY, first.head)
    second.record(Decided(1), SCAN)

    assert second.head not in {first.head, GENESIS}


def test_equal_runs_do_not_differ() -> None:
    events, _ = log(Decided(1), Decided(2))

    assert first_difference(events, events) is None
    assert first_difference([], []) is None


def test_the_first_difference_is_found() -> None:
    stored, _ = log(Decided(1), Decided(2), Decided(3))
    again, _ = log(Decided(1), Decided(2.5), Decided(3.5))

    assert first_difference(stored, again) == (stored[1], again[1])


def test_a_run_that_is_shorter_differs_where_it_ends() -> None:
    stored, _ = log(Decided(1), Decided(2))

    assert first_difference(stored, stored[:1]) == (stored[1], None)
    assert first_difference(stored[:1], stored) == (None, stored[1])


def test_wall_time_and_account_are_no_difference() -> None:
    stored, _ = log(Decided(1))
    again = [event._replace(account="other", event_id="x") for event in stored]

    assert first_difference(stored, again) is None


def test_the_keys_that_changed_are_named() -> None:
    assert changed_keys({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 9, "d": 4}) == ["b", "c", "d"]


async def test_a_days_hash_is_the_chain_over_what_it_stored() -> None:
    world = World([gapping("AAA")], {"AAA": course((0, 10.8))})

    driver = await world.lived()

    head = GENESIS
    for event in world.store.logged:
        if event.is_decision:
            head = chained(head, event.line)
    assert driver.outcome().decision_hash == head
    facts = {event.type for event in world.store.logged if not event.is_decision}
    assert facts == {"OrderMoved", "FillRecorded"}


async def test_every_payload_is_canonical() -> None:
    world = World([gapping("AAA")], {"AAA": course((0, 10.8), (50, 12.0))})

    await world.lived()

    for event in world.store.logged:
        again = json.dumps(json.loads(event.payload), sort_keys=True, separators=(",", ":"))
        assert event.payload == again, event.type


def test_every_message_has_one_use_case() -> None:
    assert len(SUBSCRIPTIONS) == len(set(SUBSCRIPTIONS.values()))
    assert all(kind.__module__.startswith("fin_agent.") for kind in SUBSCRIPTIONS)
