"""What a trade stream says, in one form for every vendor."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Protocol

import msgspec

from fin_agent.adapters.http.conversation import Conversation

TradeKey = tuple[str, int]
"""The exchange's code and its number of a trade: unique a symbol and day."""


class Doubt(StrEnum):
    """Why a tick was not folded; every one is counted."""

    SHAPE = "shape"  # not readable: a price in quotes, a missing field
    SYMBOL = "symbol"  # nobody asked for it
    PRICE = "price"  # 0, negative, NaN, infinite, beyond any share
    SIZE = "size"
    FUTURE = "future"
    OLD = "old"  # before the day, or of a minute that was handed over
    DUPLICATE = "duplicate"
    JUMP = "jump"  # far from the last price, and not confirmed


class Tick(Protocol):
    """One market print: USD, shares, milliseconds since 1970 by the exchange's clock."""

    @property
    def symbol(self) -> str: ...
    @property
    def price(self) -> float: ...
    @property
    def at_ms(self) -> float: ...
    @property
    def size(self) -> float: ...


class NamedTick(msgspec.Struct, frozen=True, gc=False):
    """A print with its own number. ``has_price``: it counts for prices, not for volume only."""

    symbol: str
    price: float
    at_ms: float
    size: float
    key: TradeKey
    has_price: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """The exchange takes a print back; ``corrected`` is what it should have been, if anything."""

    symbol: str
    key: TradeKey
    corrected: NamedTick | None = None


@dataclass(slots=True)
class Heard:
    """What one frame said. ``doubts`` are ticks that are none, ``remarks`` the vendor's words.

    ``excluded`` counts prints that belong in no bar: official closes, corrected closes.
    """

    ticks: Sequence[Tick] = ()
    named: Sequence[NamedTick] = ()
    changes: Sequence[Change] = ()
    doubts: Mapping[Doubt, int] = field(default_factory=dict)
    excluded: int = 0
    remarks: Sequence[str] = ()


class TradeStream(ABC):
    """A vendor's trade stream; an object serves one connection at a time."""

    name: ClassVar[str]

    @property
    @abstractmethod
    def address(self) -> str:
        """Where to connect; it may hold the key, so it is never shown."""

    @abstractmethod
    async def introduce(self, talk: Conversation, symbols: Sequence[str]) -> None:
        """Say who we are and what we want to hear, on a new connection.

        Raises:
            Unavailable: this connection is of no use.
            Refused: nor will the next one be, soon.
        """

    @abstractmethod
    async def ask_again(self, talk: Conversation, symbols: Sequence[str]) -> None:
        """Ask once more for symbols that fell silent."""

    @abstractmethod
    def read(self, frame: bytes) -> Heard:
        """Understand a frame.

        Raises:
            InvalidValue: it is garbage; whoever sends that is not to be listened to.
        """
