"""Answers in Alpaca's words, and what an order request must hold."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.broker_simulator.documents import Order
from tests.broker_simulator.faults import Kind, Rule

PAGE = b"<html><body><h1>Service notice</h1></body></html>"
_PRICES = {
    "market": (),
    "limit": ("limit_price",),
    "stop": ("stop_price",),
    "stop_limit": ("limit_price", "stop_price"),
}


@dataclass(frozen=True)
class Reply:
    """An answer, sent ``delay`` seconds after the request."""

    status: int
    body: bytes = b""
    delay: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Drop:
    """No answer: the connection is cut, or stays open and silent, or never came about."""

    hang: bool = False
    unreachable: bool = False


def document(order: Order, query: Mapping[str, str]) -> Reply:
    return answer(200, order.document(nested=query.get("nested") == "true"))


def answer(status: int, content: object) -> Reply:
    return Reply(status, json.dumps(content).encode())


def error(status: int, code: int, message: str) -> Reply:
    return answer(status, {"code": code, "message": message})


def not_found(name: str) -> Reply:
    return error(404, 40410000, f"order not found for {name}")


def instead_of(rule: Rule) -> Reply | Drop:
    """What a request gets that is not processed."""
    match rule.kind:
        case Kind.ERROR_500:
            return Reply(500, PAGE)
        case Kind.TOO_MANY:
            headers = {"X-RateLimit-Reset": str(int(rule.seconds))} if rule.seconds else {}
            body = json.dumps({"code": 42910000, "message": "rate limit exceeded"}).encode()
            return Reply(429, body, headers=headers)
        case Kind.REFUSE:
            return error(rule.status, rule.code, rule.message)
        case Kind.UNREACHABLE:
            return Drop(unreachable=True)
        case _:
            return Drop(hang=rule.kind is Kind.HANG)


def spoiled(rule: Rule, reply: Reply) -> Reply | Drop:
    """What a request gets that was processed."""
    if rule.kind in {Kind.LOST_REPLY, Kind.SILENT}:
        return Drop(hang=rule.kind is Kind.SILENT)
    spoilt = {
        Kind.ACCEPTED_504: Reply(504, PAGE),
        Kind.GARBAGE: Reply(200, b"\x00\xff\xfe{{{"),
        Kind.HTML: Reply(200, PAGE),
        Kind.CUT_BODY: Reply(reply.status, reply.body[: len(reply.body) // 2]),
        Kind.SLOW: Reply(reply.status, reply.body, rule.seconds),
    }
    return spoilt.get(rule.kind, reply)


def problem(asked: object) -> Reply | None:
    """Why Alpaca would not even look at an order; None when it would."""
    if not isinstance(asked, dict):
        return error(400, 40010000, "request body format is invalid")
    try:
        wrong = _wrong(asked)
    except (KeyError, TypeError, InvalidOperation) as missing:
        return error(422, 40010001, f"{missing} is missing or not valid")
    return None if wrong is None else error(422, 42210000, wrong)


def _wrong(asked: dict[str, Any]) -> str | None:
    quantity = Decimal(asked["qty"])
    kind, order_class = asked["type"], asked.get("order_class", "simple")
    if quantity <= 0 or asked["side"] not in {"buy", "sell"} or kind not in _PRICES:
        return "qty, side or type is not valid"
    if order_class != "simple" and quantity % 1:
        return "fractional orders must be simple orders"
    if order_class == "oco":
        target, stop = _legs(asked)
        is_apart = (target - stop) * (1 if asked["side"] == "sell" else -1) > 0
        return None if is_apart else "oco orders: target and stop on the wrong sides"
    prices = {name: Decimal(asked[name]) for name in _PRICES[kind]}
    if asked["time_in_force"] != "day":
        return "only day orders"
    for price in prices.values():
        if price * (100 if price >= 1 else 10_000) % 1:
            return "sub-penny increment does not fulfill minimum pricing criteria"
    return _wrong_bracket(asked, prices) if order_class == "bracket" else None


def _wrong_bracket(asked: dict[str, Any], prices: Mapping[str, Decimal]) -> str | None:
    target, stop = _legs(asked)
    sign = 1 if asked["side"] == "buy" else -1
    base = prices.get("limit_price", prices.get("stop_price", (target + stop) / 2))
    if (target - base) * sign <= 0:
        return f"take_profit.limit_price must be beyond base_price {base}"
    if (base - stop) * sign <= 0:
        return f"stop_loss.stop_price must be on the other side of base_price {base}"
    return None


def _legs(asked: dict[str, Any]) -> tuple[Decimal, Decimal]:
    return Decimal(asked["take_profit"]["limit_price"]), Decimal(asked["stop_loss"]["stop_price"])


def in_status(order: Order, status: str | None) -> bool:
    """Alpaca's filter; a stop that is held is in neither half."""
    match status:
        case "all":
            return True
        case "closed":
            return order.is_over
        case _:
            return not order.is_over and order.status != "held"
