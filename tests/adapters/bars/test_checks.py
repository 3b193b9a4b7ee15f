"""Doubtful bars are used and reported: bad prints, forgotten splits, holes, days without trades."""

from datetime import date

import pytest

from tests.adapters.bars.bar_files import CALENDAR, MONDAY, Row, Stored, daily, days, minute

WEEK = ["2025-01-06", "2025-01-07", "2025-01-08", "2025-01-09", "2025-01-10"]


def closes(*prices: float, symbol: str = "AAA", **more: object) -> list[Row]:
    sessions = CALENDAR.sessions(MONDAY, date(2025, 12, 31))
    return [
        daily(symbol, session.date, price, high=price * 1.01, low=price * 0.99, **more)
        for session, price in zip(sessions, prices, strict=False)
    ]


@pytest.mark.parametrize(
    ("prices", "found"),
    [
        ((10, 1000, 10), [WEEK[1]]),
        ((10, 0.1, 10), [WEEK[1]]),
        ((10, 51, 10), [WEEK[1]]),
        ((10, 49, 10), []),
        ((10, 1000, 21), []),  # the neighbours do not agree
        ((10, 1000, 19), [WEEK[1]]),
        ((10, 1000, 1000), []),  # a move that stays
        ((1000, 10), []),  # nothing to compare with
    ],
)
def test_a_print_far_from_agreeing_neighbours_is_an_outlier(
    stored: Stored, prices: tuple[float, ...], found: list[str]
) -> None:
    report = stored.bring_rows(closes(*prices))

    assert stored.findings("outlier") == [("AAA", day) for day in found]
    assert report.suspects.get("outlier", 0) == len(found)


def test_a_wild_high_or_low_is_an_outlier_too(stored: Stored) -> None:
    stored.bring_rows(
        [
            daily(),
            daily(day=date(2025, 1, 7), high=51.0),
            daily(day=date(2025, 1, 8), low=1.9),
            daily(day=date(2025, 1, 9)),
        ]
    )

    assert stored.findings("outlier") == [("AAA", WEEK[1]), ("AAA", WEEK[2])]


def test_a_neighbour_is_never_another_symbol(stored: Stored) -> None:
    stored.bring_rows(closes(10, 10) + closes(1000, symbol="BBB") + closes(10, 10, symbol="CCC"))

    assert stored.findings("outlier") == []
    assert stored.findings("split_like") == []


def test_a_wild_minute_is_an_outlier(stored: Stored) -> None:
    rows = [minute(), minute(number=1, close=100.0), minute(number=2)]

    assert stored.bring_rows(rows).suspects == {"outlier": 1}
    assert stored.findings("outlier") == [("AAA", "2025-01-06T14:31:00Z")]


@pytest.mark.parametrize(
    ("opened", "found"),
    [(50.0, 1), (51.0, 1), (49.0, 1), (51.01, 0), (200.0, 1), (25.5, 1), (5.0, 1), (600.0, 0)],
)
def test_an_open_at_a_split_ratio_without_a_split_is_named(
    stored: Stored, opened: float, found: int
) -> None:
    rows = [daily(close=100.0), daily(day=date(2025, 1, 7), close=opened)]

    report = stored.bring_rows(rows)

    assert stored.findings("split_like") == [("AAA", WEEK[1])] * found
    assert report.suspects == ({"split_like": 1} if found else {})


def test_a_known_split_explains_the_move(stored: Stored) -> None:
    rows = [daily(close=100.0), daily(day=date(2025, 1, 7), close=50.0)]
    split = {"symbol": "AAA", "date": date(2025, 1, 7), "split": 2.0}
    stored.bring_rows(rows)
    stored.bring_rows([split, {**split, "symbol": "ELSE"}], kind="actions")

    assert stored.findings("split_like") == []
    assert stored.bring_rows(rows).suspects == {}


def test_a_split_on_the_day_before_does_not(stored: Stored) -> None:
    rows = [daily(close=100.0, split=2.0), daily(day=date(2025, 1, 7), close=50.0, split=1.0)]

    assert stored.bring_rows(rows).suspects == {"split_like": 1}


def test_missing_sessions_between_first_and_last_are_one_hole(stored: Stored) -> None:
    rows = days(10)
    report = stored.bring_rows([rows[0], rows[3], rows[4], rows[6], *days(2, "BBB")])

    assert report.suspects == {"hole": 3}
    assert stored.findings("hole") == [("AAA", WEEK[1]), ("AAA", "2025-01-13")]


def test_a_session_without_minutes_is_a_hole_and_a_minute_is_not(stored: Stored) -> None:
    rows = [minute(number=n) for n in (0, 1, 2, 9, 1440 * 3, 1440 * 3 + 1)]

    assert stored.bring_rows([*rows, minute("BBB")]).suspects == {"hole": 2}
    assert stored.findings("hole") == [("AAA", WEEK[1])]
    detail = next(issue.detail for issue in stored.issues() if issue.rule == "hole")
    assert detail == "2 sessions without a bar, to 2025-01-08; the session before has 4 minutes"


def test_one_missing_session_is_said_so(stored: Stored) -> None:
    rows = days(3)
    stored.bring_rows([rows[0], rows[2]])

    assert [issue.detail for issue in stored.issues()] == ["no bar on this session"]


def test_a_day_without_trades_is_no_evidence(stored: Stored) -> None:
    assert stored.bring_rows([daily(volume=0), daily("BBB")]).suspects == {"no_volume": 1}
    assert stored.findings("no_volume") == [("AAA", WEEK[0])]


def test_a_minute_without_trades_is_not_named(stored: Stored) -> None:
    assert stored.bring_rows([minute(volume=0)]).suspects == {}


def test_an_empty_store_has_nothing_to_say(stored: Stored) -> None:
    assert stored.issues() == []
    assert stored.listing() == []
