"""Journal: every closed trade is written down the moment it closes."""

from collections.abc import Sequence

from fin_agent.application.desk import Day
from fin_agent.domain.journal import TradeRecorded


async def keep_journal(day: Day, message: TradeRecorded) -> Sequence[object]:
    """Record a closed trade."""
    day.trades.append(message.trade)
    day.record(message, about=message.trade.plan_id)
    await day.commit(trades=[message.trade])
    return []
