"""Latches: which days they bind, and the state a session starts in under several of them."""

from datetime import date
from itertools import combinations

import pytest

from fin_agent.domain.control import (
    ErrorRaised,
    Latch,
    LatchKind,
    TradingHalted,
    TradingResumed,
    state_under,
)
from fin_agent.domain.risk import TradingState
from fin_agent.testing.builders import DAY, OPEN, YESTERDAY

DAILY_LOSS, HALT, NOT_FLAT, FLAT = LatchKind
OTHERS = (HALT, NOT_FLAT, FLAT)


def latch(kind: LatchKind, day: date = DAY) -> Latch:
    return Latch(kind, day, "a reason", OPEN)


def test_a_daily_loss_binds_its_own_exchange_date() -> None:
    assert latch(DAILY_LOSS).binds(DAY)
    assert not latch(DAILY_LOSS, YESTERDAY).binds(DAY)


@pytest.mark.parametrize("kind", OTHERS)
def test_every_other_latch_binds_until_it_is_taken_away(kind: LatchKind) -> None:
    assert latch(kind, YESTERDAY).binds(DAY)


def test_the_state_of_a_session_under_every_set_of_latches() -> None:
    for number in range(len(LatchKind) + 1):
        for kinds in combinations(LatchKind, number):
            expected = TradingState.ACTIVE
            if DAILY_LOSS in kinds:
                expected = TradingState.REDUCING
            if set(kinds) & set(OTHERS):
                expected = TradingState.HALTED
            assert state_under([latch(kind) for kind in kinds], DAY) is expected


def test_yesterdays_loss_is_over() -> None:
    assert state_under([latch(DAILY_LOSS, YESTERDAY)], DAY) is TradingState.ACTIVE


def test_what_is_recorded() -> None:
    halted = TradingHalted("positions differ", "reconcile")
    resumed = TradingResumed("looked at it")
    raised = ErrorRaised("a problem", "a remedy", critical=True)

    assert halted.payload() == {"reason": "positions differ", "by": "reconcile"}
    assert resumed.payload() == {"reason": "looked at it"}
    assert raised.payload() == {"problem": "a problem", "remedy": "a remedy", "critical": True}
    assert not any(event.is_decision for event in (halted, resumed, raised))
