"""``journal fill`` writes only what a ticket asked for."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fin_agent.adapters.brokers.manual import Manual
from fin_agent.adapters.ticket_book import TicketBook
from fin_agent.composition.bootstrap import App, start
from fin_agent.composition.loading import Choices
from fin_agent.composition.tickets import FilledByHand, fill_by_hand
from fin_agent.domain.errors import UsageError
from fin_agent.domain.venue import Part
from fin_agent.testing.builders import OPEN, a_session
from tests.adapters.brokers.alpaca_worlds import ENTRY, HandClock, an_entry


@pytest.fixture
def app(tmp_path: Path) -> App:
    found = start(Choices(None, None, ()), tmp_path, {})
    venue = Manual(tmp_path / "manual", HandClock())
    asyncio.run(venue.submit(an_entry(), a_session()))
    return found


def by_hand(order: str = ENTRY, **changes: Any) -> FilledByHand:
    given = {"quantity": Decimal(10), "price": Decimal(100), "part": None, "gone": False}
    return FilledByHand(order=order, at=OPEN, **{**given, **changes})


@pytest.mark.parametrize("order", [ENTRY, ENTRY[-6:], "acme"])
def test_a_ticket_is_named_by_id_end_or_symbol(app: App, order: str) -> None:
    assert fill_by_hand(app, by_hand(order)).client_order_id == ENTRY
    assert len(TicketBook(app.data_dir / "manual").lines()) == 2


@pytest.mark.parametrize(
    ("done", "problem"),
    [
        (by_hand("NVDA"), "NVDA: no ticket of that name; there are: fa-"),
        (by_hand(quantity=Decimal(11)), r"ACME: 11 filled, but only 10 can be \(entry\)"),
        (by_hand(part=Part.STOP), r"ACME: 10 filled, but only 0 can be \(stop\)"),
        (by_hand(quantity=None, price=None), "say --quantity and --price, or --cancelled"),
    ],
)
def test_what_no_ticket_asked_for_is_refused(app: App, done: FilledByHand, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        fill_by_hand(app, done)
    assert len(TicketBook(app.data_dir / "manual").lines()) == 1


def test_the_rest_can_be_gone(app: App) -> None:
    fill_by_hand(app, by_hand(quantity=Decimal(4), gone=True))

    assert [line.is_gone for line in TicketBook(app.data_dir / "manual").lines()][-1]
