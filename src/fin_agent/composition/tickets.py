"""The person's fills at a broker without an API, written into the ticket book."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from fin_agent.adapters.ticket_book import FilledLine, Ticket, TicketBook
from fin_agent.composition.bootstrap import App
from fin_agent.domain.errors import UsageError
from fin_agent.domain.money import ZERO
from fin_agent.domain.venue import Part

__all__ = ["FilledByHand", "Ticket", "fill_by_hand"]


@dataclass(frozen=True, slots=True)
class FilledByHand:
    """What a person did: shares at a price in USD; ``gone`` says that the rest is cancelled."""

    order: str
    quantity: Decimal | None
    price: Decimal | None
    part: Part | None
    at: datetime
    gone: bool


def fill_by_hand(app: App, done: FilledByHand) -> Ticket:
    """Write a fill down; the running agent sees it within seconds.

    Raises:
        UsageError: no ticket fits, more than one does, or the fill is more than was asked for.
    """
    book = TicketBook(app.data_dir / "manual")
    ticket = _named(list(book.tickets().values()), done.order)
    if done.quantity is not None and done.price is not None:
        part = done.part or (Part.EXIT if ticket.entry_id else Part.ENTRY)
        _check(book, ticket, part, done.quantity)
        book.fill(FilledLine(ticket.client_order_id, part, done.quantity, done.price, done.at))
    elif not done.gone:
        raise UsageError("say --quantity and --price, or --cancelled")
    if done.gone:
        book.gone(ticket.client_order_id, done.at)
    return ticket


def _named(tickets: Sequence[Ticket], name: str) -> Ticket:
    """The ticket of an order id, of its end, or the newest one of a symbol."""
    exact = [t for t in tickets if t.client_order_id.endswith(name)]
    found = exact or [t for t in tickets if t.symbol == name.upper()][-1:]
    if len(found) != 1:
        there = ", ".join(t.client_order_id for t in tickets) or "none yet"
        problem = "no ticket" if not found else "more than one ticket"
        raise UsageError(f"{name}: {problem} of that name; there are: {there}")
    return found[0]


def _check(book: TicketBook, ticket: Ticket, part: Part, quantity: Decimal) -> None:
    """A fill is of this ticket: not more than it asks for, no exit by an entry that is not in."""
    mine = [
        line
        for line in book.lines()
        if isinstance(line, FilledLine) and line.client_order_id == ticket.client_order_id
    ]
    entered = sum((line.quantity for line in mine if line.part is Part.ENTRY), ZERO)
    left = abs(ticket.signed) - sum((x.quantity for x in mine if x.part is not Part.ENTRY), ZERO)
    if part is Part.ENTRY:
        left = abs(ticket.signed) - entered
    elif not ticket.entry_id:
        left -= abs(ticket.signed) - entered
    if quantity > left:
        raise UsageError(f"{ticket.symbol}: {quantity} filled, but only {left} can be ({part})")


def fill_once(app: App, done: FilledByHand) -> Ticket:
    """The same, but a fill that is written down already is not written again.

    Raises:
        UsageError: as ``fill_by_hand``.
    """
    book = TicketBook(app.data_dir / "manual")
    ticket = _named(list(book.tickets().values()), done.order)
    if done.quantity is not None and done.price is not None:
        part = done.part or (Part.EXIT if ticket.entry_id else Part.ENTRY)
        line = FilledLine(ticket.client_order_id, part, done.quantity, done.price, done.at)
        if line in book.lines():
            return ticket
    return fill_by_hand(app, done)
