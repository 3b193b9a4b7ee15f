"""What is said about stored data is plain values with sensible defaults."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from fin_agent.domain.history import (
    DataIssue,
    ImportOptions,
    ImportReport,
    StoredSet,
    SyncPlan,
    SyncReport,
)

DAY = date(2025, 3, 12)


def test_a_file_is_read_as_unadjusted_bars_unless_somebody_says_otherwise() -> None:
    options = ImportOptions()

    assert (options.kind, options.resolution, options.source) == ("bars", None, None)
    assert (options.adjusted, options.replace) == (False, False)


def test_reports_are_values() -> None:
    report = ImportReport("f.csv", "bars", "1d", 3, 2, 1, 0, 0, {}, {}, 1, DAY, DAY)
    stored = StoredSet("bars", "1d", "f.csv", 1, 3, DAY, DAY, adjusted=False)
    issue = DataIssue("range", "suspect", "1d", "ACME", "2025-03-12", "high below low")

    assert report.problems == ()
    assert report == ImportReport("f.csv", "bars", "1d", 3, 2, 1, 0, 0, {}, {}, 1, DAY, DAY)
    assert (stored.rows, issue.severity) == (3, "suspect")


def test_a_plan_of_a_synchronisation_counts_its_bars() -> None:
    missing = {"A": (date(2025, 3, 3), date(2025, 3, 4)), "B": (date(2025, 3, 4),)}
    plan = SyncPlan([date(2025, 3, 4)], date(2025, 3, 5), 2, missing, ["A", "B"], [])

    assert plan.wanted == 3


@pytest.mark.parametrize(
    "left", [{"failed": {"A": "gone"}}, {"short": {"A": 1}}, {"postponed": ["A"]}]
)
def test_a_synchronisation_is_complete_when_nothing_is_left(left: dict[str, Any]) -> None:
    done = SyncReport(date(2025, 3, 3), date(2025, 3, 4), 1, 0, 1, 2)

    assert done.is_complete
    assert not replace(done, **left).is_complete
