"""Record: the venue's reports become order states, positions and closed trades."""

from collections.abc import Sequence
from dataclasses import replace

from fin_agent.application.commands import HaltTrading, RecordReport, TakeBack
from fin_agent.application.desk import Day
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.journal import TradeRecorded
from fin_agent.domain.order import Fill, FillRecorded, OrderIntent, OrderMoved, OrderState
from fin_agent.domain.venue import Execution, OrderReport, Part, Terms

_BUST = "bust"


async def record_report(day: Day, command: RecordReport) -> Sequence[object]:
    """Fold one report in; repeated and overtaken reports change nothing."""
    report, book = command.report, day.book
    cid = report.client_order_id
    if report.reason == _BUST:
        return [HaltTrading(f"order {cid}: the venue took an execution back", "venue")]
    if cid not in book.intents:
        return await _record_exit(day, report)
    before = book.intents[cid]
    if report.terms is not None and report.terms != _terms_of(before):
        return await _other_terms(day, before, report.terms)
    moved_on = before.state is OrderState.PENDING  # adopted: the venue has what we did not send
    start = before.moved_to(OrderState.SENDING) if moved_on else before
    intent = book.put(start.joined(report.filled).moved_to(report.state).known_as(report.broker_id))
    if intent.state is not before.state:
        moved = OrderMoved(cid, intent.symbol, intent.state, intent.filled, report.reason)
        day.record(moved, about=cid)
    if report.executions:
        return await _join(day, report, intent, is_new=intent is not before)
    if report.fill is None or report.fill in book.folded:
        if intent.state.is_terminal and not intent.filled:
            day.fates[intent.symbol] = f"not filled: order {intent.state.lower()}"
        changed = intent is not before
        day.owe(intents=[intent] if changed else [])
        return []
    exits = _closed_with(day, report.fill)
    return await _fold(day, [report.fill], [intent, *exits])


async def _record_exit(day: Day, report: OrderReport) -> Sequence[object]:
    """The venue's word about one of our exits."""
    cid = report.client_order_id
    before = next((e for e in day.exits.values() if e.client_order_id == cid), None)
    if before is None:
        return await _record_past(day, report)
    if report.terms is not None and report.terms != _exit_terms(day, before):
        return await _other_terms(day, before, report.terms)
    start = before.moved_to(OrderState.SENDING) if before.state is OrderState.PENDING else before
    exit_ = start.moved_to(report.state, report.filled).known_as(report.broker_id)
    day.exits[exit_.symbol] = exit_
    if day.live is not None and exit_.state is not before.state:
        moved = OrderMoved(cid, exit_.symbol, exit_.state, exit_.filled, report.reason)
        day.record(moved, about=cid)
    if report.executions:
        return await _join(day, report, exit_, is_new=exit_ != before)
    if exit_ != before:
        day.owe(intents=[exit_])
    return []


async def _record_past(day: Day, report: OrderReport) -> Sequence[object]:
    """An older generation: over, but a request that came after the settle time may have filled."""
    live, cid = day.live, report.client_order_id
    before = None if live is None else live.past_exits.get(cid)
    if live is None or before is None:
        return []
    after = before.moved_to(report.state, report.filled).known_as(report.broker_id)
    live.keep(after)
    follow = await _join(day, report, after, is_new=after != before)
    return [*follow, TakeBack(cid)] if report.state.is_live or report.has_live_legs else follow


async def _join(
    day: Day, report: OrderReport, order: OrderIntent | ExitIntent, *, is_new: bool
) -> Sequence[object]:
    """Turn cumulative executions into the fills that are new in them, entries first."""
    live, cid = day.live, report.client_order_id
    is_exit = isinstance(order, ExitIntent)
    entry_id = order.entry_id if isinstance(order, ExitIntent) else cid
    reason = order.reason if isinstance(order, ExitIntent) else "entry"
    if live is not None:
        live.covers(entry_id, is_covered=report.has_live_legs, by=cid)
    fills: list[Fill] = []
    held = day.book.held(entry_id)
    for execution in sorted(report.executions, key=lambda e: e.part is not Part.ENTRY):
        news = None if live is None else live.ledger.news(cid, execution)
        if live is None or news is None:
            continue
        quantity, price = news
        is_entry = execution.part is Part.ENTRY
        if not is_entry and quantity > held:
            continue  # it overtook the entry's own report: the next look has both
        held += quantity if is_entry else -quantity
        live.ledger.fold(cid, execution.part, quantity, price)
        why = _reason(execution, reason)
        minute = _minute_of(day, execution)
        at = day.session.time_of(minute)
        fills.append(
            Fill(
                entry_id,
                order.symbol,
                quantity,
                price,
                at,
                minute,
                why,
                is_entry,
                exit_id=cid if is_exit else "",
                total=execution.filled,
            )
        )
    if not fills:
        day.owe(intents=[order] if is_new else [])
        return []
    return await _fold(day, fills, [order])


def _minute_of(day: Day, execution: Execution) -> int:
    """The minute of an execution; a venue whose clock is elsewhere is not believed."""
    session = day.session
    inside = session.pre_market_open <= execution.at <= session.close
    return session.minute_of(execution.at if inside else day.now)


def _reason(execution: Execution, reason: str) -> str:
    return execution.part.value if execution.part in {Part.STOP, Part.TARGET} else reason


async def _fold(
    day: Day, fills: Sequence[Fill], orders: Sequence[OrderIntent | ExitIntent]
) -> Sequence[object]:
    """Fold new executions; they are stored in one transaction with the order they belong to."""
    follow: list[object] = []
    for fill in fills:
        trade = day.book.fold(fill)
        day.record(FillRecorded(fill), about=fill.client_order_id)
        day.fates[fill.symbol] = "filled"
        if not trade.position.is_open and not (day.live and day.live.is_catching_up):
            follow.append(TradeRecorded(day.book.record(trade)))
    day.owe(intents=orders, fills=fills)
    return follow


def _closed_with(day: Day, fill: Fill) -> list[ExitIntent]:
    """The exit of a position that a simulated venue closes: its fills come with the entry's."""
    exit_ = day.exits.get(fill.symbol)
    if exit_ is None or fill.is_entry or fill.quantity < day.book.held(fill.client_order_id):
        return []
    done = replace(exit_, state=OrderState.FILLED, filled=exit_.quantity)
    day.exits[fill.symbol] = done
    return [done]


def _terms_of(intent: OrderIntent) -> Terms:
    return Terms(intent.symbol, intent.side.sign * intent.quantity)


def _exit_terms(day: Day, exit_: ExitIntent) -> Terms:
    sign = day.book.intents[exit_.entry_id].side.sign
    return Terms(exit_.symbol, -sign * exit_.quantity)


async def _other_terms(day: Day, order: OrderIntent | ExitIntent, terms: Terms) -> Sequence[object]:
    """Not what was ordered: nothing of it is taken over, and a person looks at it."""
    cid, found = order.client_order_id, f"{terms.signed:f} {terms.symbol}"
    if order.state is OrderState.SENDING:
        unsure = order.moved_to(OrderState.UNKNOWN)
        if isinstance(unsure, ExitIntent):
            day.exits[unsure.symbol] = unsure
        else:
            day.book.put(unsure)
        day.owe(intents=[unsure])
    return [HaltTrading(f"order {cid}: the venue holds other terms ({found})", "venue")]
