"""An order intent from the decision to the venue's last word about it.

The states and the identifier are reliability.md section 3: an intent is durable before a byte is
sent, UNKNOWN is left by evidence only, death needs the venue's word, fills join by maximum.
"""

from base64 import b32encode
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import blake2s
from typing import ClassVar

from fin_agent.domain.construction import quickly_made
from fin_agent.domain.entry import OrderKind
from fin_agent.domain.errors import Inconsistent
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.market import Side
from fin_agent.domain.money import ZERO
from fin_agent.domain.risk import ApprovedPlan

_DIGEST_BYTES = 10  # 16 characters of base 32
CLIENT_ORDER_ID_LENGTH = 48


class Purpose(StrEnum):
    """Why an order exists: an entry raises exposure, an exit only ever lowers it."""

    ENTRY = "ENTRY"
    EXIT = "EXIT"


class OrderState(StrEnum):
    """Where an intent stands; only the venue's evidence makes it terminal."""

    PENDING = "PENDING"
    SENDING = "SENDING"
    UNKNOWN = "UNKNOWN"
    ACKED = "ACKED"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    DEAD = "DEAD"

    @property
    def is_terminal(self) -> bool:
        return self in _TERMINAL

    @property
    def is_live(self) -> bool:
        return self not in _TERMINAL


_TERMINAL = frozenset(
    {
        OrderState.FILLED,
        OrderState.CANCELLED,
        OrderState.EXPIRED,
        OrderState.REJECTED,
        OrderState.DEAD,
    }
)
_VENUE_WORDS = frozenset(
    {OrderState.ACKED, OrderState.FILLED, OrderState.CANCELLED, OrderState.EXPIRED}
)
_NEXT: dict[OrderState, frozenset[OrderState]] = {
    OrderState.PENDING: frozenset(
        {OrderState.SENDING, OrderState.UNKNOWN, OrderState.EXPIRED, OrderState.CANCELLED}
    ),
    OrderState.SENDING: _VENUE_WORDS
    | {OrderState.PENDING, OrderState.UNKNOWN, OrderState.REJECTED},
    OrderState.UNKNOWN: _VENUE_WORDS | {OrderState.PENDING, OrderState.REJECTED, OrderState.DEAD},
    OrderState.ACKED: _VENUE_WORDS | {OrderState.REJECTED},
}


def next_state(client_order_id: str, now: OrderState, wanted: OrderState) -> OrderState:
    """The state after an attempt to move; terminal states are sticky.

    Raises:
        Inconsistent: the state machine has no such step.
    """
    if wanted is now or now in _TERMINAL:
        return now
    if wanted not in _NEXT[now]:
        raise Inconsistent(f"order {client_order_id}: {now} cannot become {wanted}")
    return wanted


def client_order_id(
    account: str, day: date, symbol: str, purpose: Purpose, generation: int, signal_id: str
) -> str:
    """The identifier the venue sees: the same after every crash, at most 48 characters."""
    named = f"{account}|{signal_id}|{purpose}|{generation}".encode()
    digest = b32encode(blake2s(named).digest()[:_DIGEST_BYTES]).decode()
    head = f"fa-{account[:6]}-{day.isoformat().replace('-', '')}-{symbol}"
    tail = f"-{purpose[:2]}{generation}-{digest}"
    return head[: CLIENT_ORDER_ID_LENGTH - len(tail)] + tail


@quickly_made
@dataclass(frozen=True, slots=True)
class Fill:
    """One execution at the venue: price in USD, fees in account currency, time of the bar start.

    ``exit_id`` names the exit order that filled, when it was not the entry or one of its legs.
    ``total`` is what that part of the order has filled so far, this included, where a venue counts
    so: it tells two equal executions of one minute apart.
    """

    client_order_id: str
    symbol: str
    quantity: Decimal
    price: Decimal
    at: datetime
    minute: int
    reason: str
    is_entry: bool
    fees: Decimal = ZERO
    ambiguous: bool = False
    exit_id: str = ""
    total: Decimal = ZERO


