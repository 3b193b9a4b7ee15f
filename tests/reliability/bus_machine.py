"""A bus that hypothesis moves, beside the list that says what must have come of it."""

import asyncio
import json
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from fin_agent.adapters.persistence.deliveries import Deliveries
from fin_agent.adapters.persistence.event_bus import SqliteEventBus
from fin_agent.adapters.persistence.office import LogSource, Office, Reading
from fin_agent.adapters.persistence.window import Entry
from fin_agent.domain.delivery import DeliveryRules
from fin_agent.domain.events import Event
from fin_agent.ports import Handler, UnitOfWork
from tests.contracts.bus_worlds import SqliteWorld, an_event, effect_of

CONSUMERS = ("desk", "journal")
KEYS = st.sampled_from(["", "a", "b", "c"])
FAILURES = st.sampled_from([0, 0, 0, 1, 3, 1_000])
TTLS = st.none() | st.integers(0, 60)
SPANS = st.sampled_from([0.05, 1.0, 11.0, 31.0, 3600.0, -5.0])
PATIENT = DeliveryRules(timeout=timedelta(minutes=1))  # only the machine makes a handler wait
SETTLED = (
    "SELECT event_id FROM inbox WHERE consumer = ?"
    " UNION SELECT event_id FROM delivery WHERE state = 'dead' AND consumer = ?"
)


@dataclass
class Guards:
    """What a mutant leaves out."""

    inbox: bool = True
    expiry: bool = True
    order: bool = True
    rules: DeliveryRules = PATIENT


class WithoutInbox(Deliveries):
    """A bus that does not remember what it has done."""

    def done(self, consumer: str, entry: Entry, now: datetime) -> list[Any]:
        return super().done(consumer, entry, now)[1:]


class Postman(LogSource):
    """Brings what it is told to bring again; a mutant's one takes the guards off what it brings."""

    def __init__(self, office: Office, machine: "BusMachine") -> None:
        super().__init__(office)
        self._machine = machine

    async def read(self, limit: int) -> Reading:
        reading = await super().read(limit)
        again = [
            Entry(seq, self._machine.published[event_id])
            for event_id, seq in self._machine.again.items()
            if seq <= reading.position
        ]
        self._machine.again.clear()
        entries = [*again, *reading.entries]
        for entry in entries:
            if not self._machine.guards.expiry:
                entry.event = entry.event._replace(valid_until=None)
            if not self._machine.guards.order:
                entry.key = str(entry.seq)
        return reading._replace(entries=entries)


