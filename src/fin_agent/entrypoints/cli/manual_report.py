"""What ``journal fill`` does and shows."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from fin_agent.composition.bootstrap import App
from fin_agent.composition.tickets import FilledByHand, fill_by_hand
from fin_agent.domain.errors import UsageError
from fin_agent.domain.venue import Part
from fin_agent.entrypoints.cli.options import Options


@dataclass(frozen=True, slots=True)
class Given:
    """The arguments as they were typed."""

    order: str
    quantity: str | None
    price: str | None
    part: str | None
    at: str | None
    cancelled: bool


async def record_fill(options: Options, given: Given) -> None:
    """Check what was typed, write it down, say what it is about."""
    app = options.app()
    done = FilledByHand(
        order=given.order,
        quantity=_positive(given.quantity, "--quantity"),
        price=_positive(given.price, "--price"),
        part=_part(given.part),
        at=_moment(app, given.at),
        gone=given.cancelled,
    )
    ticket = fill_by_hand(app, done)
    if options.as_json:
        options.print_document(
            {
                "client_order_id": ticket.client_order_id,
                "symbol": ticket.symbol,
                "quantity": None if done.quantity is None else float(done.quantity),
                "price": None if done.price is None else float(done.price),
                "cancelled": done.gone,
            }
        )
        return
    words = "the rest is cancelled" if done.quantity is None else f"{done.quantity} at {done.price}"
    options.console().print(f"{ticket.symbol}: {words}", markup=False, highlight=False)


def _positive(text: str | None, name: str) -> Decimal | None:
    if text is None:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation as error:
        raise UsageError(f"{name} {text}: write a number, for example 12.50") from error
    if not (found.is_finite() and found > 0):
        raise UsageError(f"{name} {text}: must be above 0")
    return found


def _part(text: str | None) -> Part | None:
    if text is None:
        return None
    try:
        return Part(text)
    except ValueError as error:
        there = ", ".join(part.value for part in Part)
        raise UsageError(f"--part {text}: there are {there}") from error


def _moment(app: App, text: str | None) -> datetime:
    if text is None:
        return app.clock.now()
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        msg = f"--at {text}: write it like 2026-03-03T10:05:00-05:00"
        raise UsageError(msg) from error
    if found.tzinfo is None:
        raise UsageError(f"--at {text}: has no offset from UTC, write it like -05:00")
    return found
