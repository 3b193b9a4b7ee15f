"""The documents of ``positions``, ``orders``, ``plans`` and ``quotas``, and the rows in them.

Prices in USD; value, risk and results in account currency.
"""

from collections.abc import Sequence

from fin_agent.composition.standing import Held, Standing
from fin_agent.composition.usage import ProviderUse
from fin_agent.domain.control import Latch
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.market import Side
from fin_agent.domain.order import OrderIntent, Purpose
from fin_agent.entrypoints.documents.rows import plan_row
from fin_agent.entrypoints.documents.values import Document, maybe, maybe_moment, moment, number


def positions_document(found: Standing) -> Document:
    """What is held now, oldest session first."""
    rows = [position_row(held) for held in found.positions]
    return {**_session(found), "count": len(rows), "positions": [*rows]}


def orders_document(found: Standing) -> Document:
    """Every order of the newest session, in the order they were decided."""
    rows = order_rows(found)
    return {**_session(found), "count": len(rows), "orders": [*rows]}


def plans_document(found: Standing) -> Document:
    """The plans of the newest session by rank, each with its fate."""
    fates = found.fates
    rows = [plan_row(advice, fates.get(advice.plan.symbol)) for advice in found.day.advice]
    return {**_session(found), "count": len(rows), "plans": [*rows]}


def quotas_document(found: Sequence[ProviderUse]) -> Document:
    """The calls that still count against a provider's quotas."""
    rows: list[Document] = [
        {
            "provider": use.provider,
            "group": use.group,
            "key": use.key,
            "last_minute": use.last_minute,
            "last_day": use.last_day,
            "last_call": moment(use.last_call),
        }
        for use in found
    ]
    return {"count": len(rows), "quotas": [*rows]}


def _session(found: Standing) -> Document:
    day = found.session_date
    return {
        "session_date": None if day is None else day.isoformat(),
        "phase": found.phase,
        "state": found.state.value,
    }


def position_row(held: Held) -> Document:
    """One position; ``risk`` is what its stop would lose from the entry price."""
    position = held.position
    levels = position.intent.approved.levels
    return {
        "symbol": position.symbol,
        "session_date": held.session_date.isoformat(),
        "side": position.side.value,
        "quantity": number(position.quantity),
        "entry_price": number(position.entry_price),
        "entry_time": maybe_moment(position.entry_time),
        "stop": number(levels.stop),
        "target": number(levels.target),
        "value": number(position.exposure),
        "risk": number(position.at_risk(position.entry_price)),
        "realised": number(position.realised),
        "trade_id": position.intent.client_order_id,
    }


def orders_in_order(found: Standing) -> list[tuple[OrderIntent | ExitIntent, Side]]:
    """The orders of the newest session by the time they were decided, each with its trade's side.

    An entry comes before an exit of the same instant.
    """
    sides = {intent.client_order_id: intent.side for intent in found.day.intents}
    entries = [(intent, intent.side) for intent in found.day.intents]
    exits = [(exit_, sides[exit_.entry_id]) for exit_ in found.day.exits]
    return sorted([*entries, *exits], key=lambda pair: pair[0].decided_at)


def order_rows(found: Standing, *, only_live: bool = False) -> list[Document]:
    """Entries and exits of the newest session by the time they were decided."""
    return [
        {
            **(_entry(order) if isinstance(order, OrderIntent) else _exit(order)),
            **_order(order),
            "side": side.value,
            "kind": kind_of(order),
        }
        for order, side in orders_in_order(found)
        if order.state.is_live or not only_live
    ]


def kind_of(order: OrderIntent | ExitIntent) -> str:
    """market, limit, stop, or a protective pair of stop and target."""
    if isinstance(order, OrderIntent):
        return order.kind.value
    return "pair" if order.is_protective else "market"


def _entry(intent: OrderIntent) -> Document:
    levels = intent.approved.levels
    return {
        "purpose": Purpose.ENTRY.value,
        "reason": None,
        "price": number(intent.price),
        "stop": number(levels.stop),
        "target": number(levels.target),
        "valid_until": moment(intent.valid_until),
    }


def _exit(intent: ExitIntent) -> Document:
    return {
        "purpose": Purpose.EXIT.value,
        "reason": intent.reason,
        "price": None,
        "stop": maybe(intent.stop),
        "target": maybe(intent.target),
        "valid_until": None,
    }


def _order(intent: OrderIntent | ExitIntent) -> Document:
    return {
        "client_order_id": intent.client_order_id,
        "symbol": intent.symbol,
        "state": intent.state.value,
        "quantity": number(intent.quantity),
        "filled": number(intent.filled),
        "decided_at": moment(intent.decided_at),
        "sent_at": maybe_moment(intent.sent_at),
        "sends": intent.send_count,
        "broker_id": intent.broker_id,
    }


def latch_row(latch: Latch) -> Document:
    """Why entries are off, and until when."""
    return {
        "kind": latch.kind.value,
        "exchange_date": latch.exchange_date.isoformat(),
        "reason": latch.reason,
        "at": moment(latch.at),
    }
