"""Close: entries back at the window's end, everything out at a loss lock, the day's result."""

from collections.abc import Sequence
from dataclasses import replace

from fin_agent.application.commands import (
    CancelEntries,
    CloseSession,
    FlattenPositions,
    LockSession,
)
from fin_agent.application.desk import Day
from fin_agent.domain.entry import Expiry, PlanExpired
from fin_agent.domain.risk import TradingState
from fin_agent.domain.session import SessionClosed, SessionLocked


async def cancel_entries(day: Day, command: CancelEntries) -> Sequence[object]:
    """Take working entries back at the venue and expire the plans still armed."""
    for intent in list(day.book.live_entries):
        await day.desk.venue.cancel(intent.client_order_id)
    watches, day.watches = day.watches, []
    return [PlanExpired(watch.plan, command.reason, command.minute) for watch in watches]


async def lock_session(day: Day, command: LockSession) -> Sequence[object]:
    """The loss cap is reached: no entry any more today, every position out."""
    cap = day.rules.risk.daily_loss_cap
    day.is_locked = True
    day.book.state = TradingState.REDUCING
    day.record(SessionLocked(command.minute, day.book.day_pnl, cap))
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
    return []
