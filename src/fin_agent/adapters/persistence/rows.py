"""Domain objects as table rows, and events back from them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter

from fin_agent.adapters.persistence.chain import Row
from fin_agent.adapters.persistence.documents import (
    EXITS,
    FILLS,
    INTENTS,
    advice_written,
    written,
)
from fin_agent.domain.control import Latch, LatchKind
from fin_agent.domain.entry import OrderKind
from fin_agent.domain.events import Event, hashed_id, plain
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.journal import TradeNote, TradeRecord
from fin_agent.domain.notice import Notice
from fin_agent.domain.order import Fill, OrderIntent, Purpose
from fin_agent.domain.risk import PlanAdvised
from fin_agent.domain.session import NEW_YORK

_EPOCH_START = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TRADE_FIELDS = [field.name for field in fields(TradeRecord) if field.name != "fills"]
_trade = attrgetter(*_TRADE_FIELDS)
_DOCUMENTS = json.JSONEncoder(sort_keys=True)


def event_rows(events: Iterable[Event], recorded_at: str) -> list[Row]:
    """The rows of events without their hashes: the database links them when it writes them."""
    rows: list[Row] = []
    at: datetime | None = None
    at_text = ""
    for event in events:
        until = event.valid_until
        if event.occurred_at is not at:  # many events have one time: writing it out is slow
            at, at_text = event.occurred_at, event.occurred_at.isoformat()
        row: Row = (
            event.event_id,
            event.type,
            event.version,
            event.session_date.isoformat(),
            event.account,
            at_text,
            recorded_at,
            None if until is None else until.isoformat(),
            event.correlation_id,
            event.causation_id,
            int(event.is_decision),
            event.payload,
        )
        rows.append(row)
    return rows


def event_of(row: Mapping[str, object]) -> Event:
    """An event back from its row."""
    until = row["valid_until"]
    return Event(
        event_id=str(row["event_id"]),
        type=str(row["type"]),
        session_date=date.fromisoformat(str(row["session_date"])),
        account=str(row["account"]),
        occurred_at=datetime.fromisoformat(str(row["occurred_at"])),
        payload=str(row["payload"]),
        version=int(str(row["version"])),
        is_decision=bool(row["is_decision"]),
        valid_until=None if until is None else datetime.fromisoformat(str(until)),
        correlation_id=str(row["correlation_id"]),
        causation_id=str(row["causation_id"]),
    )


def intent_row(intent: OrderIntent | ExitIntent, *, documented: bool) -> Row:
    """An order intent's row; an exit's plan is its entry, and its price is the market's."""
    if isinstance(intent, ExitIntent):
        return (
            intent.client_order_id,
            intent.entry_id,
            Purpose.EXIT.value,
            intent.symbol,
            "exit",
            OrderKind.MARKET.value,
            str(intent.quantity),
            None,
            None if intent.stop is None else str(intent.stop),
            None if intent.target is None else str(intent.target),
            intent.decided_at.isoformat(),
            None,
            intent.state.value,
            intent.send_count,
            str(intent.filled),
            intent.broker_id,
            intent.reason,
            intent.decided_at.astimezone(NEW_YORK).date().isoformat(),
            intent.generation,
            None if intent.sent_at is None else intent.sent_at.isoformat(),
            written(EXITS, intent) if documented else "",
        )
    plan, levels = intent.approved.plan, intent.approved.levels
    return (
        intent.client_order_id,
        plan.plan_id,
        Purpose.ENTRY.value,
        intent.symbol,
        intent.side.value,
        intent.kind.value,
        str(intent.quantity),
        str(intent.price),
        str(levels.stop),
        str(levels.target),
        intent.decided_at.isoformat(),
        intent.valid_until.isoformat(),
        intent.state.value,
        intent.send_count,
        str(intent.filled),
        intent.broker_id,
        None,
        plan.session_date.isoformat(),
        1,
        None if intent.sent_at is None else intent.sent_at.isoformat(),
        written(INTENTS, intent) if documented else "",
    )


def fill_row(fill: Fill, *, documented: bool) -> Row:
    """An execution's row; its id is derived, so storing it twice stores it once."""
    cid, at, reason = fill.client_order_id, fill.at.isoformat(), fill.reason
    quantity, price = str(fill.quantity), str(fill.price)
    return (
        hashed_id(f"{cid}|{at}|{reason}|{quantity}|{price}|{fill.exit_id}|{fill.total}"),
        cid,
        fill.symbol,
        quantity,
        price,
        at,
        fill.reason,
        str(fill.fees),
        fill.at.astimezone(NEW_YORK).date().isoformat(),
        written(FILLS, fill) if documented else "",
    )


def advice_row(advice: PlanAdvised) -> Row:
    """A plan's row with the advice on it."""
    plan = advice.plan
    return (plan.plan_id, plan.session_date.isoformat(), plan.rank, advice_written(advice))


def latch_row(latch: Latch) -> Row:
    """A latch's row."""
    return (latch.kind.value, latch.exchange_date.isoformat(), latch.reason, latch.at.isoformat())


def latch_of(row: Mapping[str, object]) -> Latch:
    """A latch back from its row."""
    return Latch(
        LatchKind(str(row["kind"])),
        date.fromisoformat(str(row["exchange_date"])),
        str(row["reason"]),
        datetime.fromisoformat(str(row["at"])),
    )


def note_row(note: TradeNote) -> Row:
    """A note's row."""
    at = note.at.isoformat()
    return (note.note_id, note.trade_id, at, note.text, note.tag, note.grade)


def notice_row(notice: Notice) -> Row:
    """A notice's row, which nobody has acknowledged yet."""
    words = (notice.title, notice.text, int(notice.silent))
    return (notice.notice_id, notice.kind, notice.severity.value, *words, micros(notice.made_at))


def micros(at: datetime) -> int:
    """An instant as a number that SQL can compare."""
    return (at - _EPOCH_START) // _MICROSECOND


def instant(number: int) -> datetime:
    """The instant of such a number, in UTC."""
    return _EPOCH_START + number * _MICROSECOND


def trade_row(trade: TradeRecord) -> Row:
    """A closed trade's row: keys to find it by, and the whole record as a document."""
    document = {
        name: plain(value) for name, value in zip(_TRADE_FIELDS, _trade(trade), strict=True)
    }
    document["fills"] = [
        {
            "at": fill.at.isoformat(),
            "price": float(fill.price),
            "quantity": float(fill.quantity),
            "reason": fill.reason,
        }
        for fill in trade.fills
    ]
    return (
        trade.trade_id,
        trade.session_date.isoformat(),
        trade.symbol,
        trade.entry_time.isoformat(),
        _DOCUMENTS.encode(document),
    )
