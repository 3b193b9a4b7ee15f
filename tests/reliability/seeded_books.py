"""The books of a seeded venue: what becomes of its orders, in virtual time.

Orders fill in parts, rest, are rejected; their legs fill; reports of it are lost, doubled, stale.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from itertools import count

from fin_agent.domain.errors import AlreadyKnown, Refused
from fin_agent.domain.money import ZERO
from fin_agent.domain.order import OrderState
from fin_agent.domain.venue import OrderReport, Part
from fin_agent.testing.live import SteppedClock
from tests.reliability.chance import Chance, Mishap
from tests.reliability.seeded_orders import Piece, SeededOrder

_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Habits:
    """What kind of venue this is.

    ``dedupes`` refuses an id it has; ``reduces`` refuses a way out of more than is held.
    """

    dedupes: bool = False
    reduces: bool = False


class SeededBooks:
    """Orders and positions; ``on_change`` hears of every change, ``reports`` tells of it."""

    def __init__(
        self, chance: Chance, clock: SteppedClock, close: datetime, habits: Habits
    ) -> None:
        self.chance = chance
        self.clock = clock
        self.habits = habits
        self.orders: list[SeededOrder] = []
        self.held: dict[str, Decimal] = {}
        self.rejecting: tuple[datetime, datetime] | None = None
        self.on_change: Callable[[datetime], None] = lambda _at: None
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

    def later(self, at: datetime, act: Callable[[datetime], None]) -> None:
        heapq.heappush(self._due, (at, next(self._number), act))

    def reports(self) -> Sequence[OrderReport]:
        """What was told since the last call."""
        frames, self._frames = self._frames, []
        return frames

    def shown(self, client_order_id: str) -> list[SeededOrder]:
        """The orders of an id that look-ups see."""
        found = [o for o in self.orders if o.client_order_id == client_order_id]
        return [order for order in found if self.is_shown(order)]

    def is_shown(self, order: SeededOrder) -> bool:
        return order.visible_at is None or order.visible_at <= self.clock.now()

    def accept(self, order: SeededOrder, at: datetime | None = None) -> SeededOrder:
        """Take an order in.

        Raises:
            Refused: by one of the venue's habits, or after the close.
        """
        now, chance = at or self.clock.now(), self.chance
        if now >= self._close:
            raise Refused("the market is closed")
        twin = [o for o in self.orders if o.client_order_id == order.client_order_id]
        if twin and self.habits.dedupes:
            raise AlreadyKnown("client_order_id must be unique")
        if self.habits.reduces and not order.is_entry:
            self._check_free(order)
        if chance.strikes(Mishap.INVISIBLE, chance.shares.invisible):
            order.visible_at = now + chance.seconds(1, 8)
        self.orders.append(order)
        self._decide_fate(order, now)
        self.on_change(now)
        return order

    def _check_free(self, order: SeededOrder) -> None:
        sign = order.pieces[0].sign
        held = -sign * self.held.get(order.symbol, ZERO)
        bound = max((p.left for p in self._closing(order.symbol, sign)), default=ZERO)
        if order.pieces[0].quantity > held - bound:
            raise Refused("insufficient qty available for order")

    def _closing(self, symbol: str, sign: int) -> list[Piece]:
        orders = [o for o in self.orders if o.symbol == symbol]
        pieces = [(p, o) for o in orders for p in o.all_pieces]
        return [p for p, o in pieces if p.sign == sign and p.part is not Part.ENTRY]

    def _decide_fate(self, order: SeededOrder, now: datetime) -> None:
        chance, own = self.chance, order.pieces[0]
        shares, dice = chance.shares, chance.dice
        if own.part in {Part.STOP, Part.TARGET}:
            self._legs_work(order, now)
            return
        is_exit = own.part is Part.EXIT
        is_refused = is_exit and self.rejects(now)
        if is_refused or chance.strikes(Mishap.REJECTED, shares.rejected):
            self.later(now + chance.seconds(0.1, 3), partial(self.end, order, OrderState.REJECTED))
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
        leg, at = chance.dice.choice(legs), now + chance.seconds(5, chance.shares.leg_seconds)
        first = leg.quantity
        if leg.quantity > 1 and chance.strikes(Mishap.PARTIAL, chance.shares.partial):
            first = Decimal(chance.dice.randint(1, int(leg.quantity) - 1))
            rest = leg.quantity - first
            self.later(at + chance.seconds(0.1, 20), partial(self._fill, order, leg, rest))
        self.later(at, partial(self._fill, order, leg, first))

    def end(self, order: SeededOrder, state: OrderState, at: datetime) -> None:
        if not order.works:
            return
        for piece in order.all_pieces:
            piece.is_live = False
        if order.state is OrderState.ACKED:
            order.state = state
        self._tell(order, at)

    def _expire(self, at: datetime) -> None:
        for order in self.orders:
            self.end(order, OrderState.EXPIRED, at)

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

    def rejects(self, now: datetime) -> bool:
        """Whether ways out are rejected for a while."""
        return self.rejecting is not None and self.rejecting[0] <= now < self.rejecting[1]
