"""Scans come between the minutes they belong to, each once, dated by rule."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from fin_agent.adapters.scheduling.agenda import Agenda, FiredPasses, Missed
from fin_agent.adapters.scheduling.scheduled_feed import ScheduledFeed, Timetable
from fin_agent.composition.settings import ScheduleSettings
from fin_agent.composition.timetable import begun_passes, scan_jobs
from fin_agent.domain.events import GENESIS, Event
from fin_agent.domain.session import ScanRequested, TradingSession
from fin_agent.ports import FeedItem, MinuteBars, Pulse, ScanDue, SessionFeedPort
from fin_agent.testing.builders import a_session
from fin_agent.testing.fakes import FakeCalendar
from tests.adapters.scheduling.test_agenda import ny

CALENDAR = FakeCalendar.weekdays(date(2025, 11, 3), date(2025, 11, 28))
SESSION = a_session(date(2025, 11, 21))
NOON = ny("12:15")


@dataclass
class Told:
    missed: list[Missed] = field(default_factory=list)

    def timetable(
        self, started: datetime, speed: float = 1.0, fired: FiredPasses | None = None
    ) -> Timetable:
        jobs = scan_jobs(ScheduleSettings(), CALENDAR, speed)
        return Timetable(Agenda(jobs, started, fired), self.missed.append, speed)


@dataclass
class Script(SessionFeedPort):
    items: Sequence[FeedItem]

    async def follow(
        self, session: TradingSession, symbols: Sequence[str]
    ) -> AsyncGenerator[FeedItem, None]:
        del session, symbols
        for item in self.items:
            yield item


async def given(feed: SessionFeedPort) -> list[FeedItem]:
    return [item async for item in feed.follow(SESSION, [])]


def test_a_scan_on_time_keeps_its_time_and_a_late_one_its_minute() -> None:
    table = Told().timetable(ny("07:50"))

    (primary,) = table.due(ny("08:00") + timedelta(seconds=40))
    (refresh,) = table.due(ny("09:25") + timedelta(minutes=7, seconds=20))

    assert (primary.job, primary.at) == ("primary", ny("08:00"))
    assert (refresh.job, refresh.at) == ("refresh", ny("09:32"))
    assert not [*table.due(ny("09:40"))]
    assert table.next_at() == NOON


def test_under_a_fast_clock_two_real_seconds_are_in_time() -> None:
    (primary,) = Told().timetable(ny("07:50"), speed=600.0).due(ny("08:18"))

    assert primary.at == ny("08:00")


def test_a_scan_that_is_too_late_is_told() -> None:
    told = Told()
    table = told.timetable(ny("07:50"))

    assert not [*table.due(ny("08:20"))]
    assert [(missed.job, missed.reason) for missed in told.missed] == [
        ("primary", "20 minutes late")
    ]


def test_what_was_begun_before_a_restart_is_not_due_again_but_may_be_repeated() -> None:
    asked = ScanRequested("primary", ny("08:00"), ny("08:00"))
    event = Event("e", "ScanRequested", SESSION.date, "paper", ny("08:00"), asked.text())
    other = Event("f", "SessionOpened", SESSION.date, "paper", ny("08:00"), GENESIS)
    table = Told().timetable(ny("08:00"), fired=FiredPasses(begun_passes([other, event])))

    assert not [*table.due(ny("08:01"))]
    table.repeat([ScanDue("primary", ny("08:00"), ny("08:00"))])
    assert [due.at for due in table.due(ny("08:01"))] == [ny("08:00")]
    assert not [*table.due(ny("08:02"))]


async def test_a_scan_waits_for_every_minute_before_it() -> None:
    """It is noticed at 12:15:01; the minute that ended then comes a second later."""
    stood: list[datetime] = []

    @contextmanager
    def standing(at: datetime) -> Iterator[None]:
        stood.append(at)
        yield

    items: list[FeedItem] = [
        Pulse(NOON + timedelta(seconds=1)),
        MinuteBars(163, {}),
        Pulse(NOON + timedelta(seconds=2)),
        MinuteBars(164, {}),
        MinuteBars(165, {}),
    ]
    feed = ScheduledFeed(Script(items), Told().timetable(ny("12:00")), standing)

    found = await given(feed)

    assert found[:4] == items[:4]
    assert found[4] == ScanDue("second_look", NOON, NOON)
    assert found[5:] == items[4:]
    assert stood == [NOON]


async def test_a_feed_that_is_followed_anew_gives_a_scan_once() -> None:
    items: list[FeedItem] = [Pulse(NOON), *(MinuteBars(number, {}) for number in range(166))]
    feed = ScheduledFeed(Script(items), Told().timetable(ny("12:00")))

    twice = [*await given(feed), *await given(feed)]

    assert sum(isinstance(item, ScanDue) for item in twice) == 1
