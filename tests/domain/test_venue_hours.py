"""What a venue says of its day is compared with our calendar, before and at the open."""

from datetime import date, datetime

import pytest

from fin_agent.domain.errors import InvalidValue
from fin_agent.domain.session import NEW_YORK, TradingSession, VenueHours, hours_disagreement
from fin_agent.testing.builders import a_session

FULL = a_session()
HALF = a_session(closes="13:00")
DAY = FULL.date.isoformat()
CLOSED_AT_0932 = f"at 09:32 on {DAY} the venue is closed, by the calendar it is open"


def at(clock: str, day: str = DAY) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=NEW_YORK)


def venue(
    now: str, is_open: bool, opens: str | None = None, closes: str | None = None
) -> VenueHours:
    times = [None if text is None else at(*reversed(text.split(" "))) for text in (opens, closes)]
    return VenueHours(at(now), is_open, *times)


def moment(clock: str) -> str:
    return f"{DAY} {clock}"


@pytest.mark.parametrize(
    ("session", "said"),
    [
        (FULL, venue("08:00", False, moment("09:30"), moment("16:00"))),
        (FULL, venue("09:30:02", True, "2031-01-02 09:30", moment("16:00"))),
        (FULL, venue("12:00", True)),
        (FULL, venue("16:30", False, "2031-01-02 09:30", "2031-01-02 16:00")),
        (HALF, venue("12:59", True, "2031-01-02 09:30", moment("13:00"))),
        (HALF, venue("14:00", False)),
        (FULL, venue("09:29:30", True)),  # a few seconds apart at the edge
        (FULL, venue("09:30:40", False, moment("09:30"))),
        (FULL, venue("16:00:30", True)),
        (FULL, venue("09:29", False, "2031-01-02 09:30", moment("16:00"))),  # as near as it may be
        (FULL, venue("08:00", False, moment("09:30:30"), moment("15:59:30"))),
        (None, venue("10:00", False)),
        (None, venue("10:00", False, "2031-01-02 09:30", "2031-01-02 16:00")),
    ],
)
def test_the_same_day(session: TradingSession | None, said: VenueHours) -> None:
    assert hours_disagreement(session, said) is None


@pytest.mark.parametrize(
    ("session", "said", "why"),
    [
        (
            FULL,
            venue("08:00", False, "2031-01-02 09:30", "2031-01-02 16:00"),
            f"the venue next opens on 2031-01-02 at 09:30, the calendar says {DAY} 09:30",
        ),
        (
            FULL,
            venue("09:32", False, "2031-01-02 09:30"),
            f"{CLOSED_AT_0932}; it says that it opens at 2031-01-02 09:30",
        ),
        (
            FULL,
            venue("09:32", False),
            CLOSED_AT_0932,
        ),
        (
            FULL,
            venue("09:00", False, moment("10:00"), moment("16:00")),
            f"the venue next opens on {DAY} at 10:00, the calendar says {DAY} 09:30",
        ),
        (
            FULL,
            venue("09:31", True, None, moment("13:00")),
            f"the venue next closes on {DAY} at 13:00, the calendar says {DAY} 16:00",
        ),
        (
            HALF,
            venue("08:00", False, moment("09:30"), moment("16:00")),
            f"the venue next closes on {DAY} at 16:00, the calendar says {DAY} 13:00",
        ),
        (
            HALF,
            venue("13:05", True),
            f"at 13:05 on {DAY} the venue is open, by the calendar it is closed",
        ),
        (
            FULL,
            venue("09:00", True),
            f"at 09:00 on {DAY} the venue is open, by the calendar it is closed",
        ),
        (
            None,
            venue("10:00", True),
            f"at 10:00 on {DAY} the venue is open, the calendar has no session",
        ),
        (
            None,
            venue("08:00", False, moment("09:30")),
            f"on {DAY} the venue opens at 09:30, the calendar has no session",
        ),
    ],
)
def test_another_day(session: TradingSession | None, said: VenueHours, why: str) -> None:
    assert hours_disagreement(session, said) == why


def test_sessions_of_other_days_are_not_compared() -> None:
    with pytest.raises(InvalidValue, match=f"does not belong to {date(2031, 1, 2)}"):
        hours_disagreement(FULL, VenueHours(at("10:00", "2031-01-02"), True))
