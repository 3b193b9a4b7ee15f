"""Record: the venue's reports become order states, positions and closed trades."""

from collections.abc import Sequence
from dataclasses import replace

from fin_agent.application.commands import RecordReport
from fin_agent.application.desk import Day
from fin_agent.domain.journal import TradeRecorded
from fin_agent.domain.order import FillRecorded, OrderMoved, OrderState


async def record_report(day: Day, command: RecordReport) -> Sequence[object]:
    """Fold one report in; repeated and overtaken reports change nothing."""
    report, book = command.report, day.book
    cid = report.client_order_id
    before = book.intents[cid]
    intent = book.move(cid, report.state, report.filled)
    if intent.state is not before.state:
        moved = OrderMoved(cid, intent.symbol, intent.state, intent.filled, report.reason)
        day.record(moved, about=cid)
    if report.fill is None or report.fill in book.folded:
        if intent.state.is_terminal and not intent.filled:
            day.fates[intent.symbol] = f"not filled: order {intent.state.lower()}"
        await day.commit(intents=[intent])
        return []
    fill = report.fill
    trade = book.fold(fill)
    day.record(FillRecorded(fill), about=cid)
    day.fates[fill.symbol] = "filled"
    closed = not trade.position.is_open
    exits = [day.exits[fill.symbol]] if closed and fill.symbol in day.exits else []
    done = [replace(exit_, state=OrderState.FILLED) for exit_ in exits]
    await day.commit(intents=[intent, *done], fills=[fill])
    return [TradeRecorded(book.record(trade))] if closed else []
