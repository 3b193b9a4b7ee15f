"""A clock is judged by what one answer of a provider proves, not by more."""

from datetime import UTC, datetime, timedelta

import pytest

from fin_agent.adapters.scheduling.skew import SkewLevel, judge_skew

AT = datetime(2025, 11, 21, 13, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("sent", "received", "resolution", "level"),
    [
        (0.0, 0.1, 0.0, SkewLevel.FINE),
        (1.0, 1.0, 0.0, SkewLevel.FINE),
        (1.001, 1.001, 0.0, SkewLevel.WARN),
        (-1.001, -1.001, 0.0, SkewLevel.WARN),
        (5.0, 5.0, 0.0, SkewLevel.WARN),
        (5.001, 5.001, 0.0, SkewLevel.NO_ENTRIES),
        (-86_400, -86_400, 0.0, SkewLevel.NO_ENTRIES),
        (1.5, 1.9, 1.0, SkewLevel.FINE),  # the second that a Date header cuts off
        (2.2, 2.4, 1.0, SkewLevel.WARN),
        (-6.0, -5.2, 1.0, SkewLevel.NO_ENTRIES),
        (0.0, 2.1, 0.0, SkewLevel.UNKNOWN),  # too slow an answer
        (6.0, 9.0, 0.0, SkewLevel.NO_ENTRIES),  # slow, and still certain
        (3.0, 2.0, 0.0, SkewLevel.UNKNOWN),  # our clock was set back while we waited
        (900.0, -900.0, 0.0, SkewLevel.UNKNOWN),
    ],
)
def test_levels(sent: float, received: float, resolution: float, level: SkewLevel) -> None:
    skew = judge_skew(after(sent), after(received), AT, timedelta(seconds=resolution))

    assert skew.level is level


def test_it_says_by_how_much() -> None:
    assert str(judge_skew(after(2), after(2.4), AT)) == (
        "our clock is 2.2 s ahead of the provider's, give or take 0.2 s: warn"
    )
    assert str(judge_skew(after(-9), after(-9), AT)) == (
        "our clock is 9.0 s behind the provider's, give or take 0.0 s: no entries"
    )
