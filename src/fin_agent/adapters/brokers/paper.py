"""The paper broker: fills from completed bars by the rules of strategy.md section 11."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from fin_agent.domain.errors import Refused
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.market import Bar
from fin_agent.domain.matching import Bracket, FillRules
from fin_agent.domain.money import ZERO
from fin_agent.domain.order import Fill, OrderIntent, OrderState
from fin_agent.domain.session import SessionRules, TradingSession
from fin_agent.domain.venue import OrderReport, VenueAccount
from fin_agent.ports import MinuteBars, SimulatedVenue


class Paper(SimulatedVenue):
    """A venue in memory; stop and target cover a position from its first fill on.

    It remembers every order of the session by client order id, so sending one twice changes
    nothing. ``fx`` (USD per account unit) turns fees into account currency.
    """

    def __init__(self, rules: FillRules, session_rules: SessionRules, fx: Decimal) -> None:
        self._rules = rules
        self._session_rules = session_rules
        self._fx = fx
        self._orders: dict[str, _Order] = {}
        self._working: dict[str, list[_Order]] = {}
        self._last: dict[str, Bar] = {}
        self._reports: list[OrderReport] = []
        self._session: TradingSession | None = None

    async def submit(self, intent: OrderIntent, session: TradingSession) -> OrderReport:
        self._session = session
        order = self._orders.get(intent.client_order_id)
        if order is None:
            end = session.entry_end(self._session_rules)
            bracket = Bracket(intent, self._rules, session.open, self._fx, end)
            order = _Order(bracket)
            self._orders[intent.client_order_id] = order
            self._working.setdefault(intent.symbol, []).append(order)
        return order.report()

    async def cancel(self, client_order_id: str) -> None:
        order = self._orders.get(client_order_id)
        if order is not None and order.state is OrderState.ACKED:
            order.bracket.cancel_entry()
            self._settle(order)

    async def release(self, client_order_id: str) -> bool:
        await self.cancel(client_order_id)
        return True  # an exit takes the legs back in the same instant

    async def exit(self, intent: ExitIntent) -> OrderReport:
        order = self._orders.get(intent.entry_id)
        if order is None:
            raise Refused(f"no order {intent.entry_id} is known here")
        order.bracket.exit_at_next_open(intent.reason)
        self._settle(order)
        return OrderReport(intent.client_order_id, OrderState.ACKED, ZERO)

    async def find(self, client_order_id: str) -> OrderReport | None:
        order = self._orders.get(client_order_id)
        return None if order is None else order.report()

    async def orders(self, since: datetime) -> Sequence[OrderReport]:  # noqa: ARG002 - all are new
        return [order.report() for order in self._orders.values()]

    async def account(self) -> VenueAccount:
        return VenueAccount("paper", is_live=False)

    async def positions(self) -> Mapping[str, Decimal]:
        held: dict[str, Decimal] = {}
        for order in self._orders.values():
            signed = order.bracket.intent.side.sign * order.bracket.held
            if signed:
                symbol = order.bracket.intent.symbol
                held[symbol] = held.get(symbol, ZERO) + signed
        return held

    def drain(self) -> Sequence[OrderReport]:
        reports, self._reports = self._reports, []
        return reports

    def on_bars(self, minute: MinuteBars) -> None:
        bars = minute.bars
        for symbol, orders in self._working.items():
            bar = bars.get(symbol)
            if bar is None:
                continue
            self._last[symbol] = bar
            for order in orders:
                if not order.bracket.sleeps_through(bar):
                    self._report(order, order.bracket.on_bar(bar))

    def at_close(self) -> None:
        for symbol, orders in self._working.items():
            for order in orders:
                bar = self._last.get(symbol)
                if bar is not None and self._session is not None:
                    self._report(order, order.bracket.close_out(bar, self._session.close))
                else:
                    order.bracket.cancel_entry()
                    self._settle(order)

    def _report(self, order: "_Order", fills: Sequence[Fill]) -> None:
        for fill in fills:
            if fill.is_entry:
                order.filled += fill.quantity
                if order.filled == order.bracket.intent.quantity:
                    order.state = OrderState.FILLED
            self._reports.append(order.report(fill))
        self._settle(order)

    def _settle(self, order: "_Order") -> None:
        """An entry with nothing left to come that did not fill wholly was cancelled."""
        if order.is_stale:
            order.state = OrderState.CANCELLED
            self._reports.append(order.report())


class _Order:
    """What the venue remembers of one entry order."""

    def __init__(self, bracket: Bracket) -> None:
        self.bracket = bracket
        self.state = OrderState.ACKED
        self.filled = ZERO

    @property
    def is_stale(self) -> bool:
        return self.state is OrderState.ACKED and self.bracket.entry_left == 0

    def report(self, fill: Fill | None = None) -> OrderReport:
        cid = self.bracket.intent.client_order_id
        return OrderReport(cid, self.state, self.filled, fill)
