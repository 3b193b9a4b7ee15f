"""Order documents as the core's reports: cumulative executions by part, legs included."""

import re
from collections.abc import Sequence
from decimal import Decimal

from fin_agent.adapters.alpaca_wire.orders import BRACKET, PAIR, STATES, VenueOrder
from fin_agent.domain.money import ZERO
from fin_agent.domain.order import OrderState
from fin_agent.domain.venue import Execution, OrderReport, Part, Terms

OURS = "fa-"
_EXIT = re.compile(r"-EX\d+-[A-Z2-7]+$")
_PRICE_STEP = Decimal("0.00000001")


def is_ours(client_order_id: str) -> bool:
    return client_order_id.startswith(OURS)


def report_of(order: VenueOrder, reason: str = "") -> OrderReport:
    """What the document says, in the core's words.

    A stop and target pair is one order: its filled shares are those of both together.
    """
    executions = _executions(order)
    state, filled = order.state, order.filled
    if order.order_class == PAIR:
        filled = sum((e.filled for e in executions), ZERO)
        state = _state_of_pair(order, filled)
    elif order.status == "calculated" and order.quantity == order.filled:
        state = OrderState.FILLED
    return OrderReport(
        order.client_order_id,
        state,
        filled,
        reason=reason or _remark(order),
        broker_id=order.broker_id,
        terms=_terms(order),
        executions=executions,
    )


def _state_of_pair(order: VenueOrder, filled: Decimal) -> OrderState:
    parts = (order, *(order.legs or ()))
    is_whole = order.quantity is not None and filled >= order.quantity
    if is_whole and any(part.state is OrderState.FILLED for part in parts):
        return OrderState.FILLED
    return order.state if order.has_ended else OrderState.ACKED


def _remark(order: VenueOrder) -> str:
    if order.status not in STATES:
        return f"unknown status {order.status[:40]!r}, taken as working"
    return "refused after it was accepted" if order.state is OrderState.REJECTED else ""


def _terms(order: VenueOrder) -> Terms | None:
    if order.symbol is None or order.side is None or order.quantity is None:
        return None
    return Terms(order.symbol, order.side.sign * order.quantity)


def _executions(order: VenueOrder) -> tuple[Execution, ...]:
    """One execution a part: legs are asleep while the order itself still works."""
    own = _own_part(order)
    legs = order.legs or ()
    is_working = not order.state.is_terminal
    # The halves of a pair work together; a bracket's legs wait until its entry has ended.
    legs_sleep = is_working and order.order_class != PAIR
    parts: dict[Part, list[Execution]] = {own: [_execution(order, own, is_live=is_working)]}
    for leg in legs:
        part = Part.STOP if leg.is_stop else Part.TARGET
        is_live = not legs_sleep and not order.leg_has_ended(leg)
        parts.setdefault(part, []).append(_execution(leg, part, is_live=is_live))
    return tuple(_joined(part, found) for part, found in parts.items())


def _own_part(order: VenueOrder) -> Part:
    if order.order_class == PAIR:
        return Part.STOP if order.is_stop else Part.TARGET
    is_exit = order.purpose.endswith("_to_close") or _EXIT.search(order.client_order_id)
    return Part.EXIT if is_exit and order.order_class != BRACKET else Part.ENTRY


def _execution(order: VenueOrder, part: Part, *, is_live: bool) -> Execution:
    return Execution(part, order.filled, order.average_price, order.at, is_live=is_live)


def _joined(part: Part, found: Sequence[Execution]) -> Execution:
    """A leg that was replaced and the one in its place are the same part."""
    if len(found) == 1:
        return found[0]
    filled = sum((e.filled for e in found), ZERO)
    value = sum((e.filled * e.average_price for e in found), ZERO)
    price = (value / filled).quantize(_PRICE_STEP) if filled else ZERO
    at = max(e.at for e in found)
    return Execution(part, filled, price, at, is_live=any(e.is_live for e in found))
