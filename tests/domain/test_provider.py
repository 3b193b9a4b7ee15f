"""What providers do is told as facts; none of it is a decision."""

import pytest

from fin_agent.domain.events import DomainEvent
from fin_agent.domain.provider import ProviderFellBack, ProviderSuspended, QuotaWarning

FACTS = {
    QuotaWarning("finnhub", "*", 48, 60, 60): (
        '{"group":"*","limit":60,"period_s":60,"provider":"finnhub","used":48}'
    ),
    ProviderFellBack("quotes", "alpaca", "yahoo", 3, "alpaca cannot be reached"): (
        '{"fallback":"yahoo","provider":"alpaca","reason":"alpaca cannot be reached",'
        '"symbols":3,"what":"quotes"}'
    ),
    ProviderSuspended("yahoo", 30, "is in trouble"): (
        '{"provider":"yahoo","reason":"is in trouble","seconds":30}'
    ),
}


@pytest.mark.parametrize("fact", FACTS)
def test_a_fact_is_recorded_and_enters_no_hash(fact: DomainEvent) -> None:
    assert fact.text() == FACTS[fact]
    assert not fact.is_decision
