"""What a venue says about our orders, and how its words become fills.

Streams lie; cumulative state is the truth. A report may come twice, late, out of order or never:
executions join by the maximum of what was ever reported, so every order of arrival ends in the
same position (reliability.md section 3, step 7).
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from fin_agent.domain.construction import quickly_made
from fin_agent.domain.errors import Inconsistent
from fin_agent.domain.money import ZERO
from fin_agent.domain.order import Fill, OrderState

_PRICE_STEP = Decimal("0.00000001")


class Part(StrEnum):
    """The part of an order that an execution belongs to."""

    ENTRY = "entry"
    STOP = "stop"
    TARGET = "target"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class Execution:
    """How much of one part is filled so far: cumulative shares at their average price in USD.

    ``is_live`` says that the venue still works this part.
    """

    part: Part
    filled: Decimal
    average_price: Decimal
    at: datetime
    is_live: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What the venue believes it was asked: ``signed`` shares, negative when it sells."""

    symbol: str
    signed: Decimal


@quickly_made
@dataclass(frozen=True, slots=True)
class OrderReport:
    """What the venue says about one order.

    ``filled`` is cumulative for the order itself. A venue that simulates bar by bar sends each
    ``fill`` as it happens; one over a network sends cumulative ``executions``, its protective legs
    included, and the ``terms`` it holds, so that an adopted order can be compared with its intent.
    """

    client_order_id: str
    state: OrderState
    filled: Decimal
    fill: Fill | None = None
    reason: str = ""
    broker_id: str | None = None
    terms: Terms | None = None
    executions: tuple[Execution, ...] = ()

    @property
    def has_live_legs(self) -> bool:
        """Whether a protective stop or target waits at the venue."""
        return any(e.is_live for e in self.executions if e.part is not Part.ENTRY)


@dataclass(frozen=True, slots=True)
class VenueAccount:
    """The account behind the orders, as the venue names it."""

    account_id: str
    is_live: bool
    is_blocked: bool = False


class ExecutionLedger:
    """What has been folded of every part of every order: shares and their value in USD."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, Part], tuple[Decimal, Decimal]] = {}

    def news(self, client_order_id: str, execution: Execution) -> tuple[Decimal, Decimal] | None:
        """The shares that are new in a cumulative report, and their price; None for old news.

        Raises:
            Inconsistent: an execution without a price.
        """
        shares, value = self._known.get((client_order_id, execution.part), (ZERO, ZERO))
        new = execution.filled - shares
        if new <= ZERO:
            return None
        if execution.average_price <= ZERO:
            raise Inconsistent(
                f"order {client_order_id}: {execution.filled} filled without a price"
            )
        total = execution.filled * execution.average_price
        price = ((total - value) / new).quantize(_PRICE_STEP)
        if price <= ZERO:  # averages rounded by the venue: the last part gets the average
            price = execution.average_price
        return new, price

    def fold(self, client_order_id: str, part: Part, quantity: Decimal, price: Decimal) -> None:
        """Count a fill, new or from before a restart."""
        shares, value = self._known.get((client_order_id, part), (ZERO, ZERO))
        self._known[client_order_id, part] = (shares + quantity, value + quantity * price)
