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
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.order import OrderIntent, OrderMoved, OrderState
from fin_agent.domain.risk import TradingState
from fin_agent.domain.session import SessionClosed, SessionLocked

_NEVER_SENT = "never sent"
_DAY_OVER = "never seen at the venue; a day order ends with its day"


async def cancel_entries(day: Day, command: CancelEntries) -> Sequence[object]:
    """Take working entries back at the venue and expire the plans still armed."""
    watches, day.watches = day.watches, []
    expired = [PlanExpired(watch.plan, command.reason, command.minute) for watch in watches]
    if day.live is not None:
        day.live.window_over = day.live.window_over or command.reason is Expiry.WINDOW
        return [*expired, CoverPositions()]  # takes them back until the venue says they are gone
    for intent in list(day.book.live_entries):
        await (await day.venue(reduces=True)).cancel(intent.client_order_id)
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
    flat = flat and not _unsure_of(day)
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


def _unsure_of(day: Day) -> list[str]:
    """What nobody can say after the close: a venue that was not compared, orders not looked up."""
    live, book = day.live, day.book
    if live is None or live.is_simulated:
        return []
    differs = [f"{s}: {v:f} at the venue, {o:f} here" for s, (v, o) in live.differs.items()]
    unheard = [] if differs or live.is_reconciled else ["the venue could not be compared"]
    close = day.session.close
    unknown = [
        f"order {i.client_order_id} is {i.state}"
        for i in book.live_entries
        if i.send_count and not live.is_absent(i.client_order_id, close)
    ]
    return [*differs, *unheard, *unknown]


async def _after_close(day: Day) -> Sequence[object]:
    """Entries nobody ever saw end with their day; what is held or unsure latches the next one."""
    unsure, ended = _unsure_of(day), _end_orders(day)
    held = [f"{t.position.quantity:f} {symbol}" for symbol, t in sorted(day.book.open.items())]
    if not held and not unsure:
        await day.commit(intents=ended)
        return []
    what = [f"still held after the close: {', '.join(held)}"] if held else []
    reason = "; ".join([*what, *unsure])
    latch = Latch(LatchKind.NOT_FLAT, day.session.date, reason, day.now)
    remedy = "look at the venue, sell there by hand, then: fin-agent resume --reason TEXT"
    day.record(ErrorRaised(reason, remedy, critical=True))
    day.book.state = TradingState.HALTED
    await day.commit(intents=ended, also=lambda work: work.save_latch(latch))
    return []


def _end_orders(day: Day) -> list[OrderIntent | ExitIntent]:
    """Day orders that the venue does not know end with their day; the others stay as they are."""
    live = day.live
    ended: list[OrderIntent | ExitIntent] = []
    for intent in list(day.book.live_entries):
        cid, is_sent = intent.client_order_id, intent.send_count > 0
        if is_sent and (live is None or not live.is_absent(cid, day.session.close)):
            continue
        why = _DAY_OVER if is_sent else _NEVER_SENT
        moved = day.book.move(cid, OrderState.EXPIRED, intent.filled)
        day.record(OrderMoved(cid, intent.symbol, moved.state, moved.filled, why), about=cid)
        ended.append(moved)
    for symbol, exit_ in day.exits.items():
        if exit_.state is OrderState.PENDING:
            cid, over = exit_.client_order_id, exit_.moved_to(OrderState.EXPIRED)
            day.exits[symbol] = over
            day.record(OrderMoved(cid, symbol, over.state, over.filled, _NEVER_SENT), about=cid)
            ended.append(over)
    return ended
