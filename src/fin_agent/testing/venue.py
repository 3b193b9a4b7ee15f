"""A broker in memory that goes on when the agent dies, with faults a test can order.

It fills whole orders a little after they came in, at their own price. Nothing is deduplicated
unless asked for: an order that is sent twice is two orders, as it may be at a real venue.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from fin_agent.domain.errors import AlreadyKnown, Ambiguous, Refused, Unavailable
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.money import ZERO
from fin_agent.domain.order import OrderIntent, OrderState
from fin_agent.domain.session import TradingSession
from fin_agent.domain.venue import Execution, OrderReport, Part, Terms, VenueAccount
from fin_agent.ports import OrderPort

_FILLS_AFTER = timedelta(seconds=2)


class Fault(StrEnum):
    """What may happen to one request."""

    LOST = "lost"
    NO_REPLY = "no_reply"
    LATE = "late"
    BUSY = "busy"
    REFUSED = "refused"


@dataclass(slots=True)
class VenueOrder:
    """One order as the venue holds it; ``part`` is what its own executions are."""

    client_order_id: str
    symbol: str
    signed: Decimal
    price: Decimal
    part: Part
    accepted_at: datetime
    state: OrderState = OrderState.ACKED
    has_legs: bool = False
    leg_fill: Execution | None = None
    fills_at: datetime | None = None

    @property
    def moved(self) -> Decimal:
        """Signed shares that it has brought to the account so far."""
        sign = 1 if self.signed > 0 else -1
        out = ZERO if self.leg_fill is None else self.leg_fill.filled
        return (self.signed if self.state is OrderState.FILLED else ZERO) - sign * out


@dataclass
class FakeVenue(OrderPort):
    """``now`` tells its time; ``faults`` is asked with the kind of each request."""

    now: Callable[[], datetime]
    faults: Callable[[str], Fault | None] = lambda _kind: None
    dedupes: bool = False
    late_by: timedelta = timedelta(seconds=30)
    accepted: list[VenueOrder] = field(default_factory=list)
    hits: dict[str, tuple[Part, Decimal]] = field(default_factory=dict)
    held_before: dict[str, Decimal] = field(default_factory=dict)

    async def submit(self, intent: OrderIntent, session: TradingSession) -> OrderReport:  # noqa: ARG002 - the port's
        order = VenueOrder(
            intent.client_order_id,
            intent.symbol,
            intent.side.sign * intent.quantity,
            intent.price,
            Part.ENTRY,
            self.now(),
            has_legs=True,
        )
        return self._take(order)

    async def exit(self, intent: ExitIntent) -> OrderReport:
        sold = -self.position(intent.symbol)
        sign = 1 if sold > 0 else -1
        order = VenueOrder(
            intent.client_order_id,
            intent.symbol,
            sign * intent.quantity,
            Decimal(10),
            Part.EXIT,
            self.now(),
        )
        return self._take(order)

    async def cancel(self, client_order_id: str) -> None:
        self._may_fail("cancel")
        for order in self._of(client_order_id):
            if order.state is OrderState.ACKED:
                order.state = OrderState.CANCELLED

    async def release(self, client_order_id: str) -> bool:
        await self.cancel(client_order_id)
        for order in self._of(client_order_id):
            order.has_legs = False
        return True

    def drain(self) -> Sequence[OrderReport]:
        return ()

    async def find(self, client_order_id: str) -> OrderReport | None:
        self._may_fail("find")
        found = self._of(client_order_id)
        return self._report(found[0]) if found else None

    async def orders(self, since: datetime) -> Sequence[OrderReport]:  # noqa: ARG002 - all are new
        self._may_fail("orders")
        return [self._report(order) for order in self._visible()]

    async def positions(self) -> Mapping[str, Decimal]:
        self._may_fail("positions")
        symbols = {o.symbol for o in self.accepted} | self.held_before.keys()
        held = {symbol: self.position(symbol) for symbol in sorted(symbols)}
        return {symbol: shares for symbol, shares in held.items() if shares}

    async def account(self) -> VenueAccount:
        self._may_fail("account")
        return VenueAccount("FAKE-1", is_live=False)

    def position(self, symbol: str) -> Decimal:
        """Signed shares of a symbol."""
        orders = [order for order in self._visible() if order.symbol == symbol]
        return sum((o.moved for o in orders), self.held_before.get(symbol, ZERO))

    def hit(self, symbol: str, part: Part, price: Decimal) -> None:
        """Let a protective leg of a symbol fill as soon as its entry has."""
        self.hits[symbol] = (part, price)

    def _take(self, order: VenueOrder) -> OrderReport:
        fault = self.faults("submit")
        if fault is Fault.BUSY:
            raise Unavailable("429: too many requests")
        if fault is Fault.REFUSED:
            raise Refused("403: insufficient buying power")
        if fault is Fault.LOST:
            raise Ambiguous("time-out")
        if self.dedupes and self._of(order.client_order_id):
            raise AlreadyKnown("client_order_id must be unique")
        if fault is Fault.LATE:
            order.accepted_at += self.late_by
        order.fills_at = order.accepted_at + _FILLS_AFTER
        self.accepted.append(order)
        if fault in {Fault.NO_REPLY, Fault.LATE}:
            raise Ambiguous("connection reset")
        return self._report(order)

    def _visible(self) -> list[VenueOrder]:
        now = self.now()
        found = [order for order in self.accepted if order.accepted_at <= now]
        for order in found:
            self._progress(order, now)
        return found

    def _of(self, client_order_id: str) -> list[VenueOrder]:
        return [o for o in self._visible() if o.client_order_id == client_order_id]

    def _progress(self, order: VenueOrder, now: datetime) -> None:
        due = order.fills_at is not None and now >= order.fills_at
        if order.state is OrderState.ACKED and due:
            order.state = OrderState.FILLED
        hit = self.hits.get(order.symbol)
        if order.state is OrderState.FILLED and order.has_legs and hit is not None:
            part, price = hit
            order.leg_fill = Execution(part, abs(order.signed), price, now)
            order.has_legs = False

    def _report(self, order: VenueOrder) -> OrderReport:
        filled = abs(order.signed) if order.state is OrderState.FILLED else ZERO
        at = order.fills_at or order.accepted_at
        executions = [Execution(order.part, filled, order.price, at)]
        if order.has_legs and filled:
            waits = Execution(Part.STOP, ZERO, order.price, at, is_live=True)
            executions.append(waits)
        if order.leg_fill is not None:
            executions.append(replace(order.leg_fill))
        return OrderReport(
            order.client_order_id,
            order.state,
            filled,
            broker_id=f"b-{order.client_order_id}",
            terms=Terms(order.symbol, order.signed),
            executions=tuple(executions),
        )

    def _may_fail(self, kind: str) -> None:
        if self.faults(kind) is not None:
            raise Unavailable("the venue does not answer")
