"""Runaway limits: whatever a strategy does, it cannot order more than this.

Knight Capital lost 460 million dollars in 45 minutes because no such limit stood between a flag
and the market (SEC 34-70694). No factor and no entry can import this module: they live in the
domain, below it.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class LimitRules:
    """The most that may be sent: entries a symbol and day, orders a minute and day, exits an hour.

    Exits count towards the minute and the day as well, but are never stopped by them.
    """

    entries_per_symbol: int = 1
    orders_per_minute: int = 20
    orders_per_day: int = 60
    exits_per_hour: int = 6


class OrderLimits:
    """Counts what was sent in one session; a restart counts again from the stored intents."""

    def __init__(self, rules: LimitRules) -> None:
        self._rules = rules
        self._sent: deque[datetime] = deque()
        self._in_day = 0
        self._entries: dict[str, set[str]] = {}
        self._exits: dict[str, dict[str, datetime]] = {}

    def may_enter(self, symbol: str, client_order_id: str, now: datetime) -> str | None:
        """Why an entry may not be sent, None when it may; sending one id again is no new entry."""
        self._forget(now)
        ids = self._entries.get(symbol, set()) - {client_order_id}
        if len(ids) >= self._rules.entries_per_symbol:
            return f"{symbol} had its entry today"
        if len(self._sent) >= self._rules.orders_per_minute:
            return f"{len(self._sent)} orders in the last minute"
        if self._in_day >= self._rules.orders_per_day:
            return f"{self._in_day} orders today"
        return None

    def may_exit(self, symbol: str, client_order_id: str, now: datetime) -> str | None:
        """Why an exit may not be sent: a loop of them is a fault; one id again is no new exit."""
        made = self._exits.get(symbol, {})
        recent = sum(1 for cid, at in made.items() if cid != client_order_id and now - at < _HOUR)
        if recent >= self._rules.exits_per_hour:
            return f"{recent} exits of {symbol} within an hour"
        return None

    def count_entry(self, symbol: str, client_order_id: str, at: datetime) -> None:
        """An entry is about to be sent."""
        self._entries.setdefault(symbol, set()).add(client_order_id)
        self._count(at)

    def count_exit(self, symbol: str, client_order_id: str, at: datetime) -> None:
        """An exit is about to be sent."""
        self._exits.setdefault(symbol, {})[client_order_id] = at
        self._count(at)

    def _count(self, at: datetime) -> None:
        self._sent.append(at)
        self._in_day += 1

    def _forget(self, now: datetime) -> None:
        while self._sent and now - self._sent[0] >= _MINUTE:
            self._sent.popleft()
