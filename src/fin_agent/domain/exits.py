"""The way out of a position: one live order a symbol, generation after generation.

A generation grows only after the one before it is terminal by the venue's evidence
(reliability.md section 3), so a position can never be sold twice.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from fin_agent.domain.events import DomainEvent
from fin_agent.domain.money import ZERO
from fin_agent.domain.order import OrderState, next_state


@dataclass(frozen=True, slots=True)
class ExitIntent:
    """The durable wish to take a position out; never more than is held.

    With ``stop`` and ``target`` (USD) it is a protective pair that waits at the venue, without them
    it goes out at market.
    """

    client_order_id: str
    entry_id: str
    symbol: str
    quantity: Decimal
    reason: str
    decided_at: datetime
    state: OrderState = OrderState.PENDING
    generation: int = 1
    send_count: int = 0
    filled: Decimal = ZERO
    broker_id: str | None = None
    sent_at: datetime | None = None
    stop: Decimal | None = None
    target: Decimal | None = None

    @property
    def is_protective(self) -> bool:
        return self.stop is not None

    def moved_to(self, state: OrderState, filled: Decimal = ZERO) -> "ExitIntent":
        """In its next state, with the cumulative filled quantity joined by maximum.

        Raises:
            Inconsistent: the state machine has no such step.
        """
        state = next_state(self.client_order_id, self.state, state)
        return replace(self, state=state, filled=max(self.filled, filled))

    def sent(self, at: datetime) -> "ExitIntent":
        """About to be sent: what must be durable before the first byte leaves."""
        moved = self.moved_to(OrderState.SENDING)
        return replace(moved, send_count=self.send_count + 1, sent_at=at)

    def known_as(self, broker_id: str | None) -> "ExitIntent":
        """With the venue's own identifier, once it has told it."""
        return self if broker_id is None else replace(self, broker_id=broker_id)


@dataclass(frozen=True, slots=True)
class ExitOrdered(DomainEvent):
    """A position is to be taken out."""

    intent: ExitIntent

    def payload(self) -> dict[str, object]:
        intent = self.intent
        return {
            "client_order_id": intent.client_order_id,
            "symbol": intent.symbol,
            "quantity": intent.quantity,
            "reason": intent.reason,
        }
