"""Record: the venue's reports become order states, positions and closed trades."""

from collections.abc import Sequence

from fin_agent.application.commands import RecordReport
from fin_agent.application.desk import Day
from fin_agent.domain.journal import TradeRecorded
from fin_agent.domain.order import FillRecorded, OrderMoved


async def record_report(day: Day, command: RecordReport) -> Sequence[object]:
    """Fold one report in; repeated and overtaken reports change nothing."""
    report, book = command.report, day.book
    cid = report.client_order_id
    before = book.intents[cid]
    intent = book.move(cid, report.state, report.filled)
    if intent.state is not before.state:
        moved = OrderMoved(cid, intent.symbol, intent.state, intent.filled, report.reason)
        day.record(moved, about=cid)
    if report.fill is None:
        if intent.state.is_terminal and not intent.filled:
            day.fates[intent.symbol] = f"not filled: order {intent.state.lower()}"
        await day.commit(intents=[intent])
        return []
    fill = report.fill
    trade = book.fold(fill)
    day.record(FillRecorded(fill), about=cid)
    day.fates[fill.symbol] = "filled"
    await day.commit(intents=[intent], fills=[fill])
    return [] if trade.position.is_open else [TradeRecorded(book.record(trade))]
