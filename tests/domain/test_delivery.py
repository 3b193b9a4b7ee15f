"""When a delivery is tried again, when it is given up, and what an expired one leaves."""

from datetime import timedelta
from hashlib import sha256

import pytest

from fin_agent.domain.delivery import (
    DeadLetter,
    DeliveryRules,
    SignalExpired,
    has_expired,
    ordering_key,
)
from fin_agent.domain.events import Event
from fin_agent.testing.builders import DAY, SCAN

LATER = SCAN + timedelta(minutes=5)
EVENT = Event("event-1", "Thing", DAY, "paper", SCAN, "{}", valid_until=SCAN)


@pytest.mark.parametrize(("attempts", "least"), [(1, 0.05), (2, 0.1), (4, 0.4), (40, 15.0)])
def test_each_wait_is_longer_up_to_the_longest(attempts: int, least: float) -> None:
    rules = DeliveryRules()

    assert rules.delay(attempts, 0.0).total_seconds() == pytest.approx(least)
    assert rules.delay(attempts, 1.0).total_seconds() == pytest.approx(2 * least)


def test_the_retries_come_after_the_first_attempt() -> None:
    rules = DeliveryRules(retries=2)

    assert [rules.is_spent(attempts) for attempts in (1, 2, 3)] == [False, False, True]
    assert [DeliveryRules().is_spent(attempts) for attempts in (5, 6)] == [False, True]


def test_an_event_may_be_acted_on_up_to_its_last_instant() -> None:
    assert not has_expired(EVENT, SCAN)
    assert has_expired(EVENT, LATER)
    assert not has_expired(EVENT._replace(valid_until=None), LATER)


def test_events_of_one_plan_stay_in_order() -> None:
    assert ordering_key(EVENT) == "event-1"
    assert ordering_key(EVENT._replace(correlation_id="plan-1")) == "plan-1"


def test_an_expired_event_is_told_once_a_consumer() -> None:
    told = [SignalExpired("desk", EVENT, at).recorded() for at in (SCAN, LATER)]

    assert told[0].event_id == told[1].event_id
    assert told[0].event_id != SignalExpired("other", EVENT, SCAN).recorded().event_id
    assert (told[1].occurred_at, told[1].causation_id) == (LATER, "event-1")
    assert not told[0].is_decision


def test_a_dead_letter_names_its_payload() -> None:
    letter = DeadLetter("desk", 7, EVENT, 6, LATER, "ValueError: no", "")

    assert letter.payload_hash == sha256(b"{}").hexdigest()
