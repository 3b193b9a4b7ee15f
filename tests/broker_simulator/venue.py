"""The venue's books: orders, fills and positions, moved by what becomes due."""

import heapq
import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import count
from typing import Any

from tests.broker_simulator.documents import ZERO, Order, derived_uuid, stamp
from tests.broker_simulator.faults import FaultPlan
from tests.broker_simulator.market import Market
from tests.broker_simulator.prices import PriceTape

_SOON = 0.01


class Venue:
    """Orders in the order they were accepted, and everything that is still to happen to them."""

    def __init__(self, seed: int, faults: FaultPlan, market: Market) -> None:
        self.seed = seed
        self.faults = faults
        self.market = market
        self.tape: PriceTape | None = None
        self.orders: list[Order] = []
        self.positions: dict[str, Decimal] = {}
        self.last_prices: dict[str, Decimal] = {}
        self.fills: list[dict[str, Any]] = []
        self.violations: list[dict[str, Any]] = []
        self._due: list[tuple[float, int, Callable[[float], None]]] = []
        self._ticket = count()
        self._frames = count()
        self._mail: list[tuple[float, int, bytes]] = []

    def advance(self, now: float) -> None:
        """Let everything happen that is due by now, in its own order."""
        while self._due and self._due[0][0] <= now:
            at, _, action = heapq.heappop(self._due)
            action(at)

    def next_due(self) -> float | None:
        """When the next thing happens by itself, a waiting trade update included."""
        times = [heap[0][0] for heap in (self._due, self._mail) if heap]
        return min(times, default=None)

    def later(self, at: float, action: Callable[[float], None]) -> None:
        heapq.heappush(self._due, (at, next(self._ticket), action))

    def frames(self, now: float) -> Sequence[bytes]:
        """The trade updates that arrive by now, as they go over the wire."""
        self.advance(now)
        found = []
        while self._mail and self._mail[0][0] <= now:
            found.append(heapq.heappop(self._mail)[2])
        return found

    def families(self) -> Sequence[Order]:
        return [member for order in self.orders for member in order.family()]

    def accept(self, body: Mapping[str, Any], now: float, visible_at: float) -> Order:
        """Take an order in; it works from now on."""
        order = self._made(body, now, visible_at)
        if any(known.client_order_id == order.client_order_id for known in self.orders):
            self.violations.append({"kind": "duplicate", "order": order.client_order_id, "at": now})
        self.orders.append(order)
        self.later(now + _SOON, lambda at: self._begin(order, at))
        return order

    def _made(self, body: Mapping[str, Any], now: float, visible_at: float) -> Order:
        number = len(self.orders)

        def made(kind: str, **more: Any) -> Order:
            part = len(legs) + 1 if more.get("parent") else 0
            return Order(
                id=derived_uuid(self.seed, "order", number, part),
                symbol=body["symbol"],
                qty=Decimal(body["qty"]),
                kind=kind,
                created_at=now,
                visible_at=visible_at,
                order_class=body.get("order_class", "simple"),
                **more,
            )

        legs: list[Order] = []
        target, stop = body.get("take_profit"), body.get("stop_loss")
        is_pair = body.get("order_class") == "oco"
        limit = body.get("limit_price") or (target or {}).get("limit_price" if is_pair else "")
        order = made(
            body["type"],
            client_order_id=body.get("client_order_id") or derived_uuid(self.seed, "cid", number),
            side=body["side"],
            position_intent=body.get("position_intent"),
            limit_price=_price(limit),
            stop_price=_price(body.get("stop_price")),
        )
        out = body["side"] if is_pair else ("sell" if body["side"] == "buy" else "buy")
        wanted = [] if is_pair or not target else [("limit", "limit_price", target["limit_price"])]
        wanted += [("stop", "stop_price", stop["stop_price"])] if stop else []
        for kind, field, price in wanted:
            cid = derived_uuid(self.seed, "leg", number, kind)
            leg = made(kind, client_order_id=cid, side=out, parent=order, **{field: _price(price)})
            leg.status = "held"
            legs.append(leg)
        order.legs = legs
        return order

    def _begin(self, order: Order, now: float) -> None:
        if order.is_over:
            return
        if order.status == "accepted":
            order.move("new", now)
        self._tell("new", order, now)
        if order.order_class == "oco":
            self._arm([order, *order.legs], order, now)
            return
        if self._follow(order, now):
            return
        fate = self.market.fate(self.seed, order)
        if fate is None:
            self.end(order, "rejected", now)
            return
        for delay, quantity in fate:
            self.later(now + delay, partial(self.fill, order, quantity))

    def _arm(self, legs: Sequence[Order], order: Order, now: float) -> None:
        """Target and stop work from now on; the stop is shown as held, as Alpaca does."""
        for leg in legs:
            if leg.kind == "limit" and not leg.is_over:
                leg.move("new", now)
        followed = [self._follow(leg, now) for leg in legs]
        if all(followed):
            return
        fate = self.market.leg_fate(self.seed, order)
        for leg in legs if fate else ():
            if fate and leg.kind == fate[0]:
                self.later(now + fate[1], partial(self.fill, leg, leg.qty))

    def _follow(self, order: Order, now: float) -> bool:
        """Whether the order's fate is on the price tape, and not drawn."""
        if self.tape is None or not self.tape.knows(order.symbol):
            return False
        reached = self.tape.reaches(order, now)
        if reached is not None:
            at, price = reached
            self.later(at, lambda at: self.fill(order, order.left, at, price))
        return True

    def fill(self, order: Order, quantity: Decimal, now: float, price: Decimal = ZERO) -> None:
        """Fill shares of an order that still works; the partner of a leg ends with it."""
        quantity = min(quantity, order.left)
        if quantity <= ZERO:
            return
        price = price or order.price
        price = price or self.last_prices.get(order.symbol, self.market.default_price)
        self.last_prices[order.symbol] = price
        before = self.positions.get(order.symbol, ZERO)
        after = before + order.sign * quantity
        if order.is_closing and (before * order.sign >= 0 or before * after < 0):
            oversold = {"kind": "oversell", "order": order.client_order_id, "at": now}
            self.violations.append({**oversold, "before": str(before), "after": str(after)})
        self.positions[order.symbol] = after
        order.fill(quantity, price, now)
        self._record(order, quantity, price, now)
        if order.status == "filled":
            self._after_fill(order, now)

    def _after_fill(self, order: Order, now: float) -> None:
        if order.parent is None and order.order_class == "bracket":
            self._arm(order.legs, order, now)
            return
        for other in self._partners(order):
            self.end(other, "canceled", now)

    def _partners(self, order: Order) -> Sequence[Order]:
        """The other half of a pair, or the other leg of a bracket."""
        if order.order_class == "oco":
            return [o for o in (order.parent or order).family() if o is not order]
        return [leg for leg in order.parent.legs if leg is not order] if order.parent else []

    def cancel(self, order: Order, now: float) -> None:
        """Take back what is left of an order, a moment later; it may still fill before."""
        order.move("pending_cancel", now)
        self._tell("pending_cancel", order, now)
        delay = self.market.cancel_delay(self.seed, order)
        self.later(now + delay, lambda at: self.end(order, "canceled", at))

    def end(self, order: Order, status: str, now: float) -> None:
        """End an order and what depends on it."""
        if order.is_over:
            return
        order.move(status, now)
        self._tell(status, order, now)
        if order.parent is not None or order.order_class == "oco":
            for other in self._partners(order):
                self.end(other, status, now)
            return
        if order.filled and order.legs and self.market.legs_survive_partial:
            for leg in order.legs:
                leg.qty = order.filled
            self._arm(order.legs, order, now)
            return
        for leg in order.legs:
            self.end(leg, status, now)

    def expire(self, now: float) -> None:
        """The session ends: day orders expire."""
        for order in self.families():
            self.end(order, "expired", now)

    def bust(self, order: Order, now: float) -> None:
        """The exchange takes an order's fills back."""
        self.positions[order.symbol] -= order.sign * order.filled
        order.filled = order.value = ZERO
        order.move("new", now)
        self._tell("trade_bust", order, now)

    def _record(self, order: Order, quantity: Decimal, price: Decimal, now: float) -> None:
        execution = derived_uuid(self.seed, "execution", len(self.fills))
        root = (order.parent or order).client_order_id
        self.fills.append(
            {
                "execution_id": execution,
                "order_id": order.id,
                "client_order_id": root,
                "part": order.kind if order.parent else "order",
                "symbol": order.symbol,
                "signed": str(order.sign * quantity),
                "price": str(price),
                "at": now,
            }
        )
        event = "fill" if order.status == "filled" else "partial_fill"
        position = str(self.positions[order.symbol])
        more = {"price": str(price), "qty": str(quantity), "execution_id": execution}
        self._tell(event, order, now, {**more, "position_qty": position})

    def _tell(
        self, event: str, order: Order, now: float, more: Mapping[str, str] | None = None
    ) -> None:
        number = next(self._frames)
        document = order.document(nested=False)
        data = {"event": event, "timestamp": stamp(now), "order": document, **(more or {})}
        frame = json.dumps({"stream": "trade_updates", "data": data}).encode()
        if self.faults.has_garbage(number):
            heapq.heappush(self._mail, (now, next(self._ticket), frame[: len(frame) // 2]))
        for delay in self.faults.arrivals(number):
            heapq.heappush(self._mail, (now + delay, next(self._ticket), frame))


def _price(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
