"""What is said about stored data is plain values with sensible defaults."""

from datetime import date

from fin_agent.domain.history import DataIssue, ImportOptions, ImportReport, StoredSet

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