class BusMachine(RuleBasedStateMachine):
    """Publish, deliver, fail, crash, stall, redeliver, requeue, and let time pass."""

    guards = Guards()

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.world = self.runner.run(SqliteWorld.made(Path(self.folder.name)))
        if not self.guards.inbox:
            self.world.deliveries = WithoutInbox(self.world.database)
        self.published: dict[str, Event] = {}
        self.again: dict[str, int] = {}
        self.failing: dict[tuple[str, str], int] = {}
        self.requeued: set[tuple[str, str]] = set()
        self.problems: list[str] = []
        self.calls = 0
        self.epoch = 0
        self.gate: asyncio.Event | None = None
        self.entered = asyncio.Event()
        self.bus = self.process()

    def process(self, owner: str = "", epoch: int | None = None) -> SqliteEventBus:
        self.epoch += epoch is None
        name, number = owner or f"process-{self.epoch}", self.epoch if epoch is None else epoch
        office = self.world.office(name, number, self.guards.rules)
        bus = SqliteEventBus(office, lambda: Postman(office, self))
        for consumer in CONSUMERS:
            bus.subscribe(consumer, {"Thing"}, self.handler(consumer))
        return bus

    def handler(self, consumer: str) -> Handler:
        async def handle(event: Event, work: UnitOfWork) -> None:
            self.calls += 1
            number = self.calls
            await self.check(consumer, event)
            if self.gate is not None:
                self.entered.set()
                await self.gate.wait()
            left = self.failing.get((consumer, event.event_id), 0)
            if left:
                self.failing[consumer, event.event_id] = left - 1
                raise ValueError("not yet")
            effect = effect_of(event, f"{consumer}/{number}")
            work.append([effect._replace(causation_id=event.event_id, account=consumer)])

        return handle

    async def check(self, consumer: str, event: Event) -> None:
        """What must hold whenever a handler is called."""
        original = self.published[event.event_id]
        now, until = self.world.clock.now(), original.valid_until
        if until is not None and now > until:
            self.problems.append(f"{event.event_id} was handled after its time")
        rows = await self.world.database.rows(SETTLED, [consumer, consumer])
        settled = {row["event_id"] for row in rows}
        for earlier in self.published.values():
            if earlier.event_id == event.event_id:
                break
            fate = (consumer, earlier.event_id)
            is_before = earlier.correlation_id == event.correlation_id != ""
            if is_before and earlier.event_id not in settled and fate not in self.requeued:
                self.problems.append(f"{event.event_id} overtook {earlier.event_id}")

    @rule(key=KEYS, failures=FAILURES, ttl=TTLS)
    def publish(self, key: str, failures: int, ttl: int | None) -> None:
        until = None if ttl is None else self.world.clock.now() + timedelta(seconds=ttl)
        event = an_event(len(self.published), key=key, valid_until=until)
        self.published[event.event_id] = event
        self.failing["desk", event.event_id] = failures
        self.runner.run(self.bus.publish([event]))

    @rule()
    def deliver(self) -> None:
        self.runner.run(self.bus.drain())

    @rule(seconds=SPANS)
    def time_passes(self, seconds: float) -> None:
        self.world.clock.pass_by(timedelta(seconds=seconds))

    @rule()
    def crash(self) -> None:
        self.bus = self.process()

    @rule()
    def stall(self) -> None:
        """One process hangs in its handlers while an equal one takes over; then it goes on."""

        async def stalled() -> None:
            self.entered.clear()
            gate = self.gate = asyncio.Event()
            slow = asyncio.create_task(self.bus.drain())
            entered = asyncio.create_task(self.entered.wait())
            await asyncio.wait({slow, entered}, return_when=asyncio.FIRST_COMPLETED)
            entered.cancel()
            self.gate = None
            self.world.clock.pass_by(PATIENT.lease * 1.5)
            await self.process("other", self.epoch).drain()
            gate.set()
            await slow

        self.runner.run(stalled())
        self.bus = self.process()

    @precondition(lambda self: self.published)
    @rule(data=st.data())
    def deliver_again(self, data: st.DataObject) -> None:
        async def seqs() -> dict[str, int]:
            rows = await self.world.database.rows("SELECT event_id, seq FROM event_log")
            return {row["event_id"]: row["seq"] for row in rows}

        event_id = data.draw(st.sampled_from(sorted(self.published)))
        rows = self.runner.run(
            self.world.database.rows("SELECT 1 FROM delivery WHERE event_id = ?", [event_id])
        )
        if not rows:  # what failed has its attempts in the table: no transport brings it anew
            self.again[event_id] = self.runner.run(seqs())[event_id]
            self.bus.wake()

    @rule(data=st.data())
    def requeue(self, data: st.DataObject) -> None:
        dead = self.runner.run(self.world.dead())
        if dead:
            letter = data.draw(st.sampled_from([(d.consumer, d.event.event_id) for d in dead]))
            if self.runner.run(self.world.requeue(*letter)):
                self.requeued.add(letter)
                self.bus.reload()

    @invariant()
    def nothing_was_wrong(self) -> None:
        assert not self.problems, self.problems

    @invariant()
    def no_effect_happened_twice(self) -> None:
        effects = self.effects()
        twice = sorted(fate for fate, times in effects.items() if times > 1)
        assert not twice, f"{twice} had two effects"

    def effects(self) -> Counter[tuple[str, str]]:
        log = self.runner.run(self.world.log())
        return Counter((e.account, e.causation_id) for e in log if e.type == "Effect")

    def teardown(self) -> None:
        try:
            self.finish()
        finally:
            self.runner.run(self.world.close())
            self.runner.close()
            self.folder.cleanup()

    def finish(self) -> None:
        """Give everything its time; then each event has one fate with each consumer."""
        self.again.clear()
        self.bus = self.process()
        for _ in range((PATIENT.retries + 2) * (len(self.published) + 1)):
            self.deliver()
            self.time_passes(PATIENT.longest_delay.total_seconds() + 1)
        self.deliver()
        effects, log = self.effects(), self.runner.run(self.world.log())
        late = [event for event in log if event.type == "SignalExpired"]
        expired = {(json.loads(e.payload)["consumer"], e.causation_id) for e in late}
        dead = {(d.consumer, d.event.event_id) for d in self.runner.run(self.world.dead())}
        for consumer in CONSUMERS:
            for event_id in self.published:
                fate = (consumer, event_id)
                fates = (effects[fate], int(fate in expired), int(fate in dead))
                assert sum(fates) == 1, f"{fate} ended {fates}: effects, expired, dead"
        self.nothing_was_wrong()
