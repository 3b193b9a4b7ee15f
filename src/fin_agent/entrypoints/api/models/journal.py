"""The journal and what it amounts to."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from fin_agent.entrypoints.api.models.base import Answer, Page


class TradeFill(Answer):
    """One fill of a trade."""

    at: datetime | None
    price: float
    quantity: float
    reason: str


class Note(Answer):
    """What a person wrote about a trade; the newest grade and tag count."""

    at: datetime
    text: str
    tag: str | None
    grade: str | None


class Trade(Answer):
    """One closed trade: plan against actual; excursions in R."""

    trade_id: str
    plan_id: str
    symbol: str
    session_date: date
    side: Literal["long", "short"]
    entry: str
    quantity: float
    planned_quantity: float
    trigger_price: float
    stop: float
    target: float
    entry_time: datetime
    entry_price: float
    exit_time: datetime | None
    exit_price: float
    exit_reason: str
    fees: float
    pnl: float
    r_multiple: float
    mae_r: float
    mfe_r: float
    slippage_bps: float
    ambiguous: bool
    kpi: bool | None = Field(description="reached +7 % before -3 %; null when neither came")
    gap_pct: float
    gap_class: str
    composite: float
    grade: str = Field(description="of the evidence before the trade")
    fills: list[TradeFill]
    notes: list[Note] = Field([])
    own_grade: str | None = Field(None, description="the person's newest grade, A to F")
    tags: list[str] = Field([])


class Journal(Page[Trade]):
    """Closed trades by session and entry time; ``run`` is ``live`` or a replay's name."""

    run: str


class TradeDecision(Answer):
    """One recorded decision about a trade."""

    at: datetime
    type: str
    payload: dict[str, Any]


class TradeStory(Answer):
    """A trade with every decision about it."""

    trade: Trade
    decisions: list[TradeDecision]


class Figures(Answer):
    """The figures of strategy.md section 13; shares are 0..1, null where nothing can be said."""

    sessions: int
    trades: int
    wins: int
    losses: int
    win_rate: float | None
    profit_factor: float | None
    expectancy_r: float | None
    total_pnl: float
    total_fees: float
    start_equity: float
    final_equity: float
    total_return: float | None
    sharpe: float | None
    max_drawdown: float
    kpi_rate: float | None
    kpi_hits: int
    average_slippage_bps: float | None
    ambiguous: int
    not_flat_at_close: int


class EquityPoint(Answer):
    """One session: equity at its end, its result, and the fall from the peak as a share."""

    session_date: date
    equity: float
    pnl: float
    drawdown: float
    trades: int


class Bucket(Answer):
    """How many trades ended between two multiples of R; ``to`` is excluded."""

    from_r: float | None
    to_r: float | None
    trades: int


class Slice(Answer):
    """The trades that share one property."""

    value: str = Field(examples=["breakaway"])
    trades: int
    win_rate: float | None
    expectancy_r: float | None
    total_pnl: float
    kpi_rate: float | None


class Interval(Answer):
    """A figure with the 95 % interval of a block bootstrap over sessions."""

    figure: Literal["expectancy_r", "win_rate", "daily_pnl"]
    value: float | None
    low: float | None
    high: float | None


class RandomPick(Answer):
    """The result against a random pick of the same size out of those that passed the gates.

    Both sides are the move from open to close in percent, without stops: what the choice was worth.
    """

    sessions: int
    chosen_pct: float | None
    random_pct: float | None
    better_than_share: float | None = Field(description="0..1 of random picks that did worse")
    why_not: str | None = Field(description="why there is no comparison")


class Performance(Answer):
    """What a journal amounts to; amounts in account currency."""

    run: str
    first: date | None
    last: date | None
    figures: Figures
    equity: list[EquityPoint]
    r_distribution: list[Bucket]
    slices: dict[
        Literal["entry", "gap_class", "catalyst", "score_decile", "hour", "exit_reason", "side"],
        list[Slice],
    ]
    intervals: list[Interval]
    random_pick: RandomPick
