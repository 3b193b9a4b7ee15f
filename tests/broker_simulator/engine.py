"""The simulated broker without a network: requests in, answers or silence out, time as a number.

It is deterministic: the same seed, plan and requests at the same times give the same answers, so a
restart replays its own requests. The product's adapter talks to it in Alpaca's wire format, over
HTTP (``server``) or in the same process (``in_process``).
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.broker_simulator import replies
from tests.broker_simulator.documents import ZERO, Order
from tests.broker_simulator.faults import FaultPlan, Kind, Rule
from tests.broker_simulator.market import Market
from tests.broker_simulator.replies import Drop, Reply
from tests.broker_simulator.venue import Venue

_NOT_PROCESSED = frozenset(
    {Kind.LOST_REQUEST, Kind.HANG, Kind.UNREACHABLE, Kind.ERROR_500, Kind.TOO_MANY, Kind.REFUSE}
)
Request = tuple[str, str, Mapping[str, str], bytes]
"""Method, path, query and body."""


class Engine:
    """Alpaca's trading API over one account; see ``Market`` for fills and ``FaultPlan`` for faults.

    ``dedupe``: refuse a client order id that is known. ``guards``: refuse exits of more than is
    free to sell, as Alpaca does; without them an oversell happens and is a violation.
    """

    def __init__(
        self,
        seed: int = 0,
        faults: FaultPlan | None = None,
        market: Market | None = None,
        *,
        dedupe: bool = False,
        guards: bool = False,
    ) -> None:
        self.seed = seed
        self.venue = Venue(seed, faults or FaultPlan(seed), market or Market())
        self.requests: list[dict[str, Any]] = []
        self._dedupe = dedupe
        self._guards = guards

    def handle(
        self, method: str, path: str, query: Mapping[str, str], body: bytes, now: float
    ) -> Reply | Drop:
        """Answer one request at ``now`` (epoch seconds), or do not."""
        if self.venue.tape is not None and self.venue.tape.start is None:
            self.venue.tape.start = now
        self.venue.advance(now)
        rule = self.venue.faults.strike(method, path)
        record = {
            "method": method,
            "path": path,
            "query": dict(query),
            "body": body.decode("utf-8", "replace"),
            "at": now,
            "fault": rule.kind.value if rule else None,
        }
        self.requests.append(record)
        request = (method, path, query, body)
        return self._process(request, now) if rule is None else self._struck(rule, request, now)

    def _struck(self, rule: Rule, request: Request, now: float) -> Reply | Drop:
        if rule.kind in _NOT_PROCESSED:
            return replies.instead_of(rule)
        if rule.kind is Kind.LATE_ARRIVAL:
            self.venue.later(now + rule.seconds, lambda at: self._arrive_late(request, at))
            return Drop()
        visible_at = now + (rule.seconds if rule.kind is Kind.INVISIBLE else 0.0)
        return replies.spoiled(rule, self._process(request, now, visible_at))

    def _arrive_late(self, request: Request, now: float) -> None:
        self._process(request, now)

    def _process(self, request: Request, now: float, visible_at: float = 0.0) -> Reply:
        method, path, query, body = request
        route = f"{method} {path}"
        if path.startswith("/v2/orders/"):
            return self._one(method, path.removeprefix("/v2/orders/"), query, now)
        match route:
            case "POST /v2/orders":
                return self._post(body, now, visible_at)
            case "GET /v2/orders:by_client_order_id":
                return self._by_client_id(query, now)
            case "GET /v2/orders":
                return replies.answer(200, self._listed(query, now))
            case "GET /v2/positions" | "GET /v2/account":
                content = self._positions() if path.endswith("positions") else _ACCOUNT
                return replies.answer(200, content)
        return replies.error(404, 40410000, f"endpoint {path} not found")

    def _one(self, method: str, order_id: str, query: Mapping[str, str], now: float) -> Reply:
        order = self._by_id(order_id, now)
        if order is None:
            return replies.not_found(order_id)
        return self._delete(order, now) if method == "DELETE" else replies.document(order, query)

    def _post(self, body: bytes, now: float, visible_at: float) -> Reply:
        try:
            asked = json.loads(body)
        except ValueError:
            return replies.error(400, 40010000, "request body format is invalid")
        problem = replies.problem(asked) or self._guarded(asked)
        if problem is not None:
            return problem
        cid = asked.get("client_order_id")
        if self._dedupe and any(order.client_order_id == cid for order in self.venue.orders):
            return replies.error(422, 40010001, "client_order_id must be unique")
        return replies.answer(200, self.venue.accept(asked, now, visible_at).document(nested=True))

    def _guarded(self, asked: Mapping[str, Any]) -> Reply | None:
        """What Alpaca refuses of a way out: shares that are not held or not free."""
        is_closing = str(asked.get("position_intent")).endswith("_to_close")
        if not self._guards or not (is_closing or asked.get("order_class") == "oco"):
            return None
        symbol, side = asked["symbol"], asked["side"]
        held = self.venue.positions.get(symbol, ZERO) * (1 if side == "sell" else -1)
        if held <= ZERO:
            return replies.error(422, 42210000, "position intent mismatch")
        roots = [o for o in self.venue.families() if o.symbol == symbol and o.side == side]
        free = held - max((o.left for o in roots if o.is_closing), default=ZERO)
        if Decimal(asked["qty"]) > free:
            text = f"insufficient qty available (requested: {asked['qty']}, available: {free})"
            return replies.error(403, 40310000, text)
        return None

    def _by_client_id(self, query: Mapping[str, str], now: float) -> Reply:
        cid = query.get("client_order_id", "")
        for order in self.venue.families():
            if order.client_order_id == cid and order.visible_at <= now:
                return replies.document(order, query)
        return replies.not_found(cid)

    def _by_id(self, order_id: str, now: float) -> Order | None:
        known = (o for o in self.venue.families() if o.id == order_id and o.visible_at <= now)
        return next(known, None)

    def _listed(self, query: Mapping[str, str], now: float) -> list[dict[str, Any]]:
        """As Alpaca lists: a bracket is open until its entry filled, a held leg never."""
        nested = query.get("nested") == "true"
        orders = self.venue.orders if nested else self.venue.families()
        found = [
            o for o in orders if o.visible_at <= now and replies.in_status(o, query.get("status"))
        ]
        if "after" in query:
            after = datetime.fromisoformat(query["after"]).timestamp()
            found = [o for o in found if o.created_at > after]
        found.sort(key=lambda order: order.created_at, reverse=query.get("direction") != "asc")
        limit = min(int(query.get("limit", "50")), 500)
        return [order.document(nested=nested) for order in found[:limit]]

    def _delete(self, order: Order, now: float) -> Reply:
        if order.is_over:
            return replies.error(422, 42210000, f'order is already in "{order.status}" state')
        if order.status != "pending_cancel":
            self.venue.cancel(order, now)
        return Reply(204)

    def _positions(self) -> list[dict[str, str]]:
        held = {s: q for s, q in self.venue.positions.items() if q}
        return [
            {
                "symbol": symbol,
                "exchange": "NASDAQ",
                "asset_class": "us_equity",
                "qty": str(quantity),
                "side": "long" if quantity > 0 else "short",
                "avg_entry_price": str(self.venue.last_prices[symbol]),
            }
            for symbol, quantity in sorted(held.items())
        ]

    def frames(self, now: float) -> Sequence[bytes]:
        """The trade updates that arrive by now."""
        return self.venue.frames(now)

    def control(self, name: str, asked: Mapping[str, Any], now: float) -> dict[str, Any]:
        """What a test tells the broker: new faults, the end of the day, a bust."""
        self.venue.advance(now)
        match name:
            case "faults":
                self.venue.faults = FaultPlan.of(self.seed, asked)
                if "market" in asked:
                    self.venue.market = Market.of(asked["market"])
            case "expire":
                self.venue.expire(now)
            case "bust":
                cid = asked["client_order_id"]
                found = [o for o in self.venue.orders if o.client_order_id == cid]
                for order in found:
                    self.venue.bust(order, now)
            case _:
                raise ValueError(f"no control {name!r}")
        return {"at": now}

    def ledger(self) -> dict[str, Any]:
        """Everything that was asked and everything that happened, for exactly-once checks."""
        return {
            "orders": [order.document(nested=True) for order in self.venue.orders],
            "fills": self.venue.fills,
            "positions": {s: str(q) for s, q in self.venue.positions.items()},
            "violations": self.venue.violations,
            "requests": self.requests,
            "faults": dict(Counter(r["fault"] for r in self.requests if r["fault"])),
        }


_ACCOUNT = {
    "id": "e6fe16f3-0000-4921-8928-cadf02f92f98",
    "account_number": "SIM000001",
    "status": "ACTIVE",
    "currency": "USD",
    "equity": "100000",
    "buying_power": "200000",
    "trading_blocked": False,
    "account_blocked": False,
    "trade_suspended_by_user": False,
    "shorting_enabled": True,
}
