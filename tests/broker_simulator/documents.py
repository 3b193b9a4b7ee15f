"""An order as the simulated venue keeps it, and its document in Alpaca's recorded format."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import blake2s
from typing import Any
from uuid import UUID

ZERO = Decimal(0)
OVER = frozenset({"filled", "canceled", "expired", "rejected"})
_STATUS_TIMES = {
    "filled": "filled_at",
    "canceled": "canceled_at",
    "expired": "expired_at",
    "rejected": "failed_at",
}


@dataclass
class Order:
    """One order; the legs of a bracket and the stop of a pair hang below their parent."""

    id: str
    client_order_id: str
    symbol: str
    side: str
    qty: Decimal
    kind: str
    created_at: float
    order_class: str = "simple"
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    position_intent: str | None = None
    status: str = "accepted"
    filled: Decimal = ZERO
    value: Decimal = ZERO
    visible_at: float = 0.0
    updated_at: float = 0.0
    times: dict[str, float] = field(default_factory=dict)
    legs: list["Order"] = field(default_factory=list)
    parent: "Order | None" = None

    @property
    def is_over(self) -> bool:
        return self.status in OVER

    @property
    def left(self) -> Decimal:
        return ZERO if self.is_over else self.qty - self.filled

    @property
    def sign(self) -> int:
        return 1 if self.side == "buy" else -1

    @property
    def is_closing(self) -> bool:
        """Whether it is a way out: a leg, a pair, or declared as one."""
        declared = (self.position_intent or "").endswith("_to_close")
        return self.parent is not None or self.order_class == "oco" or declared

    @property
    def price(self) -> Decimal:
        """The price it fills at: its own; a market order has none and is given one."""
        return self.limit_price or self.stop_price or ZERO

    def family(self) -> Iterator["Order"]:
        yield self
        yield from self.legs

    def move(self, status: str, now: float) -> None:
        self.status = status
        self.updated_at = now
        if status in _STATUS_TIMES:
            self.times[_STATUS_TIMES[status]] = now

    def fill(self, quantity: Decimal, price: Decimal, now: float) -> None:
        self.filled += quantity
        self.value += quantity * price
        self.move("filled" if self.filled == self.qty else "partially_filled", now)

    def document(self, *, nested: bool) -> dict[str, Any]:
        average = (self.value / self.filled).quantize(Decimal("0.000001")) if self.filled else None
        stamps = {name: stamp(self.times.get(name)) for name in sorted(_STATUS_TIMES.values())}
        return {
            "id": self.id,
            "client_order_id": self.client_order_id,
            "created_at": stamp(self.created_at),
            "updated_at": stamp(self.updated_at or self.created_at),
            "submitted_at": stamp(self.created_at),
            **stamps,
            "cancel_requested_at": None,
            "replaced_at": None,
            "replaced_by": None,
            "replaces": None,
            "asset_id": derived_uuid("asset", self.symbol),
            "symbol": self.symbol,
            "asset_class": "us_equity",
            "notional": None,
            "qty": str(self.qty),
            "filled_qty": str(self.filled),
            "filled_avg_price": None if average is None else str(average),
            "order_class": self.order_class,
            "order_type": self.kind,
            "type": self.kind,
            "side": self.side,
            "time_in_force": "day",
            "limit_price": _text(self.limit_price),
            "stop_price": _text(self.stop_price),
            "status": self.status,
            "extended_hours": False,
            "legs": [leg.document(nested=False) for leg in self.legs]
            if nested and self.legs
            else None,
            "trail_percent": None,
            "trail_price": None,
            "hwm": None,
            "position_intent": self.position_intent,
        }


def stamp(at: float | None) -> str | None:
    """Epoch seconds as Alpaca writes them, with nanoseconds."""
    if at is None:
        return None
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"


def derived_uuid(*parts: object) -> str:
    return str(UUID(bytes=blake2s("|".join(map(str, parts)).encode()).digest()[:16]))


def _text(price: Decimal | None) -> str | None:
    return None if price is None else str(price)
