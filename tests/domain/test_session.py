"""Every moment of a session follows from that day's own open and close."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.domain.errors import InvalidValue
from fin_agent.domain.session import (
    SessionClosed,
    SessionLocked,
    SessionOpened,
    SessionRules,
    TradingSession,
)
from fin_agent.testing.builders import DAY, OPEN, a_session, usd

RULES = SessionRules()
HALF = a_session(date(2025, 11, 28), closes="13:00")


def test_a_full_day_has_390_minutes_and_a_half_day_210() -> None:
    assert (a_session().minutes, HALF.minutes) == (390, 210)
    assert (a_session().is_half_day, HALF.is_half_day) == (False, True)


@pytest.mark.parametrize(
    ("session", "rules", "entry_end", "flat_at"),
    [
        (a_session(), RULES, 120, 375),
        (HALF, RULES, 120, 195),
        (HALF, SessionRules(entry_window_minutes=390), 190, 195),
        (a_session(), SessionRules(entry_window_minutes=390), 370, 375),
        (a_session(), SessionRules(flat_minutes_before_close=30), 120, 360),
        (a_session(closes="09:40"), RULES, 0, 0),
    ],
)
def test_entries_end_with_the_window_but_always_before_the_close(
    session: TradingSession, rules: SessionRules, entry_end: int, flat_at: int
) -> None:
    assert (session.entry_end(rules), session.flat_at(rules)) == (entry_end, flat_at)


def test_minutes_count_from_the_open() -> None:
    session = a_session()

    assert session.minute_of(OPEN) == 0
    assert session.minute_of(OPEN + timedelta(seconds=59)) == 0
    assert session.minute_of(OPEN - timedelta(seconds=1)) == -1
    assert session.minute_of(session.close) == 390
    assert session.minute_of(session.pre_market_open) == -330


@given(minute=st.integers(-330, 630), day=st.dates(date(2000, 1, 1), date(2040, 12, 31)))
def test_a_minute_and_its_time_are_the_same_thing(minute: int, day: date) -> None:
    session = a_session(day)
    at = session.time_of(minute)

    assert session.minute_of(at) == minute
    assert at.astimezone(UTC) - session.open.astimezone(UTC) == timedelta(minutes=minute)
    assert (session.pre_market_open.hour, session.pre_market_open.date()) == (4, day)


@pytest.mark.parametrize(
    ("opens", "closes"),
    [
        (datetime(2025, 3, 12, 9, 30), OPEN),
        (OPEN, datetime(2025, 3, 12, 16, 0)),
        (OPEN, OPEN),
        (OPEN, OPEN - timedelta(hours=1)),
    ],
)
def test_a_session_without_zone_or_order_is_refused(opens: datetime, closes: datetime) -> None:
    with pytest.raises(InvalidValue, match="session 2025-03-12"):
        TradingSession(DAY, opens, closes)


def test_the_events_of_a_session_say_what_it_was_decided_by_and_what_came_of_it() -> None:
    opened = SessionOpened(a_session(), usd(500), '{"scan":{"top_n":5}}', "abc")
    locked = SessionLocked(47, usd("-33.5"), usd(33))
    closed = SessionClosed(usd("466.5"), usd("-33.5"), 2, flat=True, kpi_hits=0)

    assert opened.text() == (
        '{"close":"2025-03-12T16:00:00-04:00","equity":"500","inputs":"abc",'
        '"open":"2025-03-12T09:30:00-04:00","settings":{"scan":{"top_n":5}}}'
    )
    assert opened.payload()["settings"] == {"scan": {"top_n": 5}}
    assert locked.payload() == {"minute": 47, "day_pnl": usd("-33.5"), "cap": usd(33)}
    assert closed.text() == ('{"equity":"466.5","flat":true,"kpi_hits":0,"pnl":"-33.5","trades":2}')
