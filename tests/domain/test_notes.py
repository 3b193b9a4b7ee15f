"""A note on a trade says something, and its grade is one of a few."""

import pytest

from fin_agent.domain.errors import InvalidValue
from fin_agent.domain.journal import TradeNote
from fin_agent.testing.builders import SCAN


@pytest.mark.parametrize(
    ("trade_id", "text", "grade", "problem"),
    [
        ("", "late", "", "a note belongs to a trade"),
        ("trade-1", "  ", "", "a note says something"),
        ("trade-1", "late", "Z", "a grade is one of"),
    ],
)
def test_what_is_no_note(trade_id: str, text: str, grade: str, problem: str) -> None:
    with pytest.raises(InvalidValue, match=problem):
        TradeNote(trade_id, SCAN, text, "", grade)


def test_a_note() -> None:
    assert TradeNote("trade-1", SCAN, "late", "rules", "A").grade == "A"
