"""Days that a source has no bar of are remembered, and asked for once."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fin_agent.adapters.bars.absent_days import AbsentDays
from fin_agent.testing.fakes import FakeCalendar

CALENDAR = FakeCalendar.weekdays(date(2025, 1, 1), date(2025, 12, 31))
WEEK = [s.date for s in CALENDAR.sessions(date(2025, 11, 17), date(2025, 11, 21))]


def test_damaged_memory_of_absent_days_is_asked_anew(tmp_path: Path) -> None:
    path = tmp_path / "absent.json"
    for text in ("", "[]", '{"A": 5}', '{"A": [["x", "y"]]}', '{"A": [["2025-01-01"]]}'):
        path.write_text(text)
        assert AbsentDays(path).of("A", WEEK) == set()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sets(st.sampled_from(WEEK)), st.integers(0, 4), st.integers(0, 4))))
def test_absent_days_are_remembered_exactly(
    tmp_path_factory: pytest.TempPathFactory, asked: list[tuple[set[date], int, int]]
) -> None:
    path = tmp_path_factory.mktemp("absent") / "absent.json"
    expected: set[date] = set()
    for days, one, other in asked:
        sessions = WEEK[min(one, other) : max(one, other) + 1]
        absent = days & {*sessions}
        memory = AbsentDays(path)
        memory.add("A", absent, sessions)
        memory.save()
        expected |= absent

    assert AbsentDays(path).of("A", WEEK) == expected
