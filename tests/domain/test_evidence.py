"""Evidence is a value with source, time and delay, or a named absence."""

from datetime import timedelta

import pytest

from fin_agent.domain.evidence import Known, Missing, value_of
from fin_agent.domain.market import InstrumentType, Side
from fin_agent.domain.news import Headline, known_at, mean_sentiment
from fin_agent.testing.builders import SCAN, a_headline, an_instrument

SECOND, DAY = timedelta(seconds=1), timedelta(hours=24)


def test_a_value_knows_its_age() -> None:
    assert Known(5.0, "test", SCAN - timedelta(minutes=2)).age_s(SCAN) == 120.0
    assert Known(5.0, "test").age_s(SCAN) is None


def test_an_absence_has_a_reason_and_no_value() -> None:
    assert value_of(Missing("no quote")) is None
    assert value_of(Known(0.0, "test")) == 0.0
    assert Missing("no quote").reason == "no quote"


@pytest.mark.parametrize(
    ("headline", "is_known"),
    [
        (a_headline(received_at=SCAN - SECOND), True),
        (a_headline(received_at=SCAN), False),
        (a_headline(received_at=SCAN + SECOND, published_at=SCAN - DAY), False),
        (a_headline(received_at=SCAN - SECOND, published_at=SCAN - DAY), True),
        (a_headline(received_at=SCAN - SECOND, published_at=SCAN - DAY - SECOND), False),
        (a_headline(received_at=SCAN - SECOND, published_at=SCAN), False),
    ],
)
def test_a_headline_of_the_last_24_hours_counts_once_it_was_received(
    headline: Headline, is_known: bool
) -> None:
    assert known_at((headline,), SCAN) == ((headline,) if is_known else ())


def test_the_mean_sentiment_is_that_of_the_scored_headlines() -> None:
    scored = [a_headline(sentiment=value) for value in (0.5, -0.2)]

    assert mean_sentiment((*scored, a_headline())) == pytest.approx(0.15)
    assert mean_sentiment((a_headline(),)) is None
    assert mean_sentiment(()) is None


def test_a_side_has_a_sign_and_an_opposite() -> None:
    assert (Side.LONG.sign, Side.SHORT.sign) == (1, -1)
    assert (Side.LONG.opposite, Side.SHORT.opposite) == (Side.SHORT, Side.LONG)


@pytest.mark.parametrize("kind", InstrumentType)
def test_funds_are_packaged_products_and_nothing_else_is(kind: InstrumentType) -> None:
    packaged = {InstrumentType.ETF, InstrumentType.ETN, InstrumentType.FUND}

    assert an_instrument(kind=kind).is_packaged is (kind in packaged)
    assert not an_instrument(kind=None).is_packaged
