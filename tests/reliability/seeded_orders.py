"""An order as a seeded venue holds it: pieces that fill, and the report that tells of them."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.money import ZERO
from fin_agent.domain.order import OrderIntent, OrderState
from fin_agent.domain.venue import Execution, OrderReport, Part, Terms

_STEP = Decimal("0.000001")


@dataclass(eq=False)
class Piece:
    """A part of an order with its own fills; ``sign`` is that of its shares, prices are USD."""

    part: Part
    sign: int
    quantity: Decimal
    price: Decimal
    at: datetime
    is_live: bool = True
    filled: Decimal = ZERO
    value: Decimal = ZERO

    @property
    def left(self) -> Decimal:
        return self.quantity - self.filled if self.is_live else ZERO

    @property
    def is_whole(self) -> bool:
        return self.filled == self.quantity

    def told(self) -> Execution:
        average = (self.value / self.filled).quantize(_STEP) if self.filled else ZERO
        return Execution(self.part, self.filled, average, self.at, is_live=self.is_live)


@dataclass(eq=False)
class SeededOrder:
    """``pieces`` are the order itself first, or both halves of a protective pair."""

    client_order_id: str
    symbol: str
    pieces: list[Piece]
    legs: list[Piece] = field(default_factory=list)
    state: OrderState = OrderState.ACKED
    visible_at: datetime | None = None
    is_altered: bool = False
    is_overdue: bool = False

    @property
    def all_pieces(self) -> list[Piece]:
        return [*self.pieces, *self.legs]

    @property
    def is_entry(self) -> bool:
        return self.pieces[0].part is Part.ENTRY

    @property
    def filled(self) -> Decimal:
        return sum((piece.filled for piece in self.pieces), ZERO)

    @property
    def works(self) -> bool:
        """Whether anything of it can still fill."""
        return any(piece.left for piece in self.all_pieces)

    def report(self) -> OrderReport:
        own, cid = self.pieces[0], self.client_order_id
        return OrderReport(
            cid,
            self.state,
            self.filled,
            broker_id=f"b-{cid}",
            terms=Terms(self.symbol, own.sign * own.quantity),
            executions=tuple(piece.told() for piece in self.all_pieces),
        )


def entry_order(intent: OrderIntent, at: datetime, *, altered: bool) -> SeededOrder:
    """A bracket: its legs sleep until it is filled wholly."""
    sign, levels = intent.side.sign, intent.approved.levels
    quantity = intent.quantity - altered
    legs = [
        Piece(part, -sign, quantity, price, at, is_live=False)
        for part, price in ((Part.STOP, levels.stop), (Part.TARGET, levels.target))
    ]
    own = Piece(Part.ENTRY, sign, quantity, intent.price, at)
    return SeededOrder(intent.client_order_id, intent.symbol, [own], legs, is_altered=altered)


def exit_order(intent: ExitIntent, held: Decimal, price: Decimal, at: datetime) -> SeededOrder:
    """The way out of what is held, or a pair that waits for its prices."""
    sign = -1 if held > 0 else 1
    parts = [(Part.EXIT, price)]
    if intent.stop is not None and intent.target is not None:
        sign = -1 if intent.stop < intent.target else 1
        parts = [(Part.STOP, intent.stop), (Part.TARGET, intent.target)]
    pieces = [Piece(part, sign, intent.quantity, at_price, at) for part, at_price in parts]
    return SeededOrder(intent.client_order_id, intent.symbol, pieces)
