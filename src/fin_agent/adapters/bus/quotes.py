"""Quotes between a fast provider and a slower reader: only the newest of a symbol is kept."""

import asyncio
from collections.abc import Mapping
from typing import Generic, TypeVar

Q = TypeVar("Q")


class QuoteConflator(Generic[Q]):
    """Never blocks the provider and never grows beyond one quote a symbol; not durable.

    ``received`` counts every quote, ``conflated`` those that a newer one of their symbol replaced
    before anybody read them, ``refused`` those of a symbol too many.
    """

    def __init__(self, symbols: int) -> None:
        self._most = symbols
        self._newest: dict[str, Q] = {}
        self._filled = asyncio.Event()
        self.received = 0
        self.conflated = 0
        self.refused = 0

    def put(self, symbol: str, quote: Q) -> None:
        """Take a quote in; an unread older one of its symbol is gone."""
        self.received += 1
        if symbol in self._newest:
            self.conflated += 1
        elif len(self._newest) >= self._most:
            self.refused += 1
            return
        self._newest[symbol] = quote
        self._filled.set()

    async def take(self) -> Mapping[str, Q]:
        """The newest quote of every symbol that had one since the last call; waits for one."""
        await self._filled.wait()
        self._filled.clear()
        taken, self._newest = self._newest, {}
        return taken
