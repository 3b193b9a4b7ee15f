"""Cover: a position without a stop at the venue goes out, an entry that may not live goes back.

The protective legs of a bracket wake when the entry is filled wholly. A part that filled is
covered by a protective pair of its own once the rest is taken back (reliability.md, rows 32, 42).
"""

from collections.abc import Sequence

from fin_agent.application.commands import (
    CoverPositions,
    OrderOut,
    SendEntry,
    TakeBack,
    Trouble,
    WorkExits,
)
from fin_agent.application.desk import Day
from fin_agent.application.live_state import LiveState
from fin_agent.domain.errors import Ambiguous, Refused, Unavailable
from fin_agent.domain.order import OrderIntent, OrderState
from fin_agent.domain.risk import TradingState


async def cover_positions(day: Day, _command: CoverPositions) -> Sequence[object]:
    """Send what waits, take back what may not fill any more, protect what is held."""
    live = day.live
    if live is None:
        return []
    follow: list[object] = []
    for intent in list(day.book.live_entries):
        if _is_over(day, live):
            follow += await _take_back(day, live, intent)
        elif intent.state is OrderState.PENDING and not live.is_simulated:
            follow.append(SendEntry(intent.client_order_id))
    for symbol in () if live.is_simulated else list(day.book.open):
        if live.all_out:
            day.leaving.setdefault(symbol, live.all_out)
        follow += await _cover(day, live, symbol)
    waits = any(exit_.state is OrderState.PENDING for exit_ in day.exits.values())
    return [*follow, WorkExits()] if day.leaving or waits else follow


def _is_over(day: Day, live: LiveState) -> bool:
    """Whether no entry may work any more; a venue that fills from bars goes by their minutes."""
    if day.book.state is not TradingState.ACTIVE or live.window_over:
        return True
    end = day.session.time_of(day.session.entry_end(day.rules.session))
    return not live.is_simulated and day.now >= end


async def _cover(day: Day, live: LiveState, symbol: str) -> Sequence[object]:
    entry_id = day.book.open[symbol].position.intent.client_order_id
    exit_, rules = day.exits.get(symbol), live.rules
    goes_out = exit_ is not None and exit_.state.is_live
    if symbol in day.leaving or goes_out or entry_id in live.covered:
        live.uncovered.pop(symbol, None)
        return []
    since = day.now - live.uncovered.setdefault(symbol, day.now)
    intent = day.book.intents[entry_id]
    if intent.state.is_live:
        patient = since < rules.partial_patience
        return [] if patient else await _take_back(day, live, intent)
    if intent.state is not OrderState.FILLED:
        return [OrderOut(symbol, "protective", protective=True)]
    if since >= rules.naked_patience:
        day.leaving[symbol] = "uncovered"
    return []


async def take_back(day: Day, command: TakeBack) -> Sequence[object]:
    """Ask the venue for an order that must not work any more."""
    cid = command.client_order_id
    if day.live is None or not day.live.may_ask_again(cid, day.now):
        return []
    try:
        await (await day.venue(reduces=True)).release(cid)
    except (Unavailable, Ambiguous, Refused) as error:
        return [Trouble(f"order {cid} cannot be cancelled yet ({error})")]
    return []


async def _take_back(day: Day, live: LiveState, intent: OrderIntent) -> Sequence[object]:
    """Ask for a cancel, now and then again, until the venue says that the order is gone."""
    cid = intent.client_order_id
    if intent.state is OrderState.PENDING:
        return [SendEntry(cid)]  # the gate refuses it, and says why
    if intent.state is not OrderState.ACKED or not live.may_ask_again(cid, day.now):
        return []
    try:
        await (await day.venue(reduces=True)).cancel(cid)
    except (Unavailable, Ambiguous, Refused) as error:
        return [Trouble(f"order {cid} cannot be cancelled yet ({error})")]
    return []
