"""Submit: PENDING on disk, SENDING on disk, send, then what the venue's evidence says.

The order of writes is reliability.md section 3. Silence is never read as "no".
"""

from collections.abc import Sequence

from fin_agent.application.commands import (
    FlattenPositions,
    HaltTrading,
    OrderOut,
    RecordReport,
    SendEntry,
    Trouble,
    WorkExits,
)
from fin_agent.application.desk import Day
from fin_agent.application.send_gate import Barrier, Refusal, entry_refusal, exit_refusal
from fin_agent.domain.errors import AlreadyKnown, Ambiguous, Refused, Unavailable
from fin_agent.domain.exits import ExitIntent, ExitOrdered
from fin_agent.domain.money import ZERO
from fin_agent.domain.order import (
    OrderIntentCreated,
    OrderMoved,
    OrderState,
    Purpose,
    client_order_id,
)

_MAY_GO_LATER = frozenset({Barrier.UNRECONCILED, Barrier.STALE, Barrier.CLOCK})


async def submit_order(day: Day, message: OrderIntentCreated) -> Sequence[object]:
    """Send an entry whose intent is durable."""
    return await send_entry(day, SendEntry(message.intent.client_order_id))


async def send_entry(day: Day, command: SendEntry) -> Sequence[object]:
    """Send an entry, for the first time or again with the same id.

    Decisions that wait for their transaction have it first, those of one minute together.
    """
    await day.commit()
    cid = command.client_order_id
    intent = day.book.intents[cid]
    if intent.state is not OrderState.PENDING:
        return []
    refusal = entry_refusal(day, intent)
    if refusal is not None:
        return await _not_sent(day, cid, refusal)
    sending = day.book.put(intent.sent(day.now))
    if day.live is not None:
        day.live.limits.count_entry(intent.symbol, cid, day.now)
    await day.commit(intents=[sending])
    try:
        report = await (await day.venue()).submit(sending, day.session)
    except Unavailable as error:
        return await _moved(day, cid, OrderState.PENDING, str(error))
    except (AlreadyKnown, Ambiguous, TimeoutError) as error:
        return await _moved(day, cid, OrderState.UNKNOWN, str(error))
    except Refused as error:
        first = sending.send_count == 1
        state = OrderState.REJECTED if first else OrderState.UNKNOWN
        return await _moved(day, cid, state, str(error))
    return [RecordReport(report)]


async def _not_sent(day: Day, cid: str, refusal: Refusal) -> Sequence[object]:
    """A barrier stood in the way: nothing left, so the reservation can go, or wait."""
    if refusal.barrier in _MAY_GO_LATER:
        return []
    state = OrderState.EXPIRED if refusal.barrier is Barrier.EXPIRED else OrderState.CANCELLED
    if day.book.intents[cid].send_count:  # an earlier send may live: only the venue can say
        state = OrderState.UNKNOWN
    reason = f"{refusal.barrier}: {refusal.found}"
    follow = await _moved(day, cid, state, reason)
    if refusal.barrier is Barrier.RUNAWAY:
        return [*follow, HaltTrading(f"runaway limit: {refusal.found}", "agent")]
    return follow


async def _moved(day: Day, cid: str, state: OrderState, reason: str) -> Sequence[object]:
    intent = day.book.move(cid, state, ZERO)
    if state.is_terminal:
        day.fates[intent.symbol] = f"not filled: order {state.lower()}"
    day.record(OrderMoved(cid, intent.symbol, state, intent.filled, reason), about=cid)
    await day.commit(intents=[intent])
    return []


async def flatten(day: Day, command: FlattenPositions) -> Sequence[object]:
    """Order every open position out; what is going out already goes on, what fills later too."""
    if day.live is not None:
        day.live.all_out = command.reason
    for symbol in day.book.open:
        day.leaving.setdefault(symbol, command.reason)
    return [WorkExits()]


async def work_exits(day: Day, _command: WorkExits) -> Sequence[object]:
    """Bring every position that is to leave one step further, one live exit a symbol.

    A way out that waits to be sent goes too, a protective pair like any other.
    """
    follow: list[object] = []
    waiting = {s for s, exit_ in day.exits.items() if exit_.state is OrderState.PENDING}
    for symbol in sorted(waiting | day.leaving.keys()):
        if symbol in day.book.open:
            follow += await _step_out(day, symbol)
        elif symbol in day.leaving and not _may_fill(day, symbol):
            del day.leaving[symbol]
    return follow


