"""An account without an API: tickets go out, and only what a person said has happened."""

from decimal import Decimal
from pathlib import Path

import pytest

from fin_agent.adapters.brokers.manual import Manual
from fin_agent.adapters.ticket_book import FilledLine, TicketBook
from fin_agent.domain.errors import AlreadyKnown, CorruptData, Refused
from fin_agent.domain.order import OrderState
from fin_agent.domain.venue import Execution, OrderReport, Part, Terms
from fin_agent.testing.builders import OPEN, a_session, usd
from tests.adapters.brokers.alpaca_worlds import ENTRY, EXIT, HandClock, an_entry, an_exit

SESSION = a_session()


@pytest.fixture
def book(tmp_path: Path) -> TicketBook:
    return TicketBook(tmp_path)


@pytest.fixture
def venue(tmp_path: Path) -> Manual:
    return Manual(tmp_path, HandClock())


def filled(part: Part, shares: int, price: str, cid: str = ENTRY) -> FilledLine:
    return FilledLine(cid, part, Decimal(shares), usd(price), OPEN)


async def report(venue: Manual, cid: str = ENTRY) -> OrderReport:
    found = await venue.find(cid)
    assert found is not None
    return found


async def test_nothing_is_assumed_filled(venue: Manual) -> None:
    told = await venue.submit(an_entry(), SESSION)

    assert (told.state, told.filled, told.executions) == (OrderState.ACKED, Decimal(0), ())
    assert told.terms == Terms("ACME", Decimal(10))
    assert await venue.positions() == {}


async def test_parts_filled_by_hand_add_up(venue: Manual, book: TicketBook) -> None:
    await venue.submit(an_entry(), SESSION)
    book.fill(filled(Part.ENTRY, 4, "100"))
    book.fill(filled(Part.ENTRY, 6, "101"))

    found = await report(venue)

    assert found.state is OrderState.FILLED
    assert found.executions[0] == Execution(Part.ENTRY, Decimal(10), usd("100.6"), OPEN)
    assert found.has_live_legs  # the person keeps the stop that the ticket asks for
    assert await venue.positions() == {"ACME": Decimal(10)}


async def test_a_stop_that_was_hit_closes_the_position(venue: Manual, book: TicketBook) -> None:
    await venue.submit(an_entry(), SESSION)
    book.fill(filled(Part.ENTRY, 10, "100"))
    book.fill(filled(Part.STOP, 10, "97"))

    found = await report(venue)

    assert found.filled == Decimal(10)
    assert {e.part for e in found.executions} == {Part.ENTRY, Part.STOP}
    assert not found.has_live_legs
    assert await venue.positions() == {}


async def test_a_cancel_is_only_asked_for(venue: Manual, book: TicketBook) -> None:
    await venue.submit(an_entry(), SESSION)
    book.fill(filled(Part.ENTRY, 4, "100"))

    await venue.cancel(ENTRY)
    await venue.cancel(ENTRY)
    assert (await report(venue)).state is OrderState.ACKED
    assert len(book.lines()) == 3

    book.gone(ENTRY, OPEN)
    assert (await report(venue)).state is OrderState.CANCELLED
    assert await venue.positions() == {"ACME": Decimal(4)}


async def test_an_exit_is_a_ticket_of_its_own(venue: Manual, book: TicketBook) -> None:
    await venue.submit(an_entry(), SESSION)
    book.fill(filled(Part.ENTRY, 10, "100"))

    told = await venue.exit(an_exit())
    assert told.terms == Terms("ACME", Decimal(-10))
    book.fill(filled(Part.EXIT, 10, "102", EXIT))

    assert (await report(venue, EXIT)).state is OrderState.FILLED
    assert await venue.positions() == {}


async def test_what_a_person_says_is_heard_once(venue: Manual, book: TicketBook) -> None:
    await venue.submit(an_entry(), SESSION)
    assert list(venue.drain()) == []
    book.fill(filled(Part.ENTRY, 10, "100"))

    assert [r.client_order_id for r in venue.drain()] == [ENTRY]
    assert list(venue.drain()) == []


async def test_a_restart_knows_every_ticket(venue: Manual, tmp_path: Path) -> None:
    await venue.submit(an_entry(), SESSION)
    again = Manual(tmp_path, HandClock())

    assert [r.client_order_id for r in await again.orders(OPEN)] == [ENTRY]
    with pytest.raises(AlreadyKnown, match="was issued already"):
        await again.submit(an_entry(), SESSION)
    with pytest.raises(Refused, match="no ticket fa-other"):
        await again.exit(an_exit(entry="fa-other"))


async def test_a_line_cut_by_a_crash_never_counted(venue: Manual, tmp_path: Path) -> None:
    await venue.submit(an_entry(), SESSION)
    path = tmp_path / "book.jsonl"
    with path.open("a") as file:
        file.write('{"line": "fill", "quanti')

    assert (await report(venue)).filled == Decimal(0)
    TicketBook(tmp_path).fill(filled(Part.ENTRY, 10, "100"))
    assert (await report(venue)).filled == Decimal(10)


async def test_a_line_that_is_none_is_named(venue: Manual, tmp_path: Path) -> None:
    await venue.submit(an_entry(), SESSION)
    with (tmp_path / "book.jsonl").open("a") as file:
        file.write('{"line": "wish"}\n')

    with pytest.raises(CorruptData, match=r"book.jsonl, line 2: not a line of the ticket book"):
        await venue.positions()
