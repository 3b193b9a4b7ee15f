"""A venue in virtual time that outlives the agent; what it does to each order is drawn from a seed.

Requests and answers are lost, late and refused; orders fill in parts, rest, are rejected; their
legs fill; new orders are not shown for a while; reports are lost, doubled and stale.
"""

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from itertools import count

from fin_agent.domain.errors import AlreadyKnown, Ambiguous, Refused, Unavailable
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.money import ZERO
from fin_agent.domain.order import OrderIntent, OrderState
from fin_agent.domain.session import TradingSession
from fin_agent.domain.venue import OrderReport, Part, VenueAccount
from fin_agent.ports import OrderPort
from fin_agent.testing.live import SteppedClock
from tests.reliability.chance import Chance, Mishap
from tests.reliability.seeded_orders import Piece, SeededOrder, entry_order, exit_order

_NOT_ARRIVED = {Mishap.LOST_REQUEST, Mishap.SERVER_ERROR}
_LATER = {Mishap.LATE: (5.0, 60.0), Mishap.OVERDUE: (80.0, 200.0)}
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Habits:
    """What kind of venue this is.

    ``dedupes`` refuses an id it has; ``reduces`` refuses a way out of more than is held.
    """

    dedupes: bool = False
    reduces: bool = False


class SeededVenue(OrderPort):
    """``step`` is told of every point at which the agent may die; ``sends`` sees each order."""

    def __init__(
        self, chance: Chance, clock: SteppedClock, close: datetime, habits: Habits
    ) -> None:
        self.chance = chance
        self.clock = clock
        self.habits = habits
        self.book: list[SeededOrder] = []
        self.held: dict[str, Decimal] = {}
        self.outage: tuple[datetime, datetime] | None = None
        self.rejecting: tuple[datetime, datetime] | None = None
        self.alters = False
        self.on_change: Callable[[datetime], None] = lambda _at: None
        self.sends: Callable[[OrderIntent | ExitIntent], None] = lambda _intent: None
        self.step: Callable[[str], None] = lambda _kind: None
        self._close = close
        self._due: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._number = count()
        self._frames: list[OrderReport] = []
        self.later(close, self._expire)

    def advance(self) -> None:
        """Let everything happen that is due."""
        now = self.clock.now()
        while self._due and self._due[0][0] <= now:
            at, _, act = heapq.heappop(self._due)
            act(at)
            self.on_change(at)
        self.on_change(now)

    def later(self, at: datetime, act: Callable[[datetime], None]) -> None:
        heapq.heappush(self._due, (at, next(self._number), act))

    async def submit(self, intent: OrderIntent, session: TradingSession) -> OrderReport:  # noqa: ARG002
        altered = self.alters
        self.alters = False
        return self._send(intent, partial(entry_order, intent, altered=altered))

    async def exit(self, intent: ExitIntent) -> OrderReport:
        held = self.held.get(intent.symbol, ZERO)
        price = Decimal(str(round(10 + self.chance.dice.uniform(-0.5, 0.5), 2)))

        def made(at: datetime) -> SeededOrder:
            return exit_order(intent, held or self.held.get(intent.symbol, ZERO), price, at)

        return self._send(intent, made)

    async def cancel(self, client_order_id: str) -> None:
        self._request(0.0)
        found = self._shown(client_order_id)
        if not found:
            raise Unavailable("not shown at the venue")
        self._take_back(found)

    async def release(self, client_order_id: str) -> bool:
        self._request(0.0)
        found = self._shown(client_order_id)
        if not found:
            return False
        if any(order.works for order in found):
            self._take_back(found)
            self._request(self.chance.shares.no_answer)
        return not any(order.works for order in self._shown(client_order_id))

    def drain(self) -> Sequence[OrderReport]:
        self.advance()
        frames, self._frames = self._frames, []
        return frames

    async def find(self, client_order_id: str) -> OrderReport | None:
        self._request(self.chance.shares.no_answer)
        found = self._shown(client_order_id)
        return found[0].report() if found else None

    async def orders(self, since: datetime) -> Sequence[OrderReport]:  # noqa: ARG002 - all are new
        self._request(self.chance.shares.no_answer)
        return [order.report() for order in self.book if self._is_shown(order)]

    async def positions(self) -> Mapping[str, Decimal]:
        self._request(self.chance.shares.no_answer)
        return {symbol: shares for symbol, shares in sorted(self.held.items()) if shares}

    async def account(self) -> VenueAccount:
        self._request(0.0)
        return VenueAccount("SEEDED", is_live=False)

    def place(self, order: SeededOrder) -> None:
        """An order that the agent did not send."""
        self.book.append(order)

    def _send(
        self, intent: OrderIntent | ExitIntent, made: Callable[[datetime], SeededOrder]
    ) -> OrderReport:
        self.advance()
        self.sends(intent)
        self.step("send")
        if self._is_in(self.outage):
            raise Ambiguous("connection reset")
        overdue = self.habits.dedupes and self.habits.reduces
        mishap = self.chance.of_sending(overdue=overdue)
        self._take_time(mishap)
        if mishap is Mishap.TOO_MANY:
            raise Unavailable("429")
        if mishap is Mishap.REFUSED:
            raise Refused("403: insufficient buying power")
        if mishap in _NOT_ARRIVED:
            raise Ambiguous(mishap.value)
        if mishap in _LATER:
            delay = self.chance.seconds(*_LATER[mishap])
            self.later(self.clock.now() + delay, partial(self._arrives_late, made))
            raise Ambiguous(mishap.value)
        order = self._accept(made(self.clock.now()))
        self.on_change(self.clock.now())
        self.step("sent")
        if mishap is not None:
            raise Ambiguous(mishap.value)
        return order.report()

    def _take_time(self, mishap: Mishap | None) -> None:
        if mishap is None or mishap in {Mishap.TOO_MANY, Mishap.REFUSED}:
            self.clock.pass_(self.chance.seconds(0.05, 0.3))
        elif self.chance.dice.random() < self.chance.shares.hang:
            self.clock.pass_(self.chance.seconds(10.0, 10.0))

    def _arrives_late(self, made: Callable[[datetime], SeededOrder], at: datetime) -> None:
        try:
            self._accept(made(at), at)
        except Refused:
            return  # nobody hears that

    def _accept(self, order: SeededOrder, at: datetime | None = None) -> SeededOrder:
        """Take an order in.

        Raises:
            Refused: by one of the venue's habits, or after the close.
        """
        now, chance = at or self.clock.now(), self.chance
        if now >= self._close:
            raise Refused("the market is closed")
        twin = [o for o in self.book if o.client_order_id == order.client_order_id]
        if twin and self.habits.dedupes:
            raise AlreadyKnown("client_order_id must be unique")
        if self.habits.reduces and not order.is_entry:
            self._check_free(order)
        if chance.strikes(Mishap.INVISIBLE, chance.shares.invisible):
            order.visible_at = now + chance.seconds(1, 8)
        self.book.append(order)
        self._decide_fate(order, now)
        return order

    def _check_free(self, order: SeededOrder) -> None:
        sign = order.pieces[0].sign
        held = -sign * self.held.get(order.symbol, ZERO)
        bound = max((p.left for p in self._closing(order.symbol, sign)), default=ZERO)
        if order.pieces[0].quantity > held - bound:
            raise Refused("insufficient qty available for order")

    def _closing(self, symbol: str, sign: int) -> list[Piece]:
        orders = [o for o in self.book if o.symbol == symbol]
        pieces = [(p, o) for o in orders for p in o.all_pieces]
        return [p for p, o in pieces if p.sign == sign and p.part is not Part.ENTRY]

    def _decide_fate(self, order: SeededOrder, now: datetime) -> None:
        chance, own = self.chance, order.pieces[0]
        shares, dice = chance.shares, chance.dice
        if own.part in {Part.STOP, Part.TARGET}:
            self._legs_work(order, now)
            return
        is_exit = own.part is Part.EXIT
        is_refused = is_exit and self._is_in(self.rejecting)
        if is_refused or chance.strikes(Mishap.REJECTED, shares.rejected):
            self.later(now + chance.seconds(0.1, 3), partial(self._end, order, OrderState.REJECTED))
            return
        if not is_exit and not chance.is_quiet and dice.random() < shares.rests:
            return
        parts = [own.quantity]
        if own.quantity > 1 and chance.strikes(Mishap.PARTIAL, shares.partial):
            first = Decimal(dice.randint(1, int(own.quantity) - 1))
            parts = [first, own.quantity - first]
            if not is_exit and chance.strikes(Mishap.STALLED, shares.stalled / shares.partial):
                parts = [first]
        at = now
        for quantity in parts:
            at += chance.seconds(0.1, 6)
            self.later(at, partial(self._fill, order, own, quantity))

    def _fill(self, order: SeededOrder, piece: Piece, quantity: Decimal, at: datetime) -> None:
        quantity = min(quantity, piece.left)
        if self.habits.reduces and piece.part is not Part.ENTRY:
            quantity = min(quantity, max(ZERO, -piece.sign * self.held.get(order.symbol, ZERO)))
        if quantity <= ZERO:
            return
        cents = self.chance.dice.choice([-1, 0, 0, 1])
        piece.filled += quantity
        piece.value += quantity * (piece.price + cents * _CENT)
        piece.at = at
        self.held[order.symbol] = self.held.get(order.symbol, ZERO) + piece.sign * quantity
        if piece.is_whole:
            self._is_whole(order, piece, at)
        self._tell(order, at)

    def _is_whole(self, order: SeededOrder, piece: Piece, at: datetime) -> None:
        if piece in order.legs:
            for leg in order.legs:
                leg.is_live = False
            return
        order.state = OrderState.FILLED
        for other in order.pieces:
            other.is_live = False
        for leg in order.legs:
            leg.is_live = True
        if order.legs:
            self._legs_work(order, at)

    def _legs_work(self, order: SeededOrder, now: datetime) -> None:
        """Draw whether a stop or target fills, when, and in how many parts."""
        chance, legs = self.chance, order.legs or order.pieces
        if chance.is_quiet or chance.dice.random() >= chance.shares.leg_fills:
            return
        leg, at = chance.dice.choice(legs), now + chance.seconds(5, 900)
        first = leg.quantity
        if leg.quantity > 1 and chance.strikes(Mishap.PARTIAL, chance.shares.partial):
            first = Decimal(chance.dice.randint(1, int(leg.quantity) - 1))
            rest = leg.quantity - first
            self.later(at + chance.seconds(0.1, 20), partial(self._fill, order, leg, rest))
        self.later(at, partial(self._fill, order, leg, first))

    def _take_back(self, orders: Sequence[SeededOrder]) -> None:
        """A cancel request: it may be lost, and it takes effect a moment later."""
        self.step("cancel")
        mishap = self.chance.of_sending(overdue=False)
        self._take_time(mishap)
        if mishap is Mishap.TOO_MANY:
            raise Unavailable("429")
        if mishap is not Mishap.REFUSED and mishap not in _NOT_ARRIVED:
            for order in orders:
                at = self.clock.now() + self.chance.seconds(0, 3)
                self.later(at, partial(self._end, order, OrderState.CANCELLED))
        self.step("cancelled")
        if mishap is Mishap.REFUSED:
            raise Refused("422: not cancellable")
        if mishap is not None:
            raise Ambiguous(mishap.value)
        self.advance()

    def _end(self, order: SeededOrder, state: OrderState, at: datetime) -> None:
        if not order.works:
            return
        for piece in order.all_pieces:
            piece.is_live = False
        if order.state is OrderState.ACKED:
            order.state = state
        self._tell(order, at)

    def _expire(self, at: datetime) -> None:
        for order in self.book:
            self._end(order, OrderState.EXPIRED, at)

    def _tell(self, order: SeededOrder, at: datetime) -> None:
        """Frames are hints: they get lost, come twice, or come when they are old."""
        chance, shares = self.chance, self.chance.shares
        if chance.strikes(Mishap.LOST_FRAME, shares.lost_frame):
            return
        frames = [order.report()] * (2 if chance.strikes(Mishap.TWICE, shares.twice) else 1)
        if chance.strikes(Mishap.STALE_FRAME, shares.stale_frame):
            self.later(at + chance.seconds(1, 40), lambda _at: self._frames.extend(frames))
        else:
            self._frames.extend(frames)

    def _request(self, lost: float) -> None:
        """Let a read take its time, or get no answer."""
        self.advance()
        self.step("read")
        if self._is_in(self.outage):
            self.chance.counts[Mishap.OUTAGE] += 1
            raise Unavailable("no connection")
        if self.chance.strikes(Mishap.NO_ANSWER, lost):
            if self.chance.dice.random() < self.chance.shares.hang / 5:
                self.clock.pass_(self.chance.seconds(10, 10))
            raise Unavailable("no answer")

    def _is_in(self, span: tuple[datetime, datetime] | None) -> bool:
        return span is not None and span[0] <= self.clock.now() < span[1]

    def _is_shown(self, order: SeededOrder) -> bool:
        return order.visible_at is None or order.visible_at <= self.clock.now()

    def _shown(self, client_order_id: str) -> list[SeededOrder]:
        found = [o for o in self.book if o.client_order_id == client_order_id]
        return [order for order in found if self._is_shown(order)]
