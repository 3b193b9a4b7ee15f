"""Days that close at 13:00: everything before the close moves with it."""

import pytest

from tests.acceptance.command_line import document
from tests.acceptance.recorded_days import ExampleDays

HALF_DAYS = ("2025-11-28", "2025-12-24")
EAGER = tuple(w for s in ("scan.min_gap_pct=0.3", "scan.min_score=0") for w in ("--set", s))


@pytest.mark.parametrize("day", HALF_DAYS)
def test_everything_is_flat_at_a_quarter_to_one(example_days: ExampleDays, day: str) -> None:
    run = document("replay", day, *EAGER, *example_days.place)

    assert len(run["trades"]) >= 2
    flat = sorted(t["exit_time"][11:16] for t in run["trades"] if t["exit_reason"] == "flat")
    assert flat[0] == "12:45"
    assert flat[-1] < "12:50"  # the next bar there is
    assert {t["exit_reason"] for t in run["trades"]} <= {"flat", "stop", "target"}


@pytest.mark.parametrize("day", HALF_DAYS)
def test_no_entry_fills_in_the_last_twenty_minutes(example_days: ExampleDays, day: str) -> None:
    late = ("--set", "session.entry_window_minutes=600", "--at", "12:38")

    run = document("replay", day, *EAGER, *late, *example_days.place)

    entries = [trade["entry_time"][11:16] for trade in run["trades"]]
    assert entries
    assert set(entries) == {"12:39"}
