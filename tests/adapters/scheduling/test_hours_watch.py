"""The venue's clock beside ours: what it says binds, and silence changes nothing."""

from datetime import datetime, timedelta

import pytest

from fin_agent.adapters.scheduling.hours_watch import AskHours, HoursWatch
from fin_agent.adapters.scheduling.skew_watch import SkewWatch
from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.session import NEW_YORK, VenueHours
from fin_agent.testing.builders import DAY, OPEN
from fin_agent.testing.fakes import FakeCalendar
from fin_agent.testing.live import SteppedClock

CALENDAR = FakeCalendar.weekdays(DAY - timedelta(days=5), DAY + timedelta(days=5))
EARLY = OPEN - timedelta(minutes=30)
CLOSE = OPEN + timedelta(minutes=390)
SATURDAY = datetime(2025, 3, 15, 10, tzinfo=NEW_YORK)


class Source:
    """A venue that says what it is told to, or raises it."""

    def __init__(self, says: VenueHours | Exception | None) -> None:
        self.says = says
        self.asked = 0

    async def __call__(self) -> VenueHours | None:
        self.asked += 1
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


def watch(clock: SteppedClock, *sources: tuple[AskHours, bool]) -> tuple[HoursWatch, SkewWatch]:
    skew = SkewWatch()
    return HoursWatch(CALENDAR, clock.now, skew, [*sources]), skew


def closed_today(at: datetime = EARLY) -> VenueHours:
    return VenueHours(at, False, OPEN + timedelta(days=1), CLOSE + timedelta(days=1))


async def test_a_venue_that_does_not_open_today_takes_entries_off() -> None:
    source = Source(closed_today())
    hours, _ = watch(SteppedClock(EARLY), (source, True))

    await hours.look()

    assert hours.doubt is not None
    assert "the venue next opens on 2025-03-13 at 09:30" in hours.doubt


async def test_what_it_said_holds_until_it_says_something_else() -> None:
    source = Source(closed_today())
    hours, _ = watch(SteppedClock(EARLY), (source, True))
    await hours.look()
    source.says = Unavailable("504")
    await hours.look()
    assert hours.doubt is not None

    source.says = VenueHours(EARLY, False, OPEN, CLOSE)
    await hours.look()

    assert hours.doubt is None


@pytest.mark.parametrize("at", [OPEN - timedelta(hours=3), CLOSE, SATURDAY])
async def test_far_from_a_session_nobody_is_asked(at: datetime) -> None:
    source = Source(closed_today(at))
    hours, _ = watch(SteppedClock(at), (source, True))

    await hours.look()

    assert (source.asked, hours.doubt) == (0, None)


@pytest.mark.parametrize("silence", [None, Unavailable("504"), Refused("403")])
async def test_the_next_source_is_asked_when_one_is_silent(silence: Exception | None) -> None:
    second = Source(closed_today())
    hours, _ = watch(SteppedClock(EARLY), (Source(silence), True), (second, False))

    await hours.look()

    assert second.asked == 1
    assert hours.doubt is not None


async def test_a_venue_whose_clock_is_far_from_ours_takes_entries_off() -> None:
    source = Source(VenueHours(EARLY + timedelta(seconds=8), False, OPEN, CLOSE))
    hours, skew = watch(SteppedClock(EARLY), (source, True))

    await hours.look()

    assert skew.doubt is not None
    assert hours.doubt is None


async def test_a_status_that_may_be_old_says_nothing_of_our_clock() -> None:
    source = Source(VenueHours(EARLY - timedelta(seconds=50), False))
    hours, skew = watch(SteppedClock(EARLY), (source, False))

    await hours.look()

    assert (skew.doubt, hours.doubt) == (None, None)
