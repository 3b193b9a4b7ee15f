"""The record of a closed trade: plan against actual, in USD prices and account currency."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from fin_agent.domain.construction import quickly_made
from fin_agent.domain.errors import InvalidValue
from fin_agent.domain.events import DomainEvent, derived_id, significant
from fin_agent.domain.market import Side
from fin_agent.domain.money import fill_price, rounded
from fin_agent.domain.order import Fill
from fin_agent.domain.position import Excursion, Position

_BPS = Decimal(10_000)
NOT_FLAT = "close"
GRADES = ("A", "B", "C", "D", "E", "F")


@quickly_made
@dataclass(frozen=True, slots=True)
class TradeRecord:
    """One closed trade.

    ``pnl`` and ``fees`` in account currency, fees inside pnl; excursions in R with
    ``mae_r <= 0 <= mfe_r``; ``slippage_bps`` of the entry against the trigger, positive is worse.
    ``kpi``: reached +7 % before -3 %; None when neither came.
    """

    trade_id: str
    plan_id: str
    symbol: str
    session_date: date
    side: Side
    entry: str
    quantity: Decimal
    trigger_price: Decimal
    stop: Decimal
    target: Decimal
    planned_quantity: Decimal
    entry_time: datetime
    entry_price: Decimal
    exit_time: datetime | None
    exit_price: Decimal
    exit_reason: str
    fees: Decimal
    pnl: Decimal
    r_multiple: float
    mae_r: float
    mfe_r: float
    slippage_bps: float
    ambiguous: bool
    kpi: bool | None
    gap_pct: float
    gap_class: str
    composite: float
    grade: str
    fills: tuple[Fill, ...] = ()


def record_of(position: Position, excursion: Excursion, planned_quantity: Decimal) -> TradeRecord:
    """The journal's record of a position that is closed.

    Raises:
        InvalidValue: the position is still open or was never entered.
    """
    exit_, entered_at = position.last_exit, position.entry_time
    exit_price = position.exit_price
    if position.is_open or exit_ is None or entered_at is None or exit_price is None:
        msg = f"{position.symbol}: only a closed position has a record"
        raise InvalidValue(msg)
    approved = position.intent.approved
    plan, levels = approved.plan, approved.levels
    risk = levels.risk_per_share * position.entered / position.fx
    slippage = _BPS * position.side.sign * (position.entry_price / levels.entry - 1)
    return TradeRecord(
        trade_id=position.intent.client_order_id,
        plan_id=plan.plan_id,
        symbol=position.symbol,
        session_date=plan.session_date,
        side=position.side,
        entry=plan.entry,
        quantity=position.entered,
        trigger_price=levels.entry,
        stop=levels.stop,
        target=levels.target,
        planned_quantity=planned_quantity,
        entry_time=entered_at,
        entry_price=fill_price(position.entry_price),
        exit_time=exit_.at,
        exit_price=fill_price(exit_price),
        exit_reason=exit_.reason,
        fees=position.fees,
        pnl=position.realised,
        r_multiple=rounded(float(position.realised / risk)),
        mae_r=min(0.0, _in_r(position, excursion.worst)),
        mfe_r=max(0.0, _in_r(position, excursion.best)),
        slippage_bps=rounded(float(slippage)),
        ambiguous=any(fill.ambiguous for fill in position.fills),
        kpi=excursion.kpi,
        gap_pct=plan.candidate.gap_pct,
        gap_class=plan.candidate.gap_class.value,
        composite=plan.candidate.composite,
        grade=plan.grade.value,
        fills=position.fills,
    )


def _in_r(position: Position, price: float | None) -> float:
    if price is None:
        return 0.0
    move = position.side.sign * (price - float(position.entry_price))
    return rounded(move / float(position.intent.approved.levels.risk_per_share))


@dataclass(frozen=True, slots=True)
class TradeNote:
    """What a person writes about a closed trade: ``grade`` is A to F for how well it was done.

    ``tag`` and ``grade`` are empty when nothing was said.
    """

    trade_id: str
    at: datetime
    text: str
    tag: str = ""
    grade: str = ""

    def __post_init__(self) -> None:
        if not self.trade_id:
            raise InvalidValue("a note belongs to a trade")
        if not self.text.strip():
            raise InvalidValue("a note says something")
        if self.grade and self.grade not in GRADES:
            raise InvalidValue(f"a grade is one of {', '.join(GRADES)}, was {self.grade!r}")

    @property
    def note_id(self) -> str:
        """The same after every crash."""
        return derived_id(self.trade_id, self.at.isoformat(), self.text)


@dataclass(frozen=True, slots=True)
class TradeNoted(DomainEvent):
    """A person wrote something about a closed trade."""

    note: TradeNote

    is_decision: ClassVar[bool] = False

    def payload(self) -> dict[str, object]:
        note = self.note
        return {
            "note_id": note.note_id,
            "trade_id": note.trade_id,
            "at": note.at,
            "text": note.text,
            "tag": note.tag,
            "grade": note.grade,
        }


@quickly_made
@dataclass(frozen=True, slots=True)
class TradeRecorded(DomainEvent):
    """A position is closed and in the journal; its exit is part of the decision hash."""

    trade: TradeRecord

    def payload(self) -> dict[str, object]:
        trade = self.trade
        return {
            "ambiguous": trade.ambiguous,
            "entry_price": trade.entry_price,
            "exit_price": trade.exit_price,
            "exit_reason": trade.exit_reason,
            "exit_time": trade.exit_time,
            "fees": trade.fees,
            "mae_r": significant(trade.mae_r),
            "mfe_r": significant(trade.mfe_r),
            "plan_id": trade.plan_id,
            "pnl": trade.pnl,
            "quantity": trade.quantity,
            "r_multiple": significant(trade.r_multiple),
            "side": trade.side,
            "symbol": trade.symbol,
            "trade_id": trade.trade_id,
        }
