"""Alpaca's order routes: what is asked, within the request budget, and what an answer proves.

Nothing is sent twice here; a read that fails proves nothing and is Unavailable.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from fin_agent.adapters.alpaca_wire import answers
from fin_agent.adapters.alpaca_wire.accounts import account_of, held_shares
from fin_agent.adapters.alpaca_wire.bodies import Body
from fin_agent.adapters.alpaca_wire.budget import RequestBudget
from fin_agent.adapters.alpaca_wire.hours import hours_of
from fin_agent.adapters.alpaca_wire.orders import VenueOrder, parsed, parsed_all
from fin_agent.adapters.alpaca_wire.transport import Answer, Transport
from fin_agent.domain.errors import Ambiguous, InvalidValue, Unavailable
from fin_agent.domain.session import VenueHours
from fin_agent.domain.venue import VenueAccount

_ORDERS = "/v2/orders"
_BY_CLIENT_ID = "/v2/orders:by_client_order_id"
_PAGE = 500
"""The most orders Alpaca gives at once."""
_OVERLAP = timedelta(milliseconds=1)
"""Pages begin a little before the last order, since `after` leaves out equal times."""


class AlpacaClient:
    """Orders, positions and the account of one key pair."""

    def __init__(self, transport: Transport, budget: RequestBudget) -> None:
        self._transport = transport
        self._budget = budget

    async def post(self, body: Body, client_order_id: str, *, is_entry: bool) -> VenueOrder:
        """Send one order, once.

        Raises:
            Unavailable: proved not accepted.
            AlreadyKnown: there is an order of this id.
            Refused: Alpaca said no.
            Ambiguous: it may have been accepted.
        """
        about = f"order {client_order_id}"
        self._budget.take(is_entry=is_entry)
        answer = self._noted(await self._transport.request("POST", _ORDERS, json=body))
        error = answers.refusal(answer, about)
        if error is not None:
            raise error
        try:
            return _own(answers.decoded(answer.body), client_order_id)
        except InvalidValue as unreadable:
            text = f"{about}: sent, but the answer cannot be read: {unreadable}"
            raise Ambiguous(text) from unreadable

    async def delete(self, order: VenueOrder) -> None:
        """Ask for what is left of an order to be taken back; the next read says what became of it.

        Raises:
            Unavailable: proved not accepted.
            Refused: Alpaca said no.
            Ambiguous: it may have been accepted.
        """
        self._budget.take()
        path = f"{_ORDERS}/{order.broker_id}"
        answer = self._noted(await self._transport.request("DELETE", path))
        if answer.status in {answers.NOT_FOUND, answers.UNPROCESSABLE}:
            return  # it ended meanwhile, or cannot be cancelled just now
        error = answers.refusal(answer, f"cancel of {order.client_order_id}")
        if error is not None:
            raise error

    async def find(self, client_order_id: str, *, is_optional: bool = False) -> VenueOrder | None:
        """An order by our id with its legs, None when Alpaca says that there is none.

        ``is_optional`` look-ups leave the reserved requests alone.

        Raises:
            Unavailable: no whole answer.
        """
        about = f"look-up of {client_order_id}"
        params = {"client_order_id": client_order_id, "nested": "true"}
        answer = await self._get(_BY_CLIENT_ID, params, is_optional=is_optional)
        if answers.is_absent(answer):
            return None
        try:
            return _own(answers.read(answer, about), client_order_id)
        except InvalidValue as error:
            raise Unavailable(f"{about}: {error}") from error

    async def orders(self, since: datetime) -> Sequence[VenueOrder]:
        """Every order that works or was made since, each leg inside its order.

        What works is read first, because a bracket whose entry filled is not among the open
        orders: only its target is, alone. The list then begins at the oldest that works.

        Raises:
            Unavailable: no whole answer.
        """
        working = await self._page({"status": "open"})
        start = min([since, *(order.submitted_at for order in working)])
        found = await self._all_since(start)
        inside = {leg.broker_id for order in found.values() for leg in order.legs or ()}
        alone = [o for o in working if o.broker_id not in found and o.broker_id not in inside]
        return [*found.values(), *alone]

    async def _all_since(self, start: datetime) -> dict[str, VenueOrder]:
        """Page until nothing new comes: a page may count legs, so a short one is no end."""
        found: dict[str, VenueOrder] = {}
        after = start
        while True:
            begin = (after - _OVERLAP).isoformat()
            page = await self._page({"status": "all", "after": begin, "nested": "true"})
            new = {order.broker_id: order for order in page if order.broker_id not in found}
            if not new:
                if len(page) >= _PAGE:
                    raise Unavailable(f"list of orders: more than {_PAGE} at {after.isoformat()}")
                return found
            found |= new
            after = max(order.submitted_at for order in page)

    async def _page(self, params: Mapping[str, str]) -> Sequence[VenueOrder]:
        about = "list of orders"
        answer = await self._get(_ORDERS, {**params, "limit": str(_PAGE), "direction": "asc"})
        try:
            return parsed_all(answers.read(answer, about))
        except InvalidValue as error:
            raise Unavailable(f"{about}: {error}") from error

    async def positions(self) -> Mapping[str, Decimal]:
        """Signed shares by symbol.

        Raises:
            Unavailable: no whole answer.
        """
        answer = await self._get("/v2/positions")
        try:
            return held_shares(answers.read(answer, "positions"))
        except InvalidValue as error:
            raise Unavailable(f"positions: {error}") from error

    async def account(self, *, is_live: bool) -> VenueAccount:
        """The account of the keys.

        Raises:
            Unavailable: no whole answer.
        """
        answer = await self._get("/v2/account")
        try:
            return account_of(answers.read(answer, "account"), is_live=is_live)
        except InvalidValue as error:
            raise Unavailable(f"account: {error}") from error

    async def hours(self) -> VenueHours:
        """Alpaca's clock.

        Raises:
            Unavailable: no whole answer.
        """
        answer = await self._get("/v2/clock", is_optional=True)
        try:
            return hours_of(answers.read(answer, "clock"))
        except InvalidValue as error:
            raise Unavailable(f"clock: {error}") from error

    async def close(self) -> None:
        await self._transport.close()

    async def _get(
        self, path: str, params: Mapping[str, str] | None = None, *, is_optional: bool = False
    ) -> Answer:
        self._budget.take(is_entry=is_optional)
        try:
            return self._noted(await self._transport.request("GET", path, params=params))
        except Ambiguous as error:
            raise Unavailable(str(error)) from error

    def _noted(self, answer: Answer) -> Answer:
        if answer.status == answers.TOO_MANY:
            self._budget.pause(answer.reset_at)
        return answer


def _own(document: object, client_order_id: str) -> VenueOrder:
    """The asked order.

    Raises:
        InvalidValue: the answer is about another order, or does not say what was ordered.
    """
    order = parsed(document)
    if order.client_order_id != client_order_id:
        raise InvalidValue(f"the answer is about order {order.client_order_id[:60]!r}")
    if not (order.side and order.symbol and order.quantity):
        raise InvalidValue("the answer does not say what was ordered")
    return order
