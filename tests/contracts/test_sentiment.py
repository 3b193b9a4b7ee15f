"""What every scorer of headlines does, whatever it is made of."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.adapters.sentiment.finance import Finance
from fin_agent.adapters.sentiment.vader import Vader
from fin_agent.domain.news import plain_text
from fin_agent.ports import SentimentPort
from fin_agent.testing.fakes import FakeSentiment

GOOD, BAD = "Acme wins a great contract", "Acme faces a terrible fraud lawsuit"

Make = Callable[[], SentimentPort]
IMPLEMENTATIONS: dict[str, Make] = {
    "finance": lambda: Finance(Path("/nowhere")),
    "vader": Vader,
    "fake": lambda: FakeSentiment({GOOD: 0.5, BAD: -0.5}),
}


@pytest.fixture(params=IMPLEMENTATIONS.values(), ids=list(IMPLEMENTATIONS), scope="module")
def make(request: pytest.FixtureRequest) -> Make:
    found: Make = request.param
    return found


def test_a_score_is_signed(make: Make) -> None:
    assert make().compound(GOOD) > 0 > make().compound(BAD)
    assert make().compound("Acme") == make().compound("") == 0


@given(st.text())
def test_a_score_is_bounded_and_the_same_every_time(make: Make, text: str) -> None:
    plain = plain_text(text)
    score = make().compound(plain)

    assert -1 <= score <= 1
    assert make().compound(plain) == score


def test_a_scorer_has_a_name(make: Make) -> None:
    assert make().name
    assert make().name == make().name
