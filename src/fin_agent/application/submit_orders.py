"""Submit: PENDING on disk, SENDING on disk, send, then what the venue's evidence says.

The order of writes is reliability.md section 3. Silence is never read as "no".
"""

from collections.abc import Sequence
from dataclasses import replace

from fin_agent.application.commands import FlattenPositions, RecordReport
from fin_agent.application.desk import Day
from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.exits import ExitIntent, ExitOrdered
from fin_agent.domain.money import ZERO
from fin_agent.domain.order import (
    OrderIntentCreated,
    OrderMoved,
    OrderState,
    Purpose,
    client_order_id,
)


async def submit_order(day: Day, message: OrderIntentCreated) -> Sequence[object]:
    """Send an entry whose intent is durable."""
    cid = message.intent.client_order_id
    sending = day.book.move(cid, OrderState.SENDING, ZERO)
    await day.commit(intents=[sending])
    try:
        report = await day.desk.venue.submit(sending, day.session)
    except Unavailable as error:
        return await _moved(day, cid, OrderState.PENDING, str(error))
    except Refused as error:
        first = sending.send_count == 1
        state = OrderState.REJECTED if first else OrderState.UNKNOWN
        return await _moved(day, cid, state, str(error))
    except TimeoutError as error:
        return await _moved(day, cid, OrderState.UNKNOWN, str(error))
    return [RecordReport(report)]


async def _moved(day: Day, cid: str, state: OrderState, reason: str) -> Sequence[object]:
    intent = day.book.move(cid, state, ZERO)
    if state.is_terminal:
        day.fates[intent.symbol] = f"not filled: order {state.lower()}"
    day.record(OrderMoved(cid, intent.symbol, state, intent.filled, reason), about=cid)
    await day.commit(intents=[intent])
    return []


async def flatten(day: Day, command: FlattenPositions) -> Sequence[object]:
    """Order every open position out, one exit a symbol; what is going out already goes on."""
    for symbol in sorted(day.book.open.keys() - day.exits.keys()):
        position = day.book.open[symbol].position
        entry_id = position.intent.client_order_id
        plan_id = position.intent.approved.plan.plan_id
        cid = client_order_id(day.rules.account, day.session.date, symbol, Purpose.EXIT, 1, plan_id)
        exit_ = ExitIntent(
            cid, entry_id, symbol, position.quantity, command.reason, day.at, OrderState.SENDING
        )
        day.record(ExitOrdered(exit_), about=plan_id)
        await day.commit(intents=[exit_])
        await day.desk.venue.exit(exit_)
        day.exits[symbol] = replace(exit_, state=OrderState.ACKED)
        await day.commit(intents=[day.exits[symbol]])
    return []
