"""One session date back from the database, for a restart."""

import json
from collections.abc import Mapping, Sequence
from datetime import date

from fin_agent.adapters.persistence.deliveries import Rows
from fin_agent.adapters.persistence.documents import EXITS, FILLS, INTENTS, advice_read, read
from fin_agent.adapters.persistence.rows import event_of
from fin_agent.domain.control import StoredDay
from fin_agent.domain.events import Event
from fin_agent.domain.order import Purpose

_EVENTS = "SELECT * FROM event_log WHERE session_date = ? ORDER BY seq"
_PLANS = "SELECT document FROM plan WHERE session_date = ? ORDER BY rank, plan_id"
_INTENTS = (
    "SELECT client_order_id, document FROM intent WHERE session_date = ? AND purpose = ?"
    " ORDER BY decided_at, rowid"
)
_FILLS = "SELECT execution_id, document FROM execution WHERE session_date = ? ORDER BY rowid"
_PROGRESS = "SELECT minute FROM progress WHERE session_date = ?"


_TRADES = (
    "SELECT document FROM trade WHERE session_date BETWEEN ? AND ?"
    " ORDER BY session_date, entry_time, symbol"
)
_OF_DAY = "SELECT * FROM event_log WHERE session_date = ? AND is_decision >= ? ORDER BY seq"


async def trades_in(
    database: Rows, first: date | None, last: date | None
) -> Sequence[Mapping[str, object]]:
    """Closed trades of these sessions, both included."""
    bounds = [(first or date.min).isoformat(), (last or date.max).isoformat()]
    return [json.loads(row["document"]) for row in await database.rows(_TRADES, bounds)]


async def events_in(database: Rows, session_date: date, *, decisions: bool) -> Sequence[Event]:
    """The events of a session date, or only its decisions, in order."""
    values = (session_date.isoformat(), int(decisions))
    return [event_of(row) for row in await database.rows(_OF_DAY, values)]


async def stored_day(database: Rows, session_date: date) -> StoredDay:
    """Everything of a session date, in the order it was recorded.

    Raises:
        CorruptData: a document does not fit its aggregate.
    """
    day = session_date.isoformat()
    entries = await database.rows(_INTENTS, (day, Purpose.ENTRY.value))
    exits = await database.rows(_INTENTS, (day, Purpose.EXIT.value))
    fills = await database.rows(_FILLS, (day,))
    minute = await database.rows(_PROGRESS, (day,))
    return StoredDay(
        events=[event_of(row) for row in await database.rows(_EVENTS, (day,))],
        advice=[
            advice_read(row["document"], f"plan of {day}")
            for row in await database.rows(_PLANS, (day,))
        ],
        intents=[read(INTENTS, r["document"], f"order {r['client_order_id']}") for r in entries],
        exits=[read(EXITS, r["document"], f"order {r['client_order_id']}") for r in exits],
        fills=[read(FILLS, r["document"], f"execution {r['execution_id']}") for r in fills],
        minute=int(minute[0]["minute"]) if minute else None,
    )
