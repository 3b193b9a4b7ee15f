"""A database with a clock that stands still, and events to put into it."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from fin_agent.adapters.clock import FixedClock
from fin_agent.adapters.persistence.chain import GENESIS_HASH, row_hash
from fin_agent.adapters.persistence.database import open_database
from fin_agent.adapters.persistence.event_store import EventStore
from fin_agent.domain.events import Event
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.order import OrderState
from fin_agent.testing.builders import DAY, SCAN

NOW = datetime(2025, 3, 12, 14, 0, tzinfo=UTC)
HASHED = (
    "event_id, type, version, session_date, account, occurred_at, recorded_at, valid_until,"
    " correlation_id, causation_id, is_decision, payload"
)


def an_event(number: int, *, decision: bool = True, day: date = DAY) -> Event:
    return Event(
        event_id=f"event-{number}",
        type="Thing",
        session_date=day,
        account="paper",
        occurred_at=SCAN,
        payload=f'{{"number":{number}}}',
        is_decision=decision,
        correlation_id="plan-1",
    )


def an_exit(
    number: int = 1, state: OrderState = OrderState.SENDING, symbol: str = "ACME"
) -> ExitIntent:
    entry = f"fa-test-{symbol}-EN{number}"
    cid = f"fa-test-{symbol}-EX{number}"
    return ExitIntent(cid, entry, symbol, Decimal(10), "flat", SCAN, state)


@asynccontextmanager
async def a_store(
    path: Path, *, batched: bool = False, durable: bool = True
) -> AsyncIterator[EventStore]:
    database = await open_database(path, durable=durable)
    store = EventStore(database, FixedClock(NOW), batched=batched)
    try:
        yield store
    finally:
        await store.close()


async def fill(path: Path, count: int, **options: bool) -> None:
    """Record events, one transaction each."""
    async with a_store(path, **options) as store:
        for number in range(count):
            async with store.begin() as work:
                work.append([an_event(number)])


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(path) as connection:
        found = connection.execute(sql).fetchall()
    connection.close()
    return found


def change(path: Path, sql: str) -> None:
    """What somebody does to the file behind our back."""
    with sqlite3.connect(path) as connection:
        connection.executescript(sql)
    connection.close()


def first_broken_link(path: Path) -> int | None:
    """The place of the first row whose hash is not that of the chain; None when all hold."""
    head = GENESIS_HASH
    stored = rows(path, f"SELECT {HASHED}, row_hash FROM event_log ORDER BY seq")
    for place, row in enumerate(stored):
        head = row_hash(head, row[:-1])
        if head != row[-1]:
            return place
    return None
