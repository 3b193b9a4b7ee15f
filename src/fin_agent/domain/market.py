"""What the market shows: sides, instruments, bars and quotes."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class Side(StrEnum):
    """The direction of a trade."""

    LONG = "long"
    SHORT = "short"

    @property
    def sign(self) -> int:
        return 1 if self is Side.LONG else -1

    @property
    def opposite(self) -> "Side":
        return Side.SHORT if self is Side.LONG else Side.LONG


class InstrumentType(StrEnum):
    """What a symbol of the universe is."""

    STOCK = "stock"
    ADR = "adr"
    ETF = "etf"
    ETN = "etn"
    FUND = "fund"
    WARRANT = "warrant"
    UNIT = "unit"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Instrument:
    """One row of the universe; None means that the universe file does not say.

    ``kid``: a key information document exists (EU PRIIPs rule, packaged products only).
    ``short_float_pct``: shares sold short in percent of the free float.
    """

    symbol: str
    name: str | None = None
    exchange: str | None = None
    sector: str | None = None
    type: InstrumentType | None = None
    leveraged: bool | None = None
    kid: bool | None = None
    shortable: bool | None = None
    short_float_pct: float | None = None

    @property
    def is_packaged(self) -> bool:
        """Whether PRIIPs needs a key information document for an EU retail client."""
        return self.type in {InstrumentType.ETF, InstrumentType.ETN, InstrumentType.FUND}


class Bar(NamedTuple):
    """Open, high, low, close in USD and volume in shares of one interval, stamped by its START.

    A tuple, because a backtest makes millions of them. ``minute`` counts from the session's open
    (0 is the opening minute, negative is pre-market), so no clock is read to order bars.
    """

    minute: int
    open: float
    high: float
    low: float
    close: float
    volume: float


@dataclass(frozen=True, slots=True)
class Quote:
    """The last trade, in USD, with the time it was made."""

    symbol: str
    price: Decimal
    at: datetime
