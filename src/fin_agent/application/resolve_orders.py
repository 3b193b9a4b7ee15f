"""Resolve: an order whose fate is unknown is looked up until the venue's evidence settles it.

Absence needs several looks over the settle time (reliability.md section 3, step 6): the request
may still be on its way. An entry that is absent goes out again under the same id if it is still
worth it; an exit that is absent is dead, so that the next generation may go.
"""

from collections.abc import Sequence

from fin_agent.application.commands import (
    RecordReport,
    ResolveOrders,
    SendEntry,
    Trouble,
    WorkExits,
)
from fin_agent.application.desk import Day
from fin_agent.application.live_state import LiveState, Search
from fin_agent.application.send_gate import entry_refusal
from fin_agent.domain.errors import Ambiguous, Refused, Unavailable
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.money import ZERO
from fin_agent.domain.order import OrderIntent, OrderMoved, OrderState

_ABSENT = "not found at the venue within the settle time"


async def resolve_orders(day: Day, _command: ResolveOrders) -> Sequence[object]:
    """Look every unknown order up that is due."""
    live = day.live
    if live is None:
        return []
    entries: list[OrderIntent | ExitIntent] = list(day.book.live_entries)
    unknown = [o for o in (*entries, *day.exits.values()) if o.state is OrderState.UNKNOWN]
    follow: list[object] = []
    for order in unknown:
        search = live.searches.setdefault(order.client_order_id, Search())
        if search.next_look is None or day.now >= search.next_look:
            search.next_look = day.now + live.rules.look_every
            follow += await _look(day, live, order, search)
    return follow


async def _look(
    day: Day, live: LiveState, order: OrderIntent | ExitIntent, search: Search
) -> Sequence[object]:
    cid, rules = order.client_order_id, live.rules
    search.absent_at = None
    try:
        report = await (await day.venue()).find(cid)
    except (Unavailable, Ambiguous, Refused) as error:
        return [Trouble(f"order {cid} cannot be looked up ({error})")]
    if report is not None:
        del live.searches[cid]
        return [RecordReport(report)]
    search.absent_at = day.now
    since = day.now - (order.sent_at or order.decided_at)
    if since >= rules.first_look:
        search.reads += 1
    if search.reads < rules.absent_reads or since < rules.settle:
        return []
    if isinstance(order, OrderIntent):
        return await _absent_entry(day, live, order)
    del live.searches[cid]
    moved = day.exits[order.symbol] = order.moved_to(OrderState.DEAD)
    day.record(OrderMoved(cid, order.symbol, moved.state, moved.filled, _ABSENT), about=cid)
    await day.commit(intents=[moved])
    return [WorkExits()]


async def _absent_entry(day: Day, live: LiveState, order: OrderIntent) -> Sequence[object]:
    """Send again what may still go; anything else is watched until the session ends."""
    if entry_refusal(day, order) is not None:
        return []
    cid = order.client_order_id
    del live.searches[cid]
    moved = day.book.move(cid, OrderState.PENDING, ZERO)
    day.record(OrderMoved(cid, order.symbol, moved.state, moved.filled, _ABSENT), about=cid)
    await day.commit(intents=[moved])
    return [SendEntry(cid)]
