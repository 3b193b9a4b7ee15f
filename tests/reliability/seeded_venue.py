"""A venue in virtual time that outlives the agent; requests and answers get lost, late, refused."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from fin_agent.domain.errors import Ambiguous, Refused, Unavailable
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.money import ZERO
from fin_agent.domain.order import OrderIntent, OrderState
from fin_agent.domain.session import TradingSession
from fin_agent.domain.venue import OrderReport, VenueAccount
from fin_agent.ports import OrderPort
from tests.reliability.chance import Chance, Mishap
from tests.reliability.seeded_books import SeededBooks
from tests.reliability.seeded_orders import SeededOrder, entry_order, exit_order

_NOT_ARRIVED = {Mishap.LOST_REQUEST, Mishap.SERVER_ERROR}
_LATER = {Mishap.LATE: (5.0, 60.0), Mishap.OVERDUE: (80.0, 200.0)}


class SeededVenue(OrderPort):
    """``step`` is told of every point at which the agent may die; ``sends`` sees each order."""

    def __init__(self, books: SeededBooks) -> None:
        self.books = books
        self.outage: tuple[datetime, datetime] | None = None
        self.alters = False
        self.sends: Callable[[OrderIntent | ExitIntent], None] = lambda _intent: None
        self.step: Callable[[str], None] = lambda _kind: None

    @property
    def _chance(self) -> Chance:
        return self.books.chance

    async def submit(self, intent: OrderIntent, session: TradingSession) -> OrderReport:
        altered = self.alters
        self.alters = False
        return self._send(intent, partial(entry_order, intent, altered=altered))

    async def exit(self, intent: ExitIntent) -> OrderReport:
        held = self.books.held.get(intent.symbol, ZERO)
        price = Decimal(str(round(10 + self._chance.dice.uniform(-0.5, 0.5), 2)))

        def made(at: datetime) -> SeededOrder:
            return exit_order(intent, held or self.books.held.get(intent.symbol, ZERO), price, at)

        return self._send(intent, made)

    async def cancel(self, client_order_id: str) -> None:
        self._read(0.0)
        found = self.books.shown(client_order_id)
        if not found:
            raise Unavailable("not shown at the venue")
        self._take_back(found)

    async def release(self, client_order_id: str) -> bool:
        self._read(0.0)
        found = self.books.shown(client_order_id)
        if not found:
            return False
        if any(order.works for order in found):
            self._take_back(found)
            self._read(self._chance.shares.no_answer)
        return not any(order.works for order in self.books.shown(client_order_id))

    def drain(self) -> Sequence[OrderReport]:
        self.books.advance()
        reports = self.books.reports()
        return () if self._is_down() else reports  # a stream that was cut tells nothing again

    async def find(self, client_order_id: str) -> OrderReport | None:
        self._read(self._chance.shares.no_answer)
        found = self.books.shown(client_order_id)
        return found[0].report() if found else None

    async def orders(self, since: datetime) -> Sequence[OrderReport]:
        self._read(self._chance.shares.no_answer)
        return [order.report() for order in self.books.orders if self.books.is_shown(order)]

    async def positions(self) -> Mapping[str, Decimal]:
        self._read(self._chance.shares.no_answer)
        return {symbol: shares for symbol, shares in sorted(self.books.held.items()) if shares}

    async def account(self) -> VenueAccount:
        self._read(0.0)
        return VenueAccount("SEEDED", is_live=False)

    def _send(
        self, intent: OrderIntent | ExitIntent, made: Callable[[datetime], SeededOrder]
    ) -> OrderReport:
        books, chance = self.books, self._chance
        books.advance()
        self.sends(intent)
        self.step("send")
        if self._is_down():
            raise Ambiguous("connection reset")
        mishap = chance.of_sending(overdue=books.habits.dedupes and books.habits.reduces)
        self._take_time(mishap)
        if mishap is Mishap.TOO_MANY:
            raise Unavailable("429")
        if mishap is Mishap.REFUSED:
            raise Refused("403: insufficient buying power")
        if mishap in _NOT_ARRIVED:
            raise Ambiguous(mishap.value)
        if mishap in _LATER:
            delay = chance.seconds(*_LATER[mishap])
            overdue = mishap is Mishap.OVERDUE
            arrives = partial(self._arrives_late, made, overdue)
            books.later(books.clock.now() + delay, arrives)
            raise Ambiguous(mishap.value)
        order = books.accept(made(books.clock.now()))
        self.step("sent")
        if mishap is not None:
            if chance.dice.random() < chance.shares.outage_after_silence:
                now = books.clock.now()
                self.outage = (now, now + timedelta(seconds=chance.shares.outage_seconds))
            raise Ambiguous(mishap.value)
        return order.report()

    def _take_time(self, mishap: Mishap | None) -> None:
        clock, chance = self.books.clock, self._chance
        if mishap is None or mishap in {Mishap.TOO_MANY, Mishap.REFUSED}:
            clock.pass_(chance.seconds(0.05, 0.3))
        elif chance.dice.random() < chance.shares.hang:
            clock.pass_(chance.seconds(10.0, 10.0))

    def _arrives_late(
        self, made: Callable[[datetime], SeededOrder], overdue: bool, at: datetime
    ) -> None:
        order = made(at)
        order.is_overdue = overdue
        try:
            self.books.accept(order, at)
        except Refused:
            return  # nobody hears that

    def _take_back(self, orders: Sequence[SeededOrder]) -> None:
        """A cancel request: it may be lost, and it takes effect a moment later."""
        books, chance = self.books, self._chance
        self.step("cancel")
        mishap = chance.of_sending(overdue=False)
        self._take_time(mishap)
        if mishap is Mishap.TOO_MANY:
            raise Unavailable("429")
        if mishap is not Mishap.REFUSED and mishap not in _NOT_ARRIVED:
            for order in orders:
                at = books.clock.now() + chance.seconds(0, 3)
                books.later(at, partial(books.end, order, OrderState.CANCELLED))
        self.step("cancelled")
        if mishap is Mishap.REFUSED:
            raise Refused("422: not cancellable")
        if mishap is not None:
            raise Ambiguous(mishap.value)
        books.advance()

    def _read(self, lost: float) -> None:
        """Let a read take its time, or get no answer."""
        self.books.advance()
        self.step("read")
        if self._is_down():
            self._chance.counts[Mishap.OUTAGE] += 1
            raise Unavailable("no connection")
        if self._chance.strikes(Mishap.NO_ANSWER, lost):
            if self._chance.dice.random() < self._chance.shares.hang / 5:
                self.books.clock.pass_(self._chance.seconds(10, 10))
            raise Unavailable("no answer")

    def _is_down(self) -> bool:
        now = self.books.clock.now()
        return self.outage is not None and self.outage[0] <= now < self.outage[1]
