"""Close: entries back at the window's end, everything out at a loss lock, the day's result."""

from collections.abc import Sequence
from dataclasses import replace

from fin_agent.application.commands import (
    CancelEntries,
    CloseSession,
    CoverPositions,
    FlattenPositions,
    LockSession,
)
from fin_agent.application.desk import Day
from fin_agent.domain.control import ErrorRaised, Latch, LatchKind
from fin_agent.domain.entry import Expiry, PlanExpired
from fin_agent.domain.order import OrderMoved, OrderState
from fin_agent.domain.risk import TradingState
from fin_agent.domain.session import SessionClosed, SessionLocked

_DAY_OVER = "never seen at the venue; a day order ends with its day"


async def cancel_entries(day: Day, command: CancelEntries) -> Sequence[object]:
    """Take working entries back at the venue and expire the plans still armed."""
    watches, day.watches = day.watches, []
    expired = [PlanExpired(watch.plan, command.reason, command.minute) for watch in watches]
    if day.live is not None:
        return [*expired, CoverPositions()]  # takes them back until the venue says they are gone
    for intent in list(day.book.live_entries):
        await day.desk.venue.cancel(intent.client_order_id)
    return expired


async def lock_session(day: Day, command: LockSession) -> Sequence[object]:
    """The loss cap is reached: no entry any more today, every position out."""
    cap = day.rules.risk.daily_loss_cap
    day.is_locked = True
    day.book.state = TradingState.REDUCING
    day.record(SessionLocked(command.minute, day.book.day_pnl, cap))
    if day.live is not None:
        reason = f"lost {-day.book.day_pnl:.2f}, the cap is {cap}"
        latch = Latch(LatchKind.DAILY_LOSS, day.session.date, reason, day.now)
        await day.commit(also=lambda work: work.save_latch(latch))
    return [
        CancelEntries(command.minute, Expiry.LOCKED),
        FlattenPositions(command.minute, "daily_loss"),
    ]


async def close_session(day: Day, _command: CloseSession) -> Sequence[object]:
    """Write the day's result; trades get their final KPI."""
    book = day.book
    kpi = {t.position.intent.client_order_id: t.excursion.kpi for t in book.closed}
    day.trades = [
        t if t.kpi == kpi[t.trade_id] else replace(t, kpi=kpi[t.trade_id]) for t in day.trades
    ]
    flat = not book.open and not any(t.exit_reason == "close" for t in day.trades)
    day.record(
        SessionClosed(
            equity=book.equity,
            pnl=book.realised,
            trades=len(day.trades),
            flat=flat or day.rules.daily,
            kpi_hits=sum(1 for trade in day.trades if trade.kpi),
        )
    )
    await day.commit(trades=day.trades)
    return await _after_close(day) if day.live is not None else []


async def _after_close(day: Day) -> Sequence[object]:
    """Entries nobody ever saw end with their day; what is still held latches the next one."""
    never = [i for i in day.book.live_entries if i.state is OrderState.UNKNOWN]
    for intent in never:
        cid = intent.client_order_id
        moved = day.book.move(cid, OrderState.EXPIRED, intent.filled)
        day.record(OrderMoved(cid, intent.symbol, moved.state, moved.filled, _DAY_OVER), about=cid)
    held = [f"{t.position.quantity:f} {symbol}" for symbol, t in sorted(day.book.open.items())]
    if not held:
        await day.commit(intents=[day.book.intents[i.client_order_id] for i in never])
        return []
    reason = f"still held after the close: {', '.join(held)}"
    latch = Latch(LatchKind.NOT_FLAT, day.session.date, reason, day.now)
    remedy = "sell at the venue by hand, then: fin-agent resume --reason TEXT"
    day.record(ErrorRaised(reason, remedy, critical=True))
    day.book.state = TradingState.HALTED
    await day.commit(
        intents=[day.book.intents[i.client_order_id] for i in never],
        also=lambda work: work.save_latch(latch),
    )
    return []