@quickly_made
@dataclass(frozen=True, slots=True)
class OrderIntent:
    """The durable wish to trade. Prices in USD; ``reserved`` and ``at_risk`` in account currency.

    ``price`` is the trigger price: the limit, the stop, or the close a market order was decided on.
    ``sent_at`` is when it was last handed to the venue.
    """

    client_order_id: str
    approved: ApprovedPlan
    kind: OrderKind
    decided_at: datetime
    valid_until: datetime
    quantity: Decimal
    state: OrderState = OrderState.PENDING
    send_count: int = 0
    filled: Decimal = ZERO
    broker_id: str | None = None
    sent_at: datetime | None = None

    @property
    def symbol(self) -> str:
        return self.approved.plan.symbol

    @property
    def side(self) -> Side:
        return self.approved.plan.side

    @property
    def price(self) -> Decimal:
        """The entry price in USD that the size was made for."""
        return self.approved.levels.entry

    @property
    def left(self) -> Decimal:
        """Shares still to be filled while the order lives, else none."""
        return self.quantity - self.filled if self.state.is_live else ZERO

    def moved_to(self, state: OrderState) -> "OrderIntent":
        """The intent in its next state; terminal states are sticky.

        Raises:
            Inconsistent: the state machine has no such step.
        """
        if next_state(self.client_order_id, self.state, state) is self.state:
            return self
        sent = self.send_count + (state is OrderState.SENDING)
        return self._changed(state, sent, self.filled, self.sent_at)

    def joined(self, filled: Decimal) -> "OrderIntent":
        """Fold a cumulative filled quantity in: reports may repeat, overtake and go missing.

        Raises:
            Inconsistent: the venue reports more than was ordered.
        """
        if filled > self.quantity:
            msg = f"order {self.client_order_id}: filled {filled} of {self.quantity}"
            raise Inconsistent(msg)
        if filled <= self.filled:
            return self
        return self._changed(self.state, self.send_count, filled, self.sent_at)

    def sent(self, at: datetime) -> "OrderIntent":
        """About to be sent: what must be durable before the first byte leaves."""
        state = next_state(self.client_order_id, self.state, OrderState.SENDING)
        sent = self.send_count + (state is not self.state)
        return self._changed(state, sent, self.filled, at)

    def known_as(self, broker_id: str | None) -> "OrderIntent":
        """With the venue's own identifier, once it has told it."""
        if broker_id is None or broker_id == self.broker_id:
            return self
        return replace(self, broker_id=broker_id)

    def _changed(
        self, state: OrderState, send_count: int, filled: Decimal, sent_at: datetime | None
    ) -> "OrderIntent":
        """A changed copy; ``dataclasses.replace`` takes three times as long."""
        return OrderIntent(
            self.client_order_id,
            self.approved,
            self.kind,
            self.decided_at,
            self.valid_until,
            self.quantity,
            state,
            send_count,
            filled,
            self.broker_id,
            sent_at,
        )


@quickly_made
@dataclass(frozen=True, slots=True)
class OrderIntentCreated(DomainEvent):
    """An approved plan has its durable order intent, with exposure and risk reserved."""

    intent: OrderIntent

    def payload(self) -> dict[str, object]:
        intent = self.intent
        return {
            "client_order_id": intent.client_order_id,
            "kind": intent.kind,
            "plan_id": intent.approved.plan.plan_id,
            "price": intent.price,
            "quantity": intent.quantity,
            "side": intent.side,
            "symbol": intent.symbol,
            "valid_until": intent.valid_until,
        }


@quickly_made
@dataclass(frozen=True, slots=True)
class OrderMoved(DomainEvent):
    """The venue's word, or our lack of it, moved an order to another state: a fact."""

    client_order_id: str
    symbol: str
    state: OrderState
    filled: Decimal
    reason: str = ""

    is_decision: ClassVar[bool] = False

    def payload(self) -> dict[str, object]:
        return {
            "client_order_id": self.client_order_id,
            "filled": self.filled,
            "reason": self.reason,
            "state": self.state,
            "symbol": self.symbol,
        }


@quickly_made
@quickly_made
@dataclass(frozen=True, slots=True)
class FillRecorded(DomainEvent):
    """An execution: a fact."""

    fill: Fill

    is_decision: ClassVar[bool] = False

    def payload(self) -> dict[str, object]:
        fill = self.fill
        return {
            "ambiguous": fill.ambiguous,
            "at": fill.at,
            "client_order_id": fill.client_order_id,
            "fees": fill.fees,
            "price": fill.price,
            "quantity": fill.quantity,
            "reason": fill.reason,
            "symbol": fill.symbol,
        }
