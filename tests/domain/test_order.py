"""An intent moves only as the venue's word allows; terminal is terminal; fills join by maximum."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.domain.entry import OrderKind
from fin_agent.domain.errors import Inconsistent
from fin_agent.domain.exits import ExitIntent, ExitOrdered
from fin_agent.domain.market import Side
from fin_agent.domain.order import (
    FillRecorded,
    OrderIntentCreated,
    OrderMoved,
    OrderState,
    Purpose,
    client_order_id,
)
from fin_agent.testing.builders import DAY, OPEN, a_fill, an_intent, usd
from tests.domain.fill_tables import SHORT

PENDING, SENDING, UNKNOWN, ACKED, FILLED, CANCELLED, EXPIRED, REJECTED, DEAD = OrderState
TERMINAL = {FILLED, CANCELLED, EXPIRED, REJECTED, DEAD}
ALLOWED = {
    PENDING: {SENDING, UNKNOWN, EXPIRED, CANCELLED},
    SENDING: {PENDING, UNKNOWN, ACKED, FILLED, CANCELLED, EXPIRED, REJECTED},
    UNKNOWN: {PENDING, ACKED, FILLED, CANCELLED, EXPIRED, REJECTED, DEAD},
    ACKED: {FILLED, CANCELLED, EXPIRED, REJECTED},
}
LIVE_STEPS = [(old, new) for old in ALLOWED for new in OrderState if new is not old]


@pytest.mark.parametrize(("old", "new"), LIVE_STEPS, ids=lambda state: state.value)
def test_a_live_order_takes_the_allowed_steps_and_no_other(
    old: OrderState, new: OrderState
) -> None:
    intent = an_intent(state=old)

    if new in ALLOWED[old]:
        assert intent.moved_to(new).state is new
    else:
        with pytest.raises(Inconsistent, match=f"{old} cannot become {new}"):
            intent.moved_to(new)


@pytest.mark.parametrize("old", sorted(TERMINAL))
def test_a_terminal_state_is_sticky(old: OrderState) -> None:
    intent = an_intent(state=old)

    assert all(intent.moved_to(new) is intent for new in OrderState)
    assert (old.is_terminal, old.is_live) == (True, False)
    assert intent.left == 0


@pytest.mark.parametrize("state", sorted(ALLOWED))
def test_the_same_word_twice_changes_nothing(state: OrderState) -> None:
    intent = an_intent(state=state)

    assert intent.moved_to(state) is intent
    assert (state.is_terminal, state.is_live) == (False, True)


def test_only_the_venues_word_after_silence_makes_an_order_dead() -> None:
    assert [old for old in ALLOWED if DEAD in ALLOWED[old]] == [UNKNOWN]
    assert an_intent(state=UNKNOWN).moved_to(DEAD).state is DEAD


def test_every_sending_is_counted() -> None:
    intent = an_intent().moved_to(SENDING).moved_to(PENDING).moved_to(SENDING)

    assert intent.send_count == 2
    assert intent.moved_to(ACKED).send_count == 2


@given(reports=st.lists(st.integers(0, 10)))
def test_cumulative_fills_join_by_maximum_in_any_order(reports: list[int]) -> None:
    intent = an_intent(state=ACKED)

    for filled in [*reports, *reversed(reports)]:
        intent = intent.joined(usd(filled))

    assert intent.filled == max(reports, default=0)
    assert intent.left == 10 - intent.filled


def test_more_filled_than_ordered_is_inconsistent() -> None:
    with pytest.raises(Inconsistent, match="filled 11 of 10"):
        an_intent().joined(usd(11))


def an_id(
    account: str = "paper",
    day: date = DAY,
    symbol: str = "ACME",
    purpose: Purpose = Purpose.ENTRY,
    generation: int = 1,
    signal: str = "plan-1",
) -> str:
    return client_order_id(account, day, symbol, purpose, generation, signal)


@given(
    account=st.text(st.characters(codec="ascii", categories=("L", "N")), max_size=40),
    symbol=st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=40),
    generation=st.integers(1, 10_000),
)
def test_an_identifier_fits_every_venue(account: str, symbol: str, generation: int) -> None:
    made = an_id(account=account, symbol=symbol, generation=generation)

    assert len(made) <= 48
    assert made == an_id(account=account, symbol=symbol, generation=generation)


def test_an_identifier_reads_as_what_it_names() -> None:
    assert an_id() == "fa-paper-20250312-ACME-EN1-GLGGAXJS734LYYBJ"
    assert an_id(purpose=Purpose.EXIT, generation=2).startswith("fa-paper-20250312-ACME-EX2-")


def test_whatever_differs_makes_another_identifier() -> None:
    made = [
        an_id(),
        an_id(generation=2),
        an_id(purpose=Purpose.EXIT),
        an_id(signal="plan-2"),
        an_id(account="paper-two"),
        an_id(account="paper-three"),
    ]

    assert len(set(made)) == len(made)


def test_an_intent_speaks_for_its_plan() -> None:
    intent = an_intent(OrderKind.LIMIT, 7, at=SHORT)

    assert (intent.symbol, intent.side) == ("ACME", Side.SHORT)
    assert [intent.price, intent.left] == [100, 7]


def test_an_order_intent_is_recorded_as_a_decision() -> None:
    event = OrderIntentCreated(an_intent(OrderKind.STOP))

    assert event.is_decision
    assert event.payload() == {
        "client_order_id": "fa-test-ACME-EN1",
        "plan_id": "plan-ACME",
        "symbol": "ACME",
        "side": "long",
        "kind": "stop",
        "price": usd(100),
        "quantity": usd(10),
        "valid_until": an_intent().valid_until,
    }


def test_an_exit_is_recorded_as_a_decision() -> None:
    exit_ = ExitIntent("fa-x", "fa-test-ACME-EN1", "ACME", usd(10), "flat", OPEN)

    event = ExitOrdered(exit_)

    assert event.is_decision
    assert event.payload() == {
        "client_order_id": "fa-x",
        "symbol": "ACME",
        "quantity": usd(10),
        "reason": "flat",
    }


def test_what_the_venue_says_is_recorded_as_a_fact() -> None:
    moved = OrderMoved("fa-x", "ACME", CANCELLED, usd(4), "window")
    filled = FillRecorded(a_fill(4, "100.05", fees="0.5", ambiguous=True))

    assert not moved.is_decision
    assert moved.payload()["state"] == "CANCELLED"
    assert not filled.is_decision
    assert filled.payload() == {
        "client_order_id": "fa-test-ACME-EN1",
        "symbol": "ACME",
        "quantity": usd(4),
        "price": usd("100.05"),
        "at": a_fill().at,
        "reason": "entry",
        "fees": usd("0.5"),
        "ambiguous": True,
    }
