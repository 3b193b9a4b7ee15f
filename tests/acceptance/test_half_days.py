"""Days that close at 13:00: everything before the close moves with it."""

import pytest

from tests.acceptance.command_line import document
from tests.acceptance.recorded_days import ExampleDays

HALF_DAYS = ("2025-11-28", "2025-12-24")
EAGER = tuple(w for s in ("scan.min_gap_pct=0.3", "scan.min_score=0") for w in ("--set", s))


@pytest.mark.parametrize("day", HALF_DAYS)
def test_everything_is_flat_at_a_quarter_to_one(example_days: ExampleDays, day: str) -> None:
    run = document("replay", day, *EAGER, *example_days.place)

    exits = [trade["exit_time"][11:16] for trade in run["trades"]]
    assert len(exits) >= 2
    assert max(exits) == "12:45"
    flat = {t["exit_time"][11:16] for t in run["trades"] if t["exit_reason"] == "flat"}
    assert flat == {"12:45"}
    assert not [trade for trade in run["trades"] if trade["exit_reason"] == "close"]


@pytest.mark.parametrize("day", HALF_DAYS)
def test_no_entry_fills_in_the_last_twenty_minutes(example_days: ExampleDays, day: str) -> None:
    late = ("--set", "session.entry_window_minutes=600", "--at", "12:38")

    run = document("replay", day, *EAGER, *late, *example_days.place)

    entries = [trade["entry_time"][11:16] for trade in run["trades"]]
    assert all("12:38" < entry < "12:40" for entry in entries)
    assert set(run["plans_without_trade"]) <= {"expired", "not filled", "refused", "not armed"}
