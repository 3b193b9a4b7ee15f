"""Minutes that are adjusted for something their daily bars are not, or the other way round."""

from datetime import date, timedelta

import pytest

from tests.adapters.bars.bar_files import OPEN, Row, Stored, daily, minute

BEFORE_THE_OPEN, AFTER_THE_CLOSE = -30, 395
TUESDAY = timedelta(days=1)


def minutes(close: float, *later: Row, symbol: str = "AAA") -> list[Row]:
    """A symbol whose last minute closes there (USD), and the others like the day."""
    return [
        *(minute(symbol, number) for number in (0, 1, 2, 388)),
        minute(symbol, 389, close),
        *later,
    ]


@pytest.mark.parametrize(
    ("close", "found"),
    [
        (10.0, []),
        (10.7, []),  # the day's high is 10.50: two feeds may differ by 2 %
        (10.72, [("AAA", "2025-01-06")]),
        (9.32, []),  # and the day's low is 9.50
        (9.31, [("AAA", "2025-01-06")]),
        (5.0, [("AAA", "2025-01-06")]),
    ],
)
def test_a_last_minute_outside_the_days_range_is_named(
    stored: Stored, close: float, found: list[tuple[str, str]]
) -> None:
    stored.bring_rows([daily()], "days")
    stored.bring_rows(minutes(close), "minutes")

    assert stored.findings("basis") == found


def test_each_symbol_is_named_once_with_its_first_session_and_their_number(
    stored: Stored,
) -> None:
    days = [daily(), daily(day=date(2025, 1, 7)), daily("BBB")]
    tuesday = minute(timestamp=OPEN + TUESDAY, close=20.0)
    stored.bring_rows(days, "days")
    stored.bring_rows([*minutes(12.0, tuesday), *minutes(8.0, symbol="BBB")], "minutes")

    first, other = (issue for issue in stored.issues() if issue.rule == "basis")

    assert (first.symbol, first.at, other.symbol) == ("AAA", "2025-01-06", "BBB")
    assert first.detail == (
        "the last minute closes at 12, the day's range is 9.5 to 10.5, and in 1 later session: one"
        " of the two is adjusted and the other is not, so that every gap is wrong; import both on"
        " one basis"
    )


@pytest.mark.parametrize("number", [BEFORE_THE_OPEN, AFTER_THE_CLOSE])
def test_only_regular_minutes_count(stored: Stored, number: int) -> None:
    stored.bring_rows([daily()], "days")
    outside = minute(number=number, close=20.0)
    stored.bring_rows([minute(), minute(number=1), minute(number=2), outside], "minutes")

    assert stored.findings("basis") == []


def test_a_day_without_a_daily_bar_is_not_compared(stored: Stored) -> None:
    stored.bring_rows([daily(day=date(2025, 1, 7))], "days")
    stored.bring_rows(minutes(20.0), "minutes")

    assert stored.findings("basis") == []


def test_prices_known_to_be_adjusted_otherwise_are_brought_together_later(stored: Stored) -> None:
    stored.bring_rows([daily()], "days", adjusted=True)
    stored.bring_rows(minutes(20.0), "minutes")

    assert stored.findings("basis") == []
