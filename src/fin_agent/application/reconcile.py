"""Reconcile: the venue's orders and positions against the book, at the start and all day long.

The same code runs at start and continuously. What it cannot explain halts entries; exits go on.
"""

from collections.abc import Sequence

from fin_agent.application.commands import (
    ComparePositions,
    HaltTrading,
    Reconcile,
    RecordReport,
    Trouble,
)
from fin_agent.application.desk import Day
from fin_agent.application.live_state import LiveState
from fin_agent.domain.errors import Ambiguous, Refused, Unavailable
from fin_agent.domain.money import ZERO
from fin_agent.domain.venue import OrderReport

_OURS = "fa-"
_NO_ANSWER = (Unavailable, Ambiguous, Refused)


async def reconcile(day: Day, command: Reconcile) -> Sequence[object]:
    """Fold what the venue knows of our orders in, then compare positions."""
    live = day.live
    if live is None:
        return []
    live.orders_at = day.now
    venue = await day.venue()
    try:
        reports = await venue.orders(day.session.pre_market_open)
        positions = await venue.positions() if command.positions else None
    except _NO_ANSWER as error:
        live.is_reconciled = False
        return [Trouble(f"the venue does not answer ({error}); no entry is sent meanwhile")]
    follow: list[object] = []
    live.foreign = set()
    exits = {exit_.client_order_id for exit_ in day.exits.values()}
    known = {*day.book.intents, *exits, *live.past_exits}
    for report in reports:
        if report.client_order_id in known:
            follow.append(RecordReport(report))
        elif report.client_order_id.startswith(_OURS):
            follow += await _stranger(day, live, report)
        elif report.state.is_live and report.terms is not None:
            live.foreign.add(report.terms.symbol)
    if positions is None:
        live.is_reconciled = live.is_reconciled or live.positions_at is not None
        return follow
    live.positions_at = day.now
    return [*follow, ComparePositions(positions)]


async def compare_positions(day: Day, command: ComparePositions) -> Sequence[object]:
    """A difference that stays is unexplained; for a moment the venue may not show an order yet."""
    live = day.live
    if live is None:
        return []
    ours = {s: t.position.side.sign * t.position.quantity for s, t in day.book.open.items()}
    symbols = sorted(ours.keys() | command.positions.keys())
    pairs = {s: (command.positions.get(s, ZERO), ours.get(s, ZERO)) for s in symbols}
    differs = {s: pair for s, pair in pairs.items() if pair[0] != pair[1]}
    live.differs_since = {s: live.differs_since.get(s, day.now) for s in differs}
    patience = live.rules.difference_patience
    stays = {
        s: pair
        for s, pair in differs.items()
        if live.differs.get(s) == pair and day.now - live.differs_since[s] >= patience
    }
    live.differs = differs
    live.is_reconciled = not differs
    if not stays:
        live.positions_at = None if differs else live.positions_at  # look again at once
        return []
    told = ", ".join(
        f"{s} {venue:f} at the venue, {own:f} here" for s, (venue, own) in stays.items()
    )
    return [HaltTrading(f"positions differ: {told}", "reconcile")]


async def _stranger(day: Day, live: LiveState, report: OrderReport) -> Sequence[object]:
    """An order of ours that no intent explains, as after an old backup: cancelled on sight."""
    cid = report.client_order_id
    if report.state.is_live:
        try:
            await (await day.venue(reduces=True)).release(cid)
        except _NO_ANSWER as error:
            return [
                Trouble(f"order {cid} is not in the database and cannot be cancelled ({error})")
            ]
    if cid in live.strangers:
        return []
    live.strangers.add(cid)
    if report.filled:
        return [HaltTrading(f"order {cid} filled {report.filled:f} and is not here", "reconcile")]
    return [Trouble(f"order {cid} is not in the database: cancelled", "restored an old backup?")]
