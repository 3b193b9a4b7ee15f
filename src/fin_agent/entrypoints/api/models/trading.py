"""Orders, positions, fills and bars."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from fin_agent.entrypoints.api.models.base import Answer, Page

Side = Literal["long", "short"]


class Order(Answer):
    """An entry or exit; ``kind`` pair is a protective stop and target of which one can fill."""

    client_order_id: str
    symbol: str
    side: Side = Field(description="of its trade")
    purpose: Literal["ENTRY", "EXIT"]
    reason: str | None
    kind: Literal["market", "limit", "stop", "pair"]
    state: str = Field(examples=["ACKED"])
    quantity: float
    filled: float
    price: float | None
    stop: float | None
    target: float | None
    decided_at: datetime
    sent_at: datetime | None
    valid_until: datetime | None
    sends: int
    broker_id: str | None


class Orders(Page[Order]):
    """The orders of a session in the order they were decided."""

    session_date: date | None
    phase: str
    state: str


class Position(Answer):
    """What is held; amounts in account currency, ``open_r`` from entry to the last price."""

    symbol: str
    session_date: date
    side: Side
    quantity: float
    entry_price: float
    entry_time: datetime | None
    stop: float
    target: float
    value: float = Field(description="at cost")
    risk: float = Field(description="what the stop would lose from the entry price")
    realised: float
    trade_id: str
    last_price: float | None = None
    last_price_at: datetime | None = None
    unrealised: float | None = None
    open_r: float | None = Field(None, description="in R", examples=[0.7])
    at_risk: float | None = Field(None, description="what the stop may lose from the last price")


class Positions(Page[Position]):
    """What is held now, oldest session first."""

    session_date: date | None
    phase: str
    state: str


class Fill(Answer):
    """One execution; ``slippage_bps`` of an entry against its trigger, positive is worse."""

    execution_id: str
    client_order_id: str
    symbol: str
    session_date: date
    is_entry: bool
    quantity: float
    price: float
    fees: float
    at: datetime
    reason: str
    slippage_bps: float | None


class Fills(Page[Fill]):
    """Executions, newest first."""


class Bar(Answer):
    """One bar, stamped at its start; ``vwap`` is the session's up to its end."""

    at: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float
    vwap: float | None


class OpeningRange(Answer):
    """High and low of the first minutes; ``is_complete`` once they are over."""

    minutes: int
    high: float | None
    low: float | None
    is_complete: bool


class Level(Answer):
    """A price to draw."""

    name: Literal["entry", "stop", "target", "previous_close", "filled"]
    price: float


class Bars(Answer):
    """Candles of one symbol and session with everything to draw on them."""

    symbol: str
    session_date: date
    resolution: Literal["1m", "1d"]
    source: Literal["live", "stored"]
    bars: list[Bar]
    opening_range: OpeningRange | None
    levels: list[Level]
    fills: list[Fill]
