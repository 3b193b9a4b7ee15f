"""What a person is told of an event: in their words, as loudly as they want, and inert."""

import json
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.application.decisions import DecisionLog
from fin_agent.application.notify import KINDS, Level, inert, notice_of, told_types
from fin_agent.domain.control import ErrorRaised, TradingHalted
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.notice import Notice, Severity
from fin_agent.domain.order import OrderMoved, OrderState
from fin_agent.domain.session import SessionClosed
from fin_agent.testing.builders import usd
from tests.domain.test_event_payloads import EVENTS

AT = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
NOW = datetime(2026, 3, 3, 15, 0, 1, tzinfo=UTC)
EVERYTHING = dict.fromkeys(KINDS, Level.ON)
ACTIVE = set("<>@&*`~|[]#\\")


def told(event: DomainEvent, **levels: Level) -> Notice | None:
    recorded = DecisionLog("paper", AT.date()).record(event, AT)
    return notice_of(recorded, levels, "EUR", NOW)


def words(event: DomainEvent) -> tuple[str, str]:
    notice = told(event, **EVERYTHING)
    assert notice is not None
    return notice.title, notice.text


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_is_told_or_deliberately_not(event: DomainEvent) -> None:
    notice = told(event, **EVERYTHING)

    assert (notice is not None) == (type(event).__name__ in told_types()) or isinstance(
        event, OrderMoved
    )
    if notice is not None:
        assert notice.kind in KINDS
        assert notice.made_at == NOW
        assert notice.title
        assert notice.text.endswith("(10:00 New York)")


def test_a_trade_is_told_by_how_it_ended() -> None:
    trades = [event for event in EVENTS if type(event).__name__ == "TradeRecorded"]

    title, text = words(trades[0])

    assert title.startswith("Target hit: ")
    assert " EUR, +142857142.90 R" in text


def test_a_day_that_is_flat_and_one_that_is_not() -> None:
    flat = SessionClosed(usd(521), usd("21.45"), 4, flat=True, kpi_hits=1)
    held = SessionClosed(usd(521), usd("21.45"), 4, flat=False, kpi_hits=1)

    assert words(flat)[0] == "Day over, flat verified"
    assert words(flat)[1].startswith("4 trades, +21.45 EUR, equity 521.00 EUR")
    assert words(held)[0] == "NOT FLAT after the close"
    notice = told(held)
    assert notice is not None
    assert notice.severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (OrderState.REJECTED, "order_refused"),
        (OrderState.UNKNOWN, "order_unknown"),
        (OrderState.ACKED, None),
        (OrderState.FILLED, None),
    ],
)
def test_an_order_is_told_when_it_needs_a_person(state: OrderState, kind: str | None) -> None:
    notice = told(OrderMoved("fa-x", "ACME", state, usd(0), "no buying power"))

    assert (None if notice is None else notice.kind) == kind


def test_who_halts_decides_how_loud_it_is() -> None:
    agent, person = (
        told(TradingHalted("a difference", "agent")),
        told(TradingHalted("me", "person")),
    )

    assert agent is not None
    assert person is not None
    assert (agent.severity, agent.silent) == (Severity.CRITICAL, False)
    assert (person.severity, person.silent) == (Severity.INFO, True)


def test_a_level_is_chosen_for_each_kind() -> None:
    error = ErrorRaised("the disk is full", "free space")

    on, silent = told(error), told(error, error=Level.SILENT)

    assert on is not None
    assert silent is not None
    assert (on.silent, silent.silent) == (False, True)
    assert told(error, error=Level.OFF) is None
    assert told(error, critical_error=Level.OFF) == on


def test_the_same_event_is_the_same_notice() -> None:
    error = ErrorRaised("the disk is full", "free space")

    assert told(error) == told(error)


def test_problem_and_remedy_are_told_together() -> None:
    assert words(ErrorRaised("the disk is full", "free space"))[1].startswith(
        "the disk is full; free space"
    )


@given(st.text(max_size=600))
def test_a_value_from_outside_is_one_inert_line(text: str) -> None:
    said = inert(text)

    assert not ACTIVE & set(said)
    assert "://" not in said
    assert len(said) <= 410
    assert all(c == " " or unicodedata.category(c)[0] not in "CZ" for c in said)
    assert said.isprintable()


@given(st.text(alphabet="ab_ ", max_size=30))
def test_underscores_hold_words_together_and_never_begin_one(text: str) -> None:
    said = f" {inert(text)} "

    assert " _" not in said
    assert "_ " not in said


@given(st.text(max_size=200))
def test_what_an_event_carries_cannot_become_markup(text: str) -> None:
    for event in (
        ErrorRaised(text, text, critical=True),
        TradingHalted(text, "agent"),
        OrderMoved("fa-x", text, OrderState.REJECTED, usd(0), text),
    ):
        json.dumps(event.payload(), default=str)
        title, said = words(event)
        assert not ACTIVE & set(title + said)
        assert "\n" not in title + said
