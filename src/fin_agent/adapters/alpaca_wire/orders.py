"""Alpaca's order documents as values; a document that contradicts itself is refused whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from fin_agent.domain.errors import InvalidValue
from fin_agent.domain.market import Side
from fin_agent.domain.money import ZERO
from fin_agent.domain.order import OrderState

STATES: Mapping[str, OrderState] = {
    "accepted": OrderState.ACKED,
    "accepted_for_bidding": OrderState.ACKED,
    "calculated": OrderState.ACKED,  # closed for the day, settlement pending: no word of death
    "canceled": OrderState.CANCELLED,
    "done_for_day": OrderState.ACKED,  # its end follows as `expired` or `canceled`
    "expired": OrderState.EXPIRED,
    "filled": OrderState.FILLED,
    "held": OrderState.ACKED,
    "new": OrderState.ACKED,
    "partially_filled": OrderState.ACKED,
    "pending_cancel": OrderState.ACKED,
    "pending_new": OrderState.ACKED,
    "pending_replace": OrderState.ACKED,
    "pending_review": OrderState.ACKED,
    "rejected": OrderState.REJECTED,
    "replaced": OrderState.ACKED,  # we never replace, so something else works in its place
    "stopped": OrderState.ACKED,
    "suspended": OrderState.ACKED,
}
"""Every documented status; one that is not here works on, because nobody said that it ended."""

PAIR, BRACKET = "oco", "bracket"
_COMPLEX = frozenset({PAIR, BRACKET, "oto"})
_SIDES = {"buy": Side.LONG, "sell": Side.SHORT, "sell_short": Side.SHORT}
_STOPS = frozenset({"stop", "stop_limit", "trailing_stop"})
_MOST = Decimal(10) ** 12
_TIMES = ("filled_at", "updated_at", "submitted_at", "created_at")


@dataclass(frozen=True, slots=True)
class VenueOrder:
    """One order document with its legs.

    ``side`` and ``symbol`` are None for kinds of order that are not ours, ``quantity`` for orders
    by value. ``legs`` is None when the document does not say.
    """

    broker_id: str
    client_order_id: str
    symbol: str | None
    side: Side | None
    kind: str
    order_class: str
    purpose: str
    quantity: Decimal | None
    filled: Decimal
    average_price: Decimal
    status: str
    replaced_by: str | None
    submitted_at: datetime
    at: datetime
    legs: "tuple[VenueOrder, ...] | None"

    @property
    def state(self) -> OrderState:
        return STATES.get(self.status, OrderState.ACKED)

    @property
    def is_stop(self) -> bool:
        return self.kind in _STOPS

    @property
    def has_ended(self) -> bool:
        """Whether nothing of it or of its legs can fill any more, by Alpaca's word."""
        if not self.state.is_terminal or (self.legs is None and self.order_class in _COMPLEX):
            return False
        return all(self.leg_has_ended(leg) for leg in self.legs or ())

    def leg_has_ended(self, leg: "VenueOrder") -> bool:
        """A leg also ends when it was replaced by another one or when its partner filled."""
        if leg.state.is_terminal or leg.status != "replaced":
            return leg.state.is_terminal
        others = [other for other in self.legs or () if other is not leg]
        return any(o.state is OrderState.FILLED or o.broker_id == leg.replaced_by for o in others)


def parsed(document: object) -> VenueOrder:
    """An order from its decoded JSON.

    Raises:
        InvalidValue: a field is missing, impossible, or contradicts another one.
    """
    fields = _Fields(document)
    order = VenueOrder(
        broker_id=fields.text("id"),
        client_order_id=fields.text("client_order_id"),
        symbol=fields.optional_text("symbol"),
        side=_SIDES.get(fields.optional_text("side") or ""),
        kind=fields.optional_text("type") or fields.optional_text("order_type") or "",
        order_class=fields.optional_text("order_class") or "",
        purpose=fields.optional_text("position_intent") or "",
        quantity=fields.optional_number("qty"),
        filled=fields.optional_number("filled_qty") or ZERO,
        average_price=fields.optional_number("filled_avg_price") or ZERO,
        status=fields.text("status"),
        replaced_by=fields.optional_text("replaced_by"),
        submitted_at=fields.first_time(("submitted_at", "created_at")),
        at=fields.first_time(_TIMES),
        legs=fields.legs(),
    )
    _check(order)
    return order


def parsed_all(document: object) -> Sequence[VenueOrder]:
    """Orders from a decoded list.

    Raises:
        InvalidValue: not a list, or one of its orders cannot be read.
    """
    if not isinstance(document, list):
        raise InvalidValue(f"expected a list of orders, got {type(document).__name__}")
    return [parsed(item) for item in document]


def _check(order: VenueOrder) -> None:
    if order.filled > ZERO and order.average_price == ZERO:
        raise InvalidValue(f"order {order.client_order_id}: {order.filled} filled without a price")
    is_whole = order.quantity is None or order.filled >= order.quantity
    if order.state is OrderState.FILLED and not (is_whole and order.filled > ZERO):
        raise InvalidValue(
            f"order {order.client_order_id}: filled, with {order.filled} of {order.quantity}"
        )


class _Fields:
    """Typed access to one document."""

    def __init__(self, document: object) -> None:
        if not isinstance(document, dict):
            raise InvalidValue(f"expected an order, got {type(document).__name__}")
        self._document: dict[str, Any] = document

    def text(self, name: str) -> str:
        value = self.optional_text(name)
        if not value:
            raise InvalidValue(f"an order without {name}")
        return value

    def optional_text(self, name: str) -> str | None:
        value = self._document.get(name)
        if value is not None and not isinstance(value, str):
            raise InvalidValue(f"{name} must be text, was {type(value).__name__}")
        return value

    def optional_number(self, name: str) -> Decimal | None:
        value = self._document.get(name)
        return None if value is None else number(value, name)

    def first_time(self, names: Sequence[str]) -> datetime:
        text = next((found for name in names if (found := self.optional_text(name))), None)
        return instant(text)

    def legs(self) -> tuple[VenueOrder, ...] | None:
        legs = self._document.get("legs")
        if legs is None:
            return None
        return tuple(parsed_all(legs))


def number(value: object, name: str) -> Decimal:
    """A decimal at or above zero from text or a JSON number.

    Raises:
        InvalidValue: anything else.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise InvalidValue(f"{name} must be a number, was {type(value).__name__}")
    try:
        found = Decimal(value)
    except (InvalidOperation, ValueError) as error:
        raise InvalidValue(f"{name} must be a number") from error
    if not found.is_finite() or not ZERO <= found < _MOST:
        raise InvalidValue(f"{name} must be between 0 and {_MOST:f}")
    return found


def instant(text: str | None) -> datetime:
    """An RFC 3339 time; its nanoseconds are cut to microseconds.

    Raises:
        InvalidValue: no time, or one without its offset.
    """
    if text is None:
        raise InvalidValue("an order without a time")
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidValue(f"{text[:40]!r} is no time") from error
    if found.tzinfo is None:
        raise InvalidValue(f"{text!r} has no offset")
    return found
