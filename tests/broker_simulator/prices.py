"""Prices from a file: orders then fill when the market reaches them, whole and at its price."""

import csv
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

from tests.broker_simulator.documents import Order

_REACTION_S = 0.1


class PriceTape:
    """The last price of each symbol, by seconds since the broker's first request."""

    def __init__(self, rows: Iterable[tuple[float, str, Decimal]]) -> None:
        self.start: float | None = None
        self._seconds: dict[str, list[float]] = {}
        self._prices: dict[str, list[Decimal]] = {}
        for seconds, symbol, price in sorted(rows):
            self._seconds.setdefault(symbol, []).append(seconds)
            self._prices.setdefault(symbol, []).append(price)

    def knows(self, symbol: str) -> bool:
        return symbol in self._prices

    def reaches(self, order: Order, now: float) -> tuple[float, Decimal] | None:
        """When the market fills an order that begins to work now, and its price; None for never."""
        is_triggered = order.stop_price is None
        for at, price in self._from(order.symbol, now):
            beyond_stop = order.stop_price is not None and (
                (price - order.stop_price) * order.sign >= 0
            )
            is_triggered = is_triggered or beyond_stop
            inside = order.limit_price is None or (order.limit_price - price) * order.sign >= 0
            if is_triggered and inside:
                return at, price
        return None

    def _from(self, symbol: str, now: float) -> Iterator[tuple[float, Decimal]]:
        start = now if self.start is None else self.start
        first = max(bisect_right(self._seconds[symbol], now - start) - 1, 0)
        for seconds, price in zip(
            self._seconds[symbol][first:], self._prices[symbol][first:], strict=True
        ):
            yield max(start + seconds, now + _REACTION_S), price


def price_tape(path: Path) -> PriceTape:
    """A tape from a CSV with the columns seconds, symbol and price."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [
            (float(row["seconds"]), row["symbol"], Decimal(row["price"]))
            for row in csv.DictReader(file)
        ]
    return PriceTape(rows)
