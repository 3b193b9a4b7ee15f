"""The way out: one generation after the other, each through the same states as an entry."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from fin_agent.domain.errors import Inconsistent
from fin_agent.domain.exits import ExitIntent, ExitOrdered
from fin_agent.domain.order import OrderState
from fin_agent.testing.builders import OPEN


def an_exit(state: OrderState = OrderState.PENDING, **changes: Any) -> ExitIntent:
    return ExitIntent("x-1", "e-1", "AAA", Decimal(10), "flat", OPEN, state, **changes)


def test_sending_counts_and_tells_when() -> None:
    at = OPEN + timedelta(minutes=1)

    once = an_exit().sent(at)
    twice = once.moved_to(OrderState.PENDING).sent(at)

    assert (once.state, once.send_count, once.sent_at) == (OrderState.SENDING, 1, at)
    assert (twice.state, twice.send_count) == (OrderState.SENDING, 2)


def test_what_is_over_stays_over_and_still_counts_fills() -> None:
    dead = an_exit(OrderState.UNKNOWN).moved_to(OrderState.DEAD)

    late = dead.moved_to(OrderState.FILLED, Decimal(10))

    assert (late.state, late.filled) == (OrderState.DEAD, Decimal(10))


def test_filled_quantities_join_by_maximum() -> None:
    acked = an_exit(OrderState.SENDING).moved_to(OrderState.ACKED, Decimal(7))

    assert acked.moved_to(OrderState.ACKED, Decimal(3)).filled == 7
    assert acked.moved_to(OrderState.FILLED, Decimal(10)).filled == 10


def test_an_impossible_step_is_a_contradiction() -> None:
    with pytest.raises(Inconsistent, match="order x-1: PENDING cannot become FILLED"):
        an_exit().moved_to(OrderState.FILLED)


def test_the_venues_name_for_it_is_kept() -> None:
    known = an_exit().known_as("b-1")

    assert known.broker_id == "b-1"
    assert known.known_as(None) is known


@pytest.mark.parametrize(("stop", "expected"), [(None, False), (Decimal(9), True)])
def test_a_stop_makes_it_protective(stop: Decimal | None, *, expected: bool) -> None:
    assert an_exit(stop=stop, target=stop).is_protective is expected


def test_what_is_recorded_of_an_order_out() -> None:
    event = ExitOrdered(an_exit())

    assert event.payload() == {
        "client_order_id": "x-1",
        "symbol": "AAA",
        "quantity": Decimal(10),
        "reason": "flat",
    }
    assert event.is_decision
