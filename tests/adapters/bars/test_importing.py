"""Rows are stored, or kept with the reason why not; what is stored stays until told otherwise."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from math import inf, nan
from pathlib import Path

import pytest

from fin_agent.domain.errors import InvalidValue, Unavailable
from fin_agent.domain.history import StoredSet
from fin_agent.domain.session import TradingSession
from fin_agent.testing.fakes import FakeCalendar
from tests.adapters.bars.bar_files import MONDAY, Row, Stored, daily, days, minute

TUESDAY, SATURDAY = date(2025, 1, 7), date(2025, 1, 11)
BAD_DAILY_ROWS = [
    ("no_key", daily(symbol="")),
    ("no_key", daily(symbol=None)),
    ("no_key", daily(day=None)),
    ("not_a_session", daily(day=SATURDAY)),
    ("not_a_session", daily(day=date(1066, 10, 14))),
    ("not_finite", daily(close=nan)),
    ("not_finite", daily(close=None)),
    ("not_finite", daily(high=inf)),
    ("not_finite", daily(high=1e308)),
    ("not_positive", daily(low=0.0)),
    ("not_positive", daily(close=-10.0)),
    ("consistency", daily(high=9.9)),
    ("consistency", daily(low=10.1)),
    ("consistency", daily(open=11.0)),
    ("volume", daily(volume=-1)),
    ("volume", daily(volume=None)),
    ("volume", daily(volume=inf)),
]


@pytest.mark.parametrize(("rule", "bad"), BAD_DAILY_ROWS)
def test_a_bad_daily_row_is_kept_with_its_reason(stored: Stored, rule: str, bad: Row) -> None:
    report = stored.bring_rows([daily("ZZZ", TUESDAY), bad])

    assert report.quarantined == {rule: 1}
    assert (report.added, report.rows) == (1, 2)
    kept = stored.store.quarantine().to_pylist()[0]
    assert (kept["rule"], kept["file"], kept["source"]) == (rule, "rows.parquet", "rows")
    assert stored.store.symbols() == ["ZZZ"]
    assert stored.findings(rule) == [(bad["symbol"] or "", str(bad["date"] or ""))]


@pytest.mark.parametrize(
    ("rule", "at"),
    [
        ("off_grid", "2025-01-06T14:30:01Z"),
        ("off_grid", "2025-01-06T14:30:00.25Z"),
        ("not_a_session", "2025-01-11T15:00:00Z"),
        ("outside_hours", "2025-01-06T08:59:00Z"),
        ("outside_hours", "2025-01-07T01:00:00Z"),
        ("outside_hours", "2025-07-07T07:59:00Z"),  # daylight saving time
        ("outside_hours", "2025-07-08T00:00:00Z"),
    ],
)
def test_a_bad_minute_is_kept_with_its_reason(stored: Stored, rule: str, at: str) -> None:
    report = stored.bring_rows([minute("ZZZ"), minute(timestamp=datetime.fromisoformat(at))])

    assert report.quarantined == {rule: 1}
    assert datetime.fromisoformat(stored.findings(rule)[0][1]) == datetime.fromisoformat(at)


@pytest.mark.parametrize(
    "at", ["2025-01-06T09:00Z", "2025-01-07T00:59Z", "2025-07-07T08:00Z", "2025-07-07T23:59Z"]
)
def test_extended_hours_belong_to_the_session_of_their_new_york_date(
    stored: Stored, at: str
) -> None:
    stored.bring_rows([minute(timestamp=datetime.fromisoformat(at))])

    assert stored.store.minute_dates() == [date(2025, int(at[5:7]), int(at[8:10]) - ("T00" in at))]


@pytest.mark.parametrize(
    "row",
    [minute(timestamp=datetime(2025, 1, 11, 15, tzinfo=UTC)), daily(day=date(1066, 10, 14))],
)
def test_a_file_without_any_session_is_all_refused(stored: Stored, row: Row) -> None:
    assert stored.bring_rows([row]).quarantined == {"not_a_session": 1}
    assert stored.store.symbols() == []


def test_the_first_broken_rule_names_the_row(stored: Stored) -> None:
    report = stored.bring_rows([daily(day=SATURDAY, high=-1.0, volume=-1), daily("B", high=-1.0)])

    assert report.quarantined == {"not_a_session": 1, "not_positive": 1}
    assert "not_positive: 1 quarantined (a price is zero or below): B 2025-01-06" in report.problems


class ShortCalendar(FakeCalendar):
    """A calendar that ends with Tuesday."""

    def session(self, day: date) -> TradingSession | None:
        if day > TUESDAY:
            raise Unavailable("the calendar ends on Tuesday")
        return super().session(day)

    def sessions(self, first: date, last: date) -> Sequence[TradingSession]:
        self.session(last)
        return super().sessions(first, last)


@pytest.mark.parametrize(("count", "known"), [(4, 2), (2, 2), (0, 0)])
def test_days_beyond_the_calendar_are_refused_and_the_others_kept(
    tmp_path: Path, count: int, known: int
) -> None:
    calendar = ShortCalendar.weekdays(MONDAY, TUESDAY)
    stored = Stored(tmp_path / "bars", calendar=calendar)

    report = stored.bring_rows([*days(count), daily("ZZZ", date(2025, 12, 1))])

    assert report.added == known
    assert report.quarantined == {"not_a_session": count - known + 1}


def test_many_reasons_are_one_line_with_three_examples(stored: Stored) -> None:
    report = stored.bring_rows([daily(symbol, low=-1.0) for symbol in "ABCDE"])

    assert report.problems[-1].endswith("A 2025-01-06, B 2025-01-06, C 2025-01-06 ...")
    assert (report.symbols, report.first, report.last) == (0, None, None)


def test_repeated_rows_are_unchanged_and_others_of_their_time_refused(stored: Stored) -> None:
    report = stored.bring_rows([daily(), daily(close=11.0), daily(), daily(close=11.0), daily("B")])

    assert (report.added, report.unchanged, report.quarantined) == (2, 1, {"duplicate": 2})
    assert stored.closes() == [10.0, 10.0]
    assert stored.store.quarantine().num_rows == 1  # the same row is kept once


def test_a_bad_row_does_not_take_the_place_of_a_good_one(stored: Stored) -> None:
    report = stored.bring_rows([daily(low=-1.0), daily()])

    assert (report.added, report.quarantined) == (1, {"not_positive": 1})


def test_rows_out_of_order_are_sorted_and_counted(stored: Stored) -> None:
    rows = days(5, "B") + days(5, "A")
    report = stored.bring_rows([*rows[3:], *rows[:3]])

    assert report.suspects == {"unordered": 1}
    assert "unordered: 1 come after a later row of their symbol; sorted" in report.problems
    keys = [(row["symbol"], row["date"]) for row in stored.daily()]
    assert keys == sorted(keys)


def test_a_file_by_date_is_in_order(stored: Stored) -> None:
    rows = sorted(days(5, "B") + days(5, "A"), key=lambda row: str(row["date"]))

    assert stored.bring_rows(rows).suspects == {}


def test_importing_twice_changes_nothing(stored: Stored) -> None:
    rows = [*days(30), daily("B", low=-1.0), daily("C", split=2.0)]
    first = stored.bring_rows(rows)
    generation = stored.store.generation

    second = stored.bring_rows(rows)

    assert (first.added, second.added, second.unchanged) == (31, 0, 31)
    assert first.quarantined == second.quarantined
    assert stored.store.generation == generation


def test_equal_values_of_another_source_are_unchanged(stored: Stored) -> None:
    stored.bring_rows(days(3), "one")
    report = stored.bring_rows(days(4), "two")

    assert (report.added, report.unchanged) == (1, 3)
    assert [row["source"] for row in stored.daily()] == ["one"] * 3 + ["two"]


def test_a_conflict_is_kept_as_stored_and_named(stored: Stored) -> None:
    stored.bring_rows(days(3), "one")
    changed = [{**row, "volume": 7} for row in days(2)]

    report = stored.bring_rows(changed, "two")

    assert (report.conflicts, report.replaced, report.unchanged, report.added) == (2, 0, 0, 0)
    assert report.problems[-1].startswith(
        "conflicts: 2 differ from the store and are kept as stored (--replace overwrites): "
        "AAA 2025-01-06 volume 1000 (one) against 7; "
    )
    assert {row["volume"] for row in stored.daily()} == {1000}


def test_replace_overwrites_and_moves_rows_to_the_new_source(stored: Stored) -> None:
    stored.bring_rows([minute()], "minutes")
    stored.bring_rows(days(3), "one")
    changed = [{**row, "volume": 7} for row in days(3)]

    report = stored.bring_rows(changed, "two", replace=True, adjusted=True)

    assert (report.conflicts, report.replaced) == (0, 3)
    assert {(row["volume"], row["source"], row["adjusted"]) for row in stored.daily()} == {
        (7, "two", True)
    }
    sets = list(stored.store.manifest().sets)
    assert [(key.source, key.adjusted) for key in sets] == [("two", True), ("minutes", False)]


def test_years_and_sessions_are_separate_files(stored: Stored) -> None:
    stored.bring_rows([daily(day=date(2024, 12, 31)), daily()])
    stored.bring_rows([minute(), minute(number=1440)], resolution="1m")

    partitions = set(stored.store.manifest().files)
    assert partitions == {"1d/2024", "1d/2025", "1m/2025/2025-01-06", "1m/2025/2025-01-07"}


def test_a_row_of_a_new_symbol_lands_in_the_middle(stored: Stored) -> None:
    stored.bring_rows(days(3, "A") + days(3, "C"), "one")
    stored.bring_rows(days(3, "B") + days(5, "A"), "two")

    keys = [(row["symbol"], row["date"]) for row in stored.daily()]
    assert keys == sorted(keys)
    assert len(keys) == 11


def test_a_good_row_lets_its_refused_one_go(stored: Stored) -> None:
    bad = [daily(low=-1.0), daily("B", low=-1.0), minute(low=-1.0)]
    stored.bring_rows(bad[:2])
    stored.bring_rows(bad[2:])
    assert len(stored.findings("not_positive")) == 3

    stored.bring_rows([daily(), daily("C"), daily("B", TUESDAY)])
    assert len(stored.findings("not_positive")) == 2

    stored.bring_rows([daily("B")])
    stored.bring_rows([minute()])
    assert stored.findings("not_positive") == []
    assert "quarantine" not in stored.store.manifest().files


@pytest.mark.parametrize("options", [{"kind": "quotes"}, {"resolution": "5m"}])
def test_unknown_options_are_refused(stored: Stored, options: dict[str, str]) -> None:
    with pytest.raises(InvalidValue, match="must be"):
        stored.bring_rows([daily()], **options)


def test_actions_show_in_the_listing(stored: Stored) -> None:
    stored.bring_rows(days(3, "A") + days(2, "B"), "prices", adjusted=True)
    stored.bring_rows([{"symbol": "A", "date": MONDAY, "split": 2.0}], "splits", kind="actions")
    stored.bring_rows([minute(), minute(number=1)], "minutes")

    wednesday = date(2025, 1, 8)
    assert stored.listing() == [
        StoredSet("actions", "1d", "splits", 1, 1, MONDAY, MONDAY, adjusted=False),
        StoredSet("bars", "1d", "prices", 2, 5, MONDAY, wednesday, adjusted=True),
        StoredSet("bars", "1m", "minutes", 1, 2, MONDAY, MONDAY, adjusted=False),
    ]
