"""Trade updates as hints: a frame says which order to look up, never what became of it.

Frames are lost, doubled, late and out of order (reliability.md section 0); every order of arrival
ends in the same look-ups, and their answers are cumulative.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fin_agent.adapters.alpaca_wire.answers import decoded
from fin_agent.adapters.alpaca_wire.client import AlpacaClient
from fin_agent.adapters.alpaca_wire.orders import VenueOrder, instant
from fin_agent.adapters.alpaca_wire.reports import is_ours, report_of
from fin_agent.domain.errors import InvalidValue, Unavailable
from fin_agent.domain.money import ZERO
from fin_agent.domain.order import OrderState
from fin_agent.domain.venue import OrderReport

BUST = "bust"
"""The reason of a report after the exchange took back or changed a fill: halt, read positions."""

_CORRECTIONS = frozenset({"trade_bust", "trade_correct", "restated"})
_UPDATES = "trade_updates"
_MARGIN = timedelta(seconds=1)
_ATTEMPTS = 5
"""Look-ups of an order that Alpaca does not show yet; the reconcile sweep goes on after that."""


@dataclass(frozen=True, slots=True)
class Hint:
    """An order that something happened to."""

    broker_id: str
    client_order_id: str
    submitted_at: datetime
    reason: str = ""


def hint_of(frame: bytes) -> Hint | None:
    """What a frame points at; None for the stream's own messages.

    Raises:
        InvalidValue: no trade update and no message of the stream.
    """
    message = decoded(frame)
    if not isinstance(message, dict) or not isinstance(message.get("stream"), str):
        raise InvalidValue("a frame without its stream")
    if message["stream"] != _UPDATES:
        return None
    data = message.get("data")
    order = data.get("order") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(order, dict):
        raise InvalidValue("a trade update without its order")
    broker_id, cid = order.get("id"), order.get("client_order_id")
    submitted = order.get("submitted_at") or order.get("created_at")
    if not (isinstance(broker_id, str) and isinstance(cid, str) and isinstance(submitted, str)):
        raise InvalidValue("a trade update about no order")
    reason = BUST if data.get("event") in _CORRECTIONS else ""
    return Hint(broker_id, cid, instant(submitted), reason)


class Hints:
    """The orders to look up, each once however often it was named, and what was found."""

    def __init__(self, client: AlpacaClient) -> None:
        self._client = client
        self._roots: dict[str, str] = {}
        self._waiting: dict[tuple[str, str], Hint] = {}
        self._attempts: dict[tuple[str, str], int] = {}
        self._found: list[OrderReport] = []
        self.woken = asyncio.Event()
        self.frames = 0
        self.skipped = 0

    @property
    def is_waiting(self) -> bool:
        return bool(self._waiting)

    def told(self, order: VenueOrder) -> None:
        """Remember which order the legs belong to: a frame names only the leg."""
        for leg in order.legs or ():
            self._roots[leg.broker_id] = order.client_order_id

    def hear(self, frame: bytes) -> None:
        """Take one frame in; one that cannot be read is counted and skipped."""
        self.frames += 1
        try:
            hint = hint_of(frame)
        except InvalidValue:
            self.skipped += 1
            return
        if hint is not None:
            self._waiting[hint.broker_id, hint.reason] = hint
            self.woken.set()

    async def follow_up(self) -> None:
        """Look up every order that was named; what gets no answer stays for the next time."""
        for key, hint in list(self._waiting.items()):
            try:
                report = await self._looked_up(hint)
            except Unavailable:
                continue
            count = self._attempts[key] = self._attempts.get(key, 0) + 1
            if report is None and count < _ATTEMPTS:
                continue
            del self._attempts[key]
            if self._waiting.get(key) is hint:  # not named again meanwhile
                del self._waiting[key]
            if report is None and hint.reason:
                report = OrderReport(hint.client_order_id, OrderState.ACKED, ZERO, None, BUST)
            if report is not None:
                self._found.append(report)

    async def _looked_up(self, hint: Hint) -> OrderReport | None:
        cid = hint.client_order_id if is_ours(hint.client_order_id) else await self._root_of(hint)
        order = await self._client.find(cid, is_optional=True)
        if order is None:
            return None
        self.told(order)
        return report_of(order, hint.reason)

    async def _root_of(self, hint: Hint) -> str:
        """The order that a leg belongs to, else the foreign order itself."""
        if hint.broker_id not in self._roots:
            for order in await self._client.orders(hint.submitted_at - _MARGIN):
                self.told(order)
        return self._roots.setdefault(hint.broker_id, hint.client_order_id)

    def drain(self) -> Sequence[OrderReport]:
        found, self._found = self._found, []
        return found
