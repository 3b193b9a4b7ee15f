"""An account without an API: plans become tickets, and a person says what was filled.

Nothing is ever assumed filled or cancelled. The book is one file of lines, ``manual/book.jsonl`` in
the data directory: tickets from the agent, fills and cancels from ``fin-agent journal fill``. All
state is read from it again after a restart.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from fin_agent.adapters.ticket_book import FilledLine, Line, Ticket, TicketBook, TicketLine
from fin_agent.domain.errors import AlreadyKnown, Refused
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.money import ZERO
from fin_agent.domain.order import OrderIntent, OrderState
from fin_agent.domain.session import TradingSession
from fin_agent.domain.venue import Execution, OrderReport, Part, Terms, VenueAccount
from fin_agent.ports import ClockPort, OrderPort


class Manual(OrderPort):
    """The person is the venue; an exit's ticket asks for the old stop and target to go first."""

    def __init__(self, folder: Path, clock: ClockPort) -> None:
        self._book = TicketBook(folder)
        self._clock = clock
        self._seen = 0

    async def submit(self, intent: OrderIntent, session: TradingSession) -> OrderReport:  # noqa: ARG002 - the ticket says until when
        levels = intent.approved.levels
        return self._issue(
            Ticket(
                client_order_id=intent.client_order_id,
                entry_id="",
                symbol=intent.symbol,
                signed=intent.side.sign * intent.quantity,
                kind=intent.kind.value,
                price=intent.price,
                stop=levels.stop,
                target=levels.target,
                reason="entry",
                at=self._clock.now(),
            )
        )

    async def exit(self, intent: ExitIntent) -> OrderReport:
        entry = self._book.tickets().get(intent.entry_id)
        if entry is None:
            raise Refused(f"no ticket {intent.entry_id} was ever issued")
        sign = -1 if entry.signed > 0 else 1
        return self._issue(
            Ticket(
                client_order_id=intent.client_order_id,
                entry_id=intent.entry_id,
                symbol=intent.symbol,
                signed=sign * intent.quantity,
                kind="market",
                price=None,
                stop=intent.stop,
                target=intent.target,
                reason=intent.reason,
                at=self._clock.now(),
            )
        )

    async def cancel(self, client_order_id: str) -> None:
        """Ask the person to cancel; the order lives until they say that it is gone."""
        self._book.ask_to_cancel(client_order_id, self._clock.now())

    async def release(self, client_order_id: str) -> bool:
        """An exit's ticket itself asks for everything else in the symbol to be cancelled."""
        await self.cancel(client_order_id)
        return True

    def drain(self) -> Sequence[OrderReport]:
        lines = self._book.lines()
        new, self._seen = lines[self._seen :], len(lines)
        named = {line.client_order_id for line in new if not isinstance(line, TicketLine)}
        tickets = self._book.tickets(lines)
        return [_report(tickets[cid], lines) for cid in sorted(named) if cid in tickets]

    async def find(self, client_order_id: str) -> OrderReport | None:
        lines = self._book.lines()
        ticket = self._book.tickets(lines).get(client_order_id)
        return None if ticket is None else _report(ticket, lines)

    async def orders(self, since: datetime) -> Sequence[OrderReport]:
        lines = self._book.lines()
        tickets = self._book.tickets(lines).values()
        return [_report(ticket, lines) for ticket in tickets if ticket.at >= since]

    async def positions(self) -> Mapping[str, Decimal]:
        held: dict[str, Decimal] = {}
        lines = self._book.lines()
        tickets = self._book.tickets(lines)
        for line in _fills(lines):
            ticket = tickets[line.client_order_id]
            sign = 1 if ticket.signed > 0 else -1
            closes = ticket.entry_id == "" and line.part is not Part.ENTRY
            change = -sign * line.quantity if closes else sign * line.quantity
            held[ticket.symbol] = held.get(ticket.symbol, ZERO) + change
        return {symbol: shares for symbol, shares in sorted(held.items()) if shares}

    async def account(self) -> VenueAccount:
        return VenueAccount("manual", is_live=False)

    def _issue(self, ticket: Ticket) -> OrderReport:
        if ticket.client_order_id in self._book.tickets():
            raise AlreadyKnown(f"ticket {ticket.client_order_id} was issued already")
        self._book.issue(ticket)
        return _report(ticket, self._book.lines())


def _fills(lines: Iterable[Line]) -> list[FilledLine]:
    return [line for line in lines if isinstance(line, FilledLine)]


def _report(ticket: Ticket, lines: Sequence[Line]) -> OrderReport:
    """A ticket with everything that the person said about it."""
    cid, is_entry = ticket.client_order_id, ticket.entry_id == ""
    mine = [line for line in _fills(lines) if line.client_order_id == cid]
    own = Part.ENTRY if is_entry else Part.EXIT
    filled = sum((line.quantity for line in mine if _part(line, own) is own), ZERO)
    done = filled if is_entry else sum((line.quantity for line in mine), ZERO)
    state = OrderState.ACKED
    if done >= abs(ticket.signed):
        state = OrderState.FILLED
    elif any(line.is_gone for line in lines if line.client_order_id == cid):
        state = OrderState.CANCELLED
    executions = [_execution(part, mine, own) for part in {_part(line, own): 0 for line in mine}]
    has_legs = ticket.stop is not None and (filled > 0 if is_entry else state.is_live)
    if has_legs and not any(e.part is Part.STOP for e in executions):
        executions.append(Execution(Part.STOP, ZERO, ZERO, ticket.at, is_live=True))
    return OrderReport(
        cid,
        state,
        done,
        broker_id=f"ticket {cid[-8:]}",
        terms=Terms(ticket.symbol, ticket.signed),
        executions=tuple(executions),
    )


def _part(line: FilledLine, own: Part) -> Part:
    return line.part if line.part in {Part.STOP, Part.TARGET} else own


def _execution(part: Part, lines: Sequence[FilledLine], own: Part) -> Execution:
    """Everything filled of one part, at its average price."""
    mine = [line for line in lines if _part(line, own) is part]
    shares = sum((line.quantity for line in mine), ZERO)
    value = sum((line.quantity * line.price for line in mine), ZERO)
    return Execution(part, shares, value / shares, max(line.at for line in mine))
