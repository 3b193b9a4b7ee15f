"""Splits and dividends come from their own files or beside daily bars, and are kept like bars."""

from datetime import date, datetime
from math import inf
from pathlib import Path

import pytest

from fin_agent.domain.errors import CorruptData
from tests.adapters.bars.bar_files import MONDAY, Row, Stored, daily, minute, parquet

TUESDAY = date(2025, 1, 7)


def test_actions_are_imported_once_and_ones_and_zeros_are_none(stored: Stored) -> None:
    rows = [
        {"symbol": "A", "date": MONDAY, "split": 4.0, "dividend": 0.0},
        {"symbol": "A", "date": TUESDAY, "split": 1.0, "dividend": 0.25},
        {"symbol": "B", "date": TUESDAY, "split": None, "dividend": None},
    ]
    report = stored.bring_rows(rows, kind="actions", source="vendor")
    again = stored.bring_rows(rows, kind="actions")

    assert (report.kind, report.resolution, report.rows, report.added) == ("actions", None, 2, 2)
    assert (report.symbols, report.first, report.last) == (1, MONDAY, TUESDAY)
    assert (again.added, again.unchanged) == (0, 2)
    assert stored.store.splits() == [("A", MONDAY, 4.0)]
    assert stored.store.actions().to_pylist()[1] == {
        "symbol": "A", "date": TUESDAY, "action": "dividend", "value": 0.25, "source": "vendor",
    }  # fmt: skip


def test_a_dividend_later_in_another_file_is_no_conflict(stored: Stored) -> None:
    stored.bring_rows([{"symbol": "A", "date": MONDAY, "split": 4.0}], kind="actions")
    rows = [{"symbol": "A", "date": MONDAY, "dividend": 0.5, "split": 0.0}]

    report = stored.bring_rows(rows, kind="actions")

    assert (report.added, report.conflicts) == (1, 0)


def test_differing_actions_are_kept_or_replaced(stored: Stored) -> None:
    split = {"symbol": "A", "date": MONDAY, "split": 4.0}
    stored.bring_rows([split], kind="actions")

    kept = stored.bring_rows([{**split, "split": 5.0}], kind="actions")
    assert (kept.conflicts, stored.store.splits()) == (1, [("A", MONDAY, 4.0)])
    assert "A 2025-01-06 split" in kept.problems[-1]

    stored.bring_rows([{**split, "split": 5.0}], "late", kind="actions", replace=True)
    assert stored.store.splits() == [("A", MONDAY, 5.0)]
    assert [key.source for key in stored.store.manifest().sets] == ["late"]


@pytest.mark.parametrize(
    ("rule", "row"),
    [
        ("not_positive", {"symbol": "A", "date": MONDAY, "split": -2.0}),
        ("not_finite", {"symbol": "A", "date": MONDAY, "split": inf}),
        ("no_key", {"symbol": None, "date": MONDAY, "split": 2.0}),
        ("no_key", {"symbol": "A", "date": None, "split": 2.0}),
        ("not_a_session", {"symbol": "A", "date": date(9999, 1, 1), "split": 2.0}),
        ("duplicate", {"symbol": "Z", "date": TUESDAY, "split": 3.0}),
    ],
)
def test_a_bad_action_is_kept_with_its_reason(stored: Stored, rule: str, row: Row) -> None:
    good = {"symbol": "Z", "date": TUESDAY, "split": 2.0}

    report = stored.bring_rows([good, good, row], kind="actions")

    assert (report.rows, report.added, report.unchanged) == (3, 1, 1)
    assert report.quarantined == {rule: 1}
    kept = stored.store.quarantine().to_pylist()[0]
    assert (kept["resolution"], kept["close"]) == ("split", row["split"])


def test_actions_beside_daily_bars_are_imported_and_said(stored: Stored) -> None:
    rows = [daily(split=1.0, dividend=0.0), daily("B", split=2.0, dividend=-1.0)]

    report = stored.bring_rows(rows)

    assert (report.kind, report.added, report.quarantined) == ("bars", 2, {})
    assert "the file also holds 2 splits and dividends: 1 added" in report.problems
    assert any("not_positive: 1 quarantined" in line for line in report.problems)
    assert stored.store.splits() == [("B", MONDAY, 2.0)]
    assert stored.bring_rows([daily("C", split=0.0)]).problems == []


def test_actions_beside_minutes_are_left_out_and_named(stored: Stored) -> None:
    report = stored.bring_rows([minute(split=2.0)])

    assert report.problems == ["ignored columns: split"]
    assert stored.store.splits() == []


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"symbol": "A", "date": MONDAY}, "no column split or dividend; found symbol, date"),
        ({"date": MONDAY, "split": 2.0}, "no column symbol; found date, split"),
        ({"symbol": "A", "date": datetime(2025, 1, 6, 9), "split": 2.0}, "has times of day"),
    ],
)
def test_a_file_without_actions_is_refused(
    stored: Stored, tmp_path: Path, row: Row, found: str
) -> None:
    path = parquet(tmp_path / "actions.parquet", [row])

    with pytest.raises(CorruptData, match=found):
        stored.bring(path, kind="actions")
