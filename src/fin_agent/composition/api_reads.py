"""What only the API asks of the state database: executions, events by page, notes, bars."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from fin_agent.adapters.persistence.documents import FILLS, read
from fin_agent.adapters.persistence.log_reader import Recorded, reading
from fin_agent.adapters.persistence.rows import event_of
from fin_agent.composition.bootstrap import App
from fin_agent.composition.live_view import LiveView
from fin_agent.composition.maintenance import state_path
from fin_agent.domain.errors import CorruptData
from fin_agent.domain.market import Bar
from fin_agent.domain.order import Fill
from fin_agent.domain.session import TradingSession

_FILLS = (
    "SELECT e.rowid AS place, e.execution_id, e.session_date, e.document, i.price AS trigger,"
    " i.side FROM execution e LEFT JOIN intent i ON i.client_order_id = e.client_order_id"
    " WHERE (? = '' OR e.session_date = ?) AND (? = '' OR e.symbol = ?) AND e.rowid < ?"
    " AND e.document <> '' ORDER BY e.rowid DESC LIMIT ?"
)
_EVENTS = (
    "SELECT * FROM event_log WHERE seq > ? AND (? = '' OR type = ?)"
    " AND (? = '' OR session_date = ?) ORDER BY seq LIMIT ?"
)
_BACKWARDS = (
    "SELECT * FROM event_log WHERE (? = '' OR type = ?) AND (? = '' OR session_date = ?)"
    " ORDER BY seq DESC LIMIT ?"
)
_LAST = "SELECT coalesce(max(seq), 0) AS seq FROM event_log"
_NOTES = "SELECT trade_id, at, text, tag, grade FROM trade_note ORDER BY at"
_BPS = Decimal(10_000)
_NO_END = 1 << 62
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Execution:
    """A fill with its id; ``slippage_bps`` of an entry against its trigger, positive is worse."""

    execution_id: str
    session_date: date
    fill: Fill
    slippage_bps: Decimal | None


async def fills_before(
    app: App, day: date | None, symbol: str | None, before: int, limit: int
) -> tuple[list[Execution], int | None]:
    """Executions before a place (0: the newest), newest first, and where to go on."""
    if not state_path(app).is_file():
        return [], None
    text, name = "" if day is None else day.isoformat(), symbol or ""
    async with reading(state_path(app)) as reader:
        values = [text, text, name, name, before or _NO_END, limit + 1]
        rows = await reader.rows(_FILLS, values)
    found = [_execution(row) for row in rows[:limit]]
    return found, rows[limit - 1]["place"] if len(rows) > limit else None


def _execution(row: Mapping[str, Any]) -> Execution:
    fill = read(FILLS, row["document"], f"execution {row['execution_id']}")
    slippage = None
    if fill.is_entry and row["trigger"]:
        sign = 1 if row["side"] == "long" else -1
        slippage = _BPS * sign * (fill.price / Decimal(row["trigger"]) - 1)
    return Execution(row["execution_id"], date.fromisoformat(row["session_date"]), fill, slippage)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which events: of a type, of a session date; None means all."""

    kind: str | None = None
    day: date | None = None


async def events_after(
    app: App, asked: Asked, after: int | None, limit: int
) -> tuple[list[Recorded], int]:
    """Events behind a place in order, or the newest ones; and the last place of the log."""
    if not state_path(app).is_file():
        return [], 0
    kind, day = asked.kind or "", "" if asked.day is None else asked.day.isoformat()
    async with reading(state_path(app)) as reader:
        last = (await reader.rows(_LAST))[0]["seq"]
        if after is None:
            rows = await reader.rows(_BACKWARDS, [kind, kind, day, day, limit])
            rows.reverse()
        else:
            rows = await reader.rows(_EVENTS, [after, kind, kind, day, day, limit])
    return [_recorded(row) for row in rows], last


def _recorded(row: Mapping[str, Any]) -> Recorded:
    return Recorded(row["seq"], event_of(row), datetime.fromisoformat(row["recorded_at"]))


async def all_notes(app: App) -> Sequence[Mapping[str, Any]]:
    """Every note on every trade, oldest first."""
    if not state_path(app).is_file():
        return []
    async with reading(state_path(app)) as reader:
        return await reader.rows(_NOTES)


async def bars_of(
    app: App, symbol: str, session: TradingSession, view: LiveView
) -> tuple[str, Sequence[Bar]]:
    """Where the minutes of a symbol come from, and those that are over by the session's clock.

    Raises:
        CorruptData: there are none.
    """
    is_now = view.session is not None and view.session.date == session.date
    if is_now and symbol in view.bars:
        return "live", view.bars[symbol]
    if session.date not in app.minute_dates():
        raise CorruptData(f"no minute bars of {session.date}: they are live or stored, or neither")
    over = int((view.now - session.open) / _MINUTE) if is_now else session.minutes
    bars = [
        minute.bars[symbol]
        async for minute in app.market(daily=False).minutes(session, [symbol])
        if symbol in minute.bars and minute.minute < over
    ]
    return "stored", bars


def payload_of(recorded: Recorded) -> Mapping[str, Any]:
    """What an event says."""
    found: Mapping[str, Any] = json.loads(recorded.event.payload)
    return found
