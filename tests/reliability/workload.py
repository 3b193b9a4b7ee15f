"""Transactions whose parts belong together, and what must be left of them."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from fin_agent.adapters.clock import FixedClock
from fin_agent.adapters.persistence.database import Database, open_database
from fin_agent.adapters.persistence.rows import event_rows
from fin_agent.adapters.persistence.transactions import Writing
from fin_agent.adapters.persistence.verify import Depth
from fin_agent.adapters.persistence.writer import Limits
from fin_agent.domain.errors import CorruptData, StateUnavailable
from tests.adapters.persistence.stored_events import NOW, an_event
from tests.reliability.disk import Disk
from tests.reliability.shim import shim

CLOCK = FixedClock(NOW)
FILE = "/state.db"
SMALL = Limits(reserve_bytes=0, checkpoint_pages=25, idle_pages=5, idle_s=0.001, busy_ms=100)
TRADE_SQL = "INSERT INTO trade VALUES (?, '2025-03-12', 'ACME', '', '{}')"


async def open_on(disk: Disk, place: Path, synchronous: str = "FULL") -> Database:
    """The product's database on a simulated disk; only its lock file is real."""
    connect = shim(FILE, disk.name, synchronous)
    path = place / "state.db"
    return await open_database(path, durable=True, connect=connect, clock=CLOCK, limits=SMALL)


def unit(number: int) -> Writing:
    """An event and a trade: both or neither."""
    rows = event_rows([an_event(number)], NOW.isoformat())
    return Writing([(TRADE_SQL, [(str(number),)])], rows)


async def publish(database: Database, numbers: Iterable[int]) -> set[int]:
    """Write until it is refused; the numbers that were acknowledged."""
    stored: set[int] = set()
    for number in numbers:
        writing = unit(number)
        try:
            await database.write(writing.batches, events=writing.events)
        except (StateUnavailable, CorruptData):
            break
        stored.add(number)
    return stored


async def publish_many(database: Database, first: int, each: int, publishers: int = 4) -> set[int]:
    """Several publishers side by side, so that commits are grouped."""
    ranges = [range(first + p * each, first + (p + 1) * each) for p in range(publishers)]
    found = await asyncio.gather(*(publish(database, numbers) for numbers in ranges))
    return set().union(*found)


async def left(database: Database) -> tuple[set[int], set[int]]:
    """The numbers whose event is stored, and those whose trade is."""
    events = await database.rows("SELECT event_id FROM event_log")
    trades = await database.rows("SELECT trade_id FROM trade")
    return (
        {int(str(row["event_id"]).removeprefix("event-")) for row in events},
        {int(row["trade_id"]) for row in trades},
    )


async def problems_of(database: Database, acknowledged: set[int]) -> list[str]:
    """What is wrong with a database that was opened again after an accident."""
    events, trades = await left(database)
    found: list[str] = []
    if lost := acknowledged - events:
        found.append(f"lost {len(lost)} acknowledged: {sorted(lost)[:5]}")
    if half := events ^ trades:
        found.append(f"half written: {sorted(half)[:5]}")
    checked = await database.examine(Depth.FULL)
    return found + checked.problems
