"""A desk with two channels on a state database, and a clock that a test moves."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fin_agent.adapters.acknowledgements import AckFolder
from fin_agent.adapters.notice_desk import Channel, DeskRules, NoticeDesk
from fin_agent.adapters.persistence.database import Database, open_database
from fin_agent.adapters.persistence.event_store import EventStore
from fin_agent.adapters.persistence.notices import NoticeBox
from fin_agent.application.decisions import DecisionLog
from fin_agent.application.notify import Level
from fin_agent.application.send_notices import Pace
from fin_agent.composition.alarms import LogAlarm, Moment
from fin_agent.domain.control import ErrorRaised
from fin_agent.domain.events import DomainEvent
from fin_agent.testing.live import SteppedClock
from fin_agent.testing.notices import FakeNotifier

START = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
RULES = DeskRules(Pace(group=timedelta(0)), look_s=0.01, send_s=0.2)
WARNING, CRITICAL = ErrorRaised("low", ""), ErrorRaised("high", "", critical=True)


@dataclass
class World:
    """A state database with a desk on it; ``step`` lets every channel look once."""

    folder: Path
    database: Database
    clock: SteppedClock = field(default_factory=lambda: SteppedClock(START))
    phone: FakeNotifier = field(default_factory=FakeNotifier)
    mail: FakeNotifier = field(default_factory=FakeNotifier)
    halted: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = EventStore(self.database, self.clock, batched=False)
        self.log = DecisionLog("paper", START.date())
        self.desk = self.made()

    def made(self, rules: DeskRules = RULES, levels: dict[str, Level] | None = None) -> NoticeDesk:
        """A desk as after a start: nothing is remembered but what the database holds."""
        moment = Moment(self.clock, is_fast=False)
        return NoticeDesk(
            box=NoticeBox(self.store, self.database),
            channels=[Channel("phone", self.phone), Channel("mail", self.mail)],
            clock=self.clock,
            alarm=LogAlarm(self.store, "paper", moment, self.halted.append),
            acks=AckFolder(self.folder / "control"),
            levels=levels or {},
            currency="EUR",
            note=self.notes.append,
            rules=rules,
        )

    async def happen(self, *events: DomainEvent) -> None:
        """Events as the bus brings them."""
        for event in events:
            async with self.store.begin() as work:
                await self.desk.take(self.log.record(event, self.clock.now()), work)

    async def step(self, by: timedelta = SECOND) -> None:
        self.clock.pass_(by)
        for channel in self.desk.channels:
            await self.desk._serve(channel, self.desk.rules.pace)
        await self.desk._watch()

    async def raised(self) -> list[str]:
        """What went into the log, and from there to the desk again, as the bus would bring it."""
        rows = await self.database.rows(
            "SELECT json_extract(payload, '$.problem') AS told FROM event_log"
            " WHERE type = 'ErrorRaised' ORDER BY seq"
        )
        return [row["told"] for row in rows]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    database = await open_database(tmp_path / "state.db", durable=True)
    made = World(tmp_path, database)
    yield made
    await made.store.close()


def texts(channel: FakeNotifier) -> list[str]:
    return [message.text.partition(" (")[0] for message in channel.sent]
