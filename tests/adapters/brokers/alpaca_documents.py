"""Alpaca's order documents: the recorded ones, and made ones to spoil."""

import json
from decimal import Decimal
from typing import Any

from fin_agent.testing.builders import OPEN
from tests.adapters.brokers.alpaca_worlds import ENTRY
from tests.broker_simulator.documents import Order
from tests.recorded_data import DATA, need

ALPACA = DATA / "payloads" / "alpaca"


def recorded(name: str) -> Any:
    path = ALPACA / name
    need(path)
    return json.loads(path.read_text("utf-8"))


def recorded_orders() -> list[Any]:
    bodies = [entry["body"] for entry in recorded("order_routes.json")]
    return [order for body in bodies for order in (body if isinstance(body, list) else [body])]


def a_document(status: str = "new", filled: str = "0", **more: Any) -> dict[str, Any]:
    """A simple order of ten shares in the simulated broker's words."""
    order = Order("b-1", ENTRY, "ACME", "buy", Decimal(10), "limit", OPEN.timestamp())
    order.status = status
    order.filled, order.value = Decimal(filled), Decimal(filled) * 100
    return order.document(nested=True) | more
