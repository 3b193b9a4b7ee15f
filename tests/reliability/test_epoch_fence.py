"""A process that was overtaken sends nothing: its SENDING cannot become durable any more."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from fin_agent.adapters.clock import FixedClock
from fin_agent.adapters.persistence.database import Database, open_database
from fin_agent.adapters.persistence.event_store import EventStore
from fin_agent.adapters.persistence.writer import Limits
from fin_agent.application.commands import SendEntry
from fin_agent.domain.errors import StateUnavailable
from fin_agent.testing.builders import SCAN
from tests.application.bench import Bench


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await open_database(
        tmp_path / "state.db", durable=True, limits=Limits(reserve_bytes=0)
    )
    yield opened
    await opened.close()


async def waiting_entry(database: Database) -> tuple[Bench, str]:
    """A live day on a real file, with an entry that waits to be sent."""
    bench = await Bench.ready(store=EventStore(database, FixedClock(SCAN), batched=False))
    return bench, (await bench.intent()).client_order_id


def overtake(path: Path) -> None:
    """What the next holder's start does to the file."""
    with closing(sqlite3.connect(path)) as other:
        other.execute("UPDATE instance SET epoch = epoch + 1")
        other.commit()


async def test_the_newest_holder_sends(database: Database) -> None:
    bench, cid = await waiting_entry(database)

    await bench.handle(SendEntry(cid))

    assert bench.venue.asked("submit") == [cid]


async def test_an_overtaken_holder_does_not(database: Database) -> None:
    bench, cid = await waiting_entry(database)
    overtake(database.path)

    with pytest.raises(StateUnavailable, match="has taken this data directory over"):
        await bench.handle(SendEntry(cid))

    assert bench.venue.asked("submit") == []


async def test_without_the_fence_it_would(database: Database) -> None:
    """The mutant: a writer that does not look at its epoch lets the second order out."""
    bench, cid = await waiting_entry(database)
    overtake(database.path)
    database._writer.epoch = None

    await bench.handle(SendEntry(cid))

    assert bench.venue.asked("submit") == [cid]
