"""What becomes of an order, drawn from the seed and its client order id alone.

Prices are the order's own: a limit fills at its limit, a stop at its stop; a market order at the
last price of its symbol. The same order sent twice has the same fate twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from tests.broker_simulator.documents import ZERO, Order

Fills = Sequence[tuple[float, Decimal]]
"""Seconds after the order began to work, and shares."""


@dataclass(frozen=True)
class Market:
    """Shares of what happens, and ranges in seconds.

    ``trigger``: stop entries that trigger. ``partial``: orders filled in parts; ``stall``: entries
    that stop half-way; ``reject``: entries rejected after they were accepted. ``legs``: brackets
    and pairs of which one leg fills. ``legs_survive_partial``: what legs do when a partly filled
    entry is cancelled, which Alpaca does not document.
    """

    fill_s: tuple[float, float] = (0.2, 3.0)
    cancel_s: tuple[float, float] = (0.0, 0.5)
    leg_s: tuple[float, float] = (30.0, 600.0)
    partial: float = 0.25
    stall: float = 0.05
    reject: float = 0.0
    trigger: float = 0.7
    legs: float = 0.5
    legs_survive_partial: bool = False
    default_price: Decimal = Decimal(100)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Market":
        """A market from its JSON; ranges are lists of two, unknown keys are errors."""
        given: dict[str, Any] = {
            name: tuple(v) if isinstance(v, list) else v for name, v in document.items()
        }
        if "default_price" in given:
            given["default_price"] = Decimal(str(given["default_price"]))
        return cls(**given)

    def fate(self, seed: int, order: Order) -> Fills | None:
        """When an entry or a market exit fills; None when it is rejected."""
        dice = _dice(seed, order, "fate")
        is_entry = not order.is_closing
        if is_entry and dice.random() < self.reject:
            return None
        if order.kind.startswith("stop") and dice.random() >= self.trigger:
            return []
        start = dice.uniform(*self.fill_s)
        if order.qty <= 1 or dice.random() >= self.partial:
            return [(start, order.qty)]
        parts = _parts(dice, order.qty)
        times = sorted([start, *(dice.uniform(start, 3 * start + 1) for _ in parts[1:])])
        fills = list(zip(times, parts, strict=True))
        return fills[:-1] if is_entry and dice.random() < self.stall / self.partial else fills

    def leg_fate(self, seed: int, order: Order) -> tuple[str, float] | None:
        """Which leg of a bracket or pair fills ("stop" or "limit") and after how long."""
        dice = _dice(seed, order, "legs")
        if dice.random() >= self.legs:
            return None
        return dice.choice(["stop", "limit"]), dice.uniform(*self.leg_s)

    def cancel_delay(self, seed: int, order: Order) -> float:
        return _dice(seed, order, "cancel").uniform(*self.cancel_s)


def _dice(seed: int, order: Order, about: str) -> Random:
    return Random(f"{seed}|{about}|{order.client_order_id}")


def _parts(dice: Random, quantity: Decimal) -> list[Decimal]:
    """Two or three parts of whole shares that add up; the last takes what is left."""
    parts: list[Decimal] = []
    left = quantity
    for _ in range(dice.choice([1, 2])):
        part = Decimal(int(left * Decimal(str(round(dice.uniform(0.2, 0.7), 3)))))
        if ZERO < part < left:
            parts.append(part)
            left -= part
    return [*parts, left]