def _may_fill(day: Day, symbol: str) -> bool:
    return any(intent.symbol == symbol for intent in day.book.live_entries)


async def _step_out(day: Day, symbol: str) -> Sequence[object]:
    """What comes next for one position: send, withdraw the protection, wait, or order out."""
    current = day.exits.get(symbol)
    if current is not None and current.state is OrderState.PENDING:
        return await _send_exit(day, current)
    out = OrderOut(symbol, day.leaving[symbol])
    if current is not None and current.state.is_live:
        waits = current.is_protective and current.state is OrderState.ACKED
        return await _released(day, current.client_order_id, out) if waits else []
    if day.live is None:
        return [out]
    return await _released(day, day.book.open[symbol].position.intent.client_order_id, out)


async def _released(day: Day, client_order_id: str, out: OrderOut) -> Sequence[object]:
    """Take an order and its legs back, fold in what they filled meanwhile, then order out."""
    venue = await day.venue()
    try:
        if not await venue.release(client_order_id):
            return []
        report = await venue.find(client_order_id)
    except (Unavailable, Ambiguous, Refused) as error:
        return [Trouble(f"{out.symbol}: its orders cannot be taken back yet ({error})")]
    return [out] if report is None else [RecordReport(report), out]


async def order_out(day: Day, command: OrderOut) -> Sequence[object]:
    """Make the next generation of the exit for what is held now; the one before is terminal."""
    symbol, protective = command.symbol, command.protective
    before = day.exits.get(symbol)
    if symbol not in day.book.open or (before is not None and before.state.is_live):
        return []
    position, generation = day.book.open[symbol].position, 1
    if before is not None:
        generation = before.generation + 1
    approved, account = position.intent.approved, day.rules.account
    plan_id, date = approved.plan.plan_id, day.session.date
    intent = ExitIntent(
        client_order_id(account, date, symbol, Purpose.EXIT, generation, plan_id),
        position.intent.client_order_id,
        symbol,
        position.quantity,
        command.reason,
        day.at,
        generation=generation,
        stop=approved.levels.stop if protective else None,
        target=approved.levels.target if protective else None,
    )
    refusal = exit_refusal(day, intent)
    if refusal is not None and refusal.barrier is Barrier.SESSION:
        return [Trouble(f"{symbol} cannot be taken out: {refusal.found}")]
    if refusal is not None:
        return [HaltTrading(f"runaway limit: {refusal.found}", "agent")]
    day.record(ExitOrdered(intent), about=plan_id)
    day.exits[symbol] = intent
    if day.live is not None and before is not None:
        day.live.keep(before)
    await day.commit(intents=[intent])
    return await _send_exit(day, intent)


async def _send_exit(day: Day, intent: ExitIntent) -> Sequence[object]:
    """Send a durable exit; only the venue's word moves it on."""
    refusal = exit_refusal(day, intent)
    if refusal is not None:
        is_over = refusal.barrier is Barrier.SESSION
        found = f"{intent.symbol} cannot be taken out: {refusal.found}"
        return [Trouble(found)] if is_over else []
    sending = day.exits[intent.symbol] = intent.sent(day.now)
    if day.live is not None:
        day.live.limits.count_exit(intent.symbol, intent.client_order_id, day.now)
    await day.commit(intents=[sending])
    try:
        report = await (await day.venue()).exit(sending)
    except Unavailable as error:
        return await _exit_moved(day, sending, OrderState.PENDING, str(error))
    except (AlreadyKnown, Ambiguous, TimeoutError) as error:
        return await _exit_moved(day, sending, OrderState.UNKNOWN, str(error))
    except Refused as error:
        first = sending.send_count == 1
        state = OrderState.REJECTED if first else OrderState.UNKNOWN
        return await _exit_moved(day, sending, state, str(error))
    return [RecordReport(report)]


async def _exit_moved(
    day: Day, intent: ExitIntent, state: OrderState, reason: str
) -> Sequence[object]:
    moved = day.exits[intent.symbol] = intent.moved_to(state)
    about = intent.client_order_id
    day.record(OrderMoved(about, intent.symbol, moved.state, moved.filled, reason), about=about)
    await day.commit(intents=[moved])
    return []
