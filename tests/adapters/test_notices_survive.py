"""The process dies at every write on the way from an event to its notice: each is kept once."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from fin_agent.adapters.persistence.database import open_database
from fin_agent.adapters.persistence.deliveries import Deliveries
from fin_agent.adapters.persistence.event_bus import SqliteEventBus
from fin_agent.adapters.persistence.event_store import EventStore
from fin_agent.adapters.persistence.office import Office
from fin_agent.adapters.persistence.payloads import event_types
from fin_agent.adapters.persistence.transactions import Batch
from fin_agent.adapters.persistence.work import Work
from fin_agent.application.decisions import DecisionLog
from fin_agent.application.notify import notice_of
from fin_agent.domain.control import ErrorRaised
from fin_agent.domain.delivery import DeadLetter
from fin_agent.domain.errors import StateUnavailable
from fin_agent.domain.events import Event
from fin_agent.ports import UnitOfWork
from fin_agent.testing.live import SteppedClock
from tests.adapters.notice_world import START

EVENTS = 4


class Dying(EventStore):
    """Dies at a write, before it or after it is durable; ``left`` writes are still done."""

    left = 10**9
    after = False

    async def write(self, work: Work, also: Sequence[Batch] = ()) -> None:
        self.left -= 1
        if self.left < 0 and not self.after:
            raise StateUnavailable("killed before the write")
        await super().write(work, also)
        if self.left < 0:
            raise StateUnavailable("killed after the write")


async def no_letter(letter: DeadLetter, work: UnitOfWork) -> None:
    raise AssertionError(letter.reason)


class Life:
    """One process on a state database."""

    def __init__(self, store: EventStore, clock: SteppedClock, epoch: int) -> None:
        async def take(event: Event, work: UnitOfWork) -> None:
            notice = notice_of(event, {}, "EUR", clock.now())
            assert notice is not None
            work.save_notice(notice)

        office = Office(
            store=store,
            deliveries=Deliveries(store._database),
            clock=clock,
            draw=Random(1).random,
            types=event_types(),
            report=no_letter,
            order_types=(),
            owner=(f"life-{epoch}", epoch),
        )
        self.bus = SqliteEventBus(office)
        self.bus.subscribe("notifications", {"ErrorRaised"}, take)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_notice_is_kept_once_wherever_the_process_dies(
    tmp_path: Path, *, after: bool
) -> None:
    clock, deaths = SteppedClock(START), 0
    for kill_at in range(40):
        database = await open_database(tmp_path / f"{kill_at}.db", durable=False)
        log = DecisionLog("paper", START.date())
        events = [log.record(ErrorRaised(f"trouble {n}", ""), START) for n in range(EVENTS)]
        store = Dying(database, clock, batched=False)
        await Life(store, clock, 1).bus.publish(events)
        store.left, store.after = kill_at, after
        died = False
        try:
            await Life(store, clock, 2).bus.drain()
        except StateUnavailable:
            died = True
        deaths += died

        store.left = 10**9
        await Life(store, clock, 3).bus.drain()

        rows = await database.rows("SELECT text, count(*) AS n FROM notice GROUP BY text")
        assert [row["n"] for row in rows] == [1] * EVENTS, kill_at
        await store.close()
        if not died:
            break

    assert deaths >= EVENTS
