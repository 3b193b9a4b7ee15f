"""The event log keeps what was committed, in order, chained; projections keep each thing once."""

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from fin_agent.adapters.clock import FixedClock
from fin_agent.adapters.persistence.chain import row_hash
from fin_agent.adapters.persistence.database import open_database
from fin_agent.adapters.persistence.event_store import BATCH, EventStore
from fin_agent.adapters.persistence.many_rows import packed
from fin_agent.domain.errors import Inconsistent
from fin_agent.domain.events import Event
from fin_agent.domain.order import OrderState
from fin_agent.testing.builders import DAY, a_fill, a_trade, an_intent
from tests.adapters.persistence.stored_events import (
    NOW,
    a_store,
    an_event,
    an_exit,
    change,
    fill,
    first_broken_link,
    rows,
)

TAMPERING = {
    "an edited payload": "UPDATE event_log SET payload = '{}' WHERE seq = 3",
    "an edited time": "UPDATE event_log SET occurred_at = '2025-03-12T09:00:01' WHERE seq = 3",
    "an edited decision": "UPDATE event_log SET is_decision = 0 WHERE seq = 3",
    "an edited record time": "UPDATE event_log SET recorded_at = '2020-01-01' WHERE seq = 3",
    "an edited hash": "UPDATE event_log SET row_hash = 'x' WHERE seq = 3",
    "a deleted row": "DELETE FROM event_log WHERE seq = 3",
    "two rows exchanged": (
        "UPDATE event_log SET seq = 99 WHERE seq = 3; UPDATE event_log SET seq = 3 WHERE seq = 7;"
        "UPDATE event_log SET seq = 7 WHERE seq = 99"
    ),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


async def test_events_come_back_as_they_were(path: Path) -> None:
    events = [an_event(1), an_event(2, decision=False), an_event(3)]
    async with a_store(path) as store:
        async with store.begin() as work:
            work.append(events)

        assert await store.events(DAY) == events
        assert await store.events(DAY, decisions=True) == [events[0], events[2]]
        assert await store.events(date(2025, 3, 13)) == []


async def test_wall_time_is_the_stores(path: Path) -> None:
    await fill(path, 1)

    assert rows(path, "SELECT recorded_at FROM event_log") == [(NOW.isoformat(),)]


async def test_an_untouched_chain_holds_across_processes_and_modes(path: Path) -> None:
    await fill(path, 3)
    assert first_broken_link(path) is None
    async with a_store(path, batched=True) as store, store.begin() as work:
        work.append([an_event(number) for number in range(10, 14)])

    assert first_broken_link(path) is None
    assert rows(path, "SELECT count(*) FROM event_log") == [(7,)]


@pytest.mark.parametrize("what", TAMPERING)
async def test_the_chain_breaks_at(path: Path, what: str) -> None:
    await fill(path, 9)
    assert first_broken_link(path) is None

    change(path, TAMPERING[what])

    assert first_broken_link(path) == 2


def test_the_hash_covers_every_value_and_its_place() -> None:
    row = ("a", 1, None, "b")

    assert row_hash("0", row) == row_hash("0", row)
    others = [("0", ("a", 1, "b", None)), ("1", row), ("0", ("a", 2, None, "b")), ("0", ("a1",))]
    assert row_hash("0", row) not in {row_hash(head, other) for head, other in others}


async def stopped_half_way(store: EventStore) -> None:
    async with store.begin() as work:
        work.append([an_event(1)])
        work.save_fill(a_fill())
        raise RuntimeError("stop")


async def test_an_error_in_a_transaction_leaves_nothing(path: Path) -> None:
    for batched in (False, True):
        async with a_store(path, batched=batched) as store:
            with pytest.raises(RuntimeError, match="stop"):
                await stopped_half_way(store)
            assert await store.events(DAY) == []
    assert rows(path, "SELECT count(*) FROM execution") == [(0,)]


async def test_one_event_twice_is_refused_whole(path: Path) -> None:
    async with a_store(path) as store:
        async with store.begin() as work:
            work.append([an_event(1)])
        with pytest.raises(Inconsistent, match=r"event_log.event_id"):
            async with store.begin() as work:
                work.append([an_event(2), an_event(1)])

        assert await store.events(DAY) == [an_event(1)]
        async with store.begin() as work:
            work.append([an_event(3)])
    assert first_broken_link(path) is None


async def test_a_fill_twice_is_stored_once(path: Path) -> None:
    one, other = a_fill(), a_fill(minute=2)
    async with a_store(path) as store:
        for report in (one, one, other, one):
            async with store.begin() as work:
                work.save_fill(report)

    assert rows(path, "SELECT quantity, price, reason FROM execution") == [
        ("10", "100", "entry"),
        ("10", "100", "entry"),
    ]


async def test_an_intent_is_one_row_with_its_last_state(path: Path) -> None:
    intent = an_intent()
    sending = intent.moved_to(OrderState.SENDING)
    async with a_store(path) as store:
        for stage in (intent, sending, sending.moved_to(OrderState.ACKED)):
            async with store.begin() as work:
                work.save_intent(stage)

    sql = "SELECT client_order_id, purpose, symbol, state, send_count, stop FROM intent"
    assert rows(path, sql) == [(intent.client_order_id, "ENTRY", "ACME", "ACKED", 1, "97")]


async def exit_again(store: EventStore) -> None:
    async with store.begin() as work:
        work.append([an_event(1)])
        work.save_intent(an_exit(2))


async def test_a_symbol_has_one_live_exit(path: Path) -> None:
    async with a_store(path) as store:
        async with store.begin() as work:
            work.save_intent(an_exit(1))
        with pytest.raises(Inconsistent, match=r"UNIQUE constraint failed: intent\.symbol"):
            await exit_again(store)
        assert await store.events(DAY) == []

        async with store.begin() as work:
            work.save_intent(an_exit(1, symbol="OTHER"))
            work.save_intent(replace(an_exit(1), state=OrderState.FILLED))
        async with store.begin() as work:
            work.save_intent(an_exit(2))

    sql = "SELECT client_order_id, state FROM intent ORDER BY client_order_id"
    assert rows(path, sql) == [
        ("fa-test-ACME-EX1", "FILLED"),
        ("fa-test-ACME-EX2", "SENDING"),
        ("fa-test-OTHER-EX1", "SENDING"),
    ]


async def test_trades_come_by_day_and_time(path: Path) -> None:
    days = [date(2025, 3, 14), date(2025, 3, 12), date(2025, 3, 13)]
    async with a_store(path) as store:
        async with store.begin() as work:
            for day in days:
                work.save_trade(a_trade(day=day))
        async with store.begin() as work:
            work.save_trade(replace(a_trade(day=days[0]), kpi=True))

        everything = await store.trades()
        middle = await store.trades(date(2025, 3, 13), date(2025, 3, 13))

    assert [trade["session_date"] for trade in everything] == [str(day) for day in sorted(days)]
    assert [trade["kpi"] for trade in everything] == [None, None, True]
    assert [trade["session_date"] for trade in middle] == ["2025-03-13"]


async def test_a_batch_is_written_at_the_end(path: Path) -> None:
    async with a_store(path, batched=True, durable=False) as store:
        async with store.begin() as work:
            work.append([an_event(1)])
            work.save_intent(an_intent())
            work.save_trade(a_trade())
            work.save_fill(a_fill())
        assert rows(path, "SELECT count(*) FROM event_log") == [(0,)]

    for table in ("event_log", "intent", "execution", "trade"):
        assert rows(path, f"SELECT count(*) FROM {table}") == [(1,)]


async def append(store: EventStore, events: Sequence[Event]) -> None:
    async with store.begin() as work:
        work.append(events)


async def test_a_large_batch_is_written_while_the_run_goes_on(path: Path) -> None:
    events = [an_event(number) for number in range(BATCH + 1)]
    async with a_store(path, batched=True, durable=False) as store:
        await append(store, events[: BATCH - 1])
        assert rows(path, "SELECT count(*) FROM event_log") == [(0,)]
        await append(store, events[BATCH - 1 : BATCH])
        for _ in range(1000):  # each commit lets the writing go on
            await append(store, [])
            await asyncio.sleep(0.001)
            if rows(path, "SELECT count(*) FROM event_log") != [(0,)]:
                break
        assert rows(path, "SELECT count(*) FROM event_log") == [(BATCH,)]
        await append(store, events[BATCH:])

    stored = rows(path, "SELECT event_id FROM event_log ORDER BY seq")
    assert stored == [(event.event_id,) for event in events]
    assert first_broken_link(path) is None


async def test_a_failed_batch_fails_what_comes_after_it(path: Path) -> None:
    store = EventStore(await open_database(path, durable=False), FixedClock(NOW), batched=True)
    await append(store, [an_event(1) for _ in range(BATCH)])

    with pytest.raises(Inconsistent):
        await append(store, [an_event(number) for number in range(2, BATCH + 2)])
    with pytest.raises(Inconsistent):
        await store.close()

    assert rows(path, "SELECT count(*) FROM event_log") == [(0,)]


@pytest.mark.parametrize("count", [0, 1, 999, 1000, 2500])
def test_rows_are_packed_in_order_and_none_is_lost(count: int) -> None:
    given = [(number, f"text {number}") for number in range(count)]
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE thing (number, text)")
        for sql, some in packed("INSERT OR IGNORE INTO thing VALUES (?, ?)", given):
            connection.executemany(sql, some)

        assert connection.execute("SELECT * FROM thing ORDER BY rowid").fetchall() == given
    connection.close()


def test_what_is_no_insert_is_not_packed() -> None:
    kinds = [(str(number),) for number in range(1000)]

    assert packed("DELETE FROM latch WHERE kind = ?", kinds) == [
        ("DELETE FROM latch WHERE kind = ?", kinds)
    ]


async def test_reading_a_batch_sees_what_waits(path: Path) -> None:
    async with a_store(path, batched=True, durable=False) as store:
        async with store.begin() as work:
            work.append([an_event(1)])

        assert await store.events(DAY) == [an_event(1)]
