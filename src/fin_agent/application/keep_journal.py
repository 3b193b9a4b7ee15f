"""Journal: every closed trade is written down the moment it closes."""

from collections.abc import Sequence

from fin_agent.application.commands import NoteTrade
from fin_agent.application.desk import Day
from fin_agent.domain.journal import TradeNoted, TradeRecorded


async def keep_journal(day: Day, message: TradeRecorded) -> Sequence[object]:
    """Record a closed trade."""
    day.trades.append(message.trade)
    day.record(message, about=message.trade.plan_id)
    day.owe(trades=[message.trade])
    return []


async def note_trade(day: Day, command: NoteTrade) -> Sequence[object]:
    """Keep what a person writes about a trade."""
    note = command.note
    day.record(TradeNoted(note), about=note.trade_id)
    await day.commit(also=lambda work: work.save_note(note))
    return []
