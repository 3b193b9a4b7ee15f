"""Each factor scores what is there, names what lacks, and never scores absence as 0 (section 4)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.domain.candidate import FactorScore, GapClass, Grade, blend, classify, grade_of
from fin_agent.domain.evidence import Missing
from fin_agent.domain.factor import Score, candidate_of, setup_of
from fin_agent.domain.factors.catalyst import Catalyst
from fin_agent.domain.factors.liquidity import Liquidity, price_points
from fin_agent.domain.factors.sentiment import Sentiment
from fin_agent.domain.factors.volatility import Volatility, gap_points
from fin_agent.domain.market import InstrumentType, Side
from fin_agent.domain.snapshot import Snapshot
from fin_agent.testing.builders import a_headline, a_snapshot, an_instrument

WIRE = a_headline()


def scored(factor: Catalyst | Liquidity | Sentiment | Volatility, snapshot: Snapshot) -> float:
    answer = factor.score(setup_of(snapshot, 1.0))
    assert isinstance(answer, Score)
    return answer.value


@pytest.mark.parametrize(
    ("gap", "rvol", "expected"),
    [
        (5.000001, 3.000001, GapClass.BREAKAWAY),
        (-19.0, 9.0, GapClass.BREAKAWAY),
        (5.0, 3.1, GapClass.RUNAWAY),
        (12.0, 3.0, GapClass.EXHAUSTION),
        (-10.000001, None, GapClass.EXHAUSTION),
        (10.0, 3.0, GapClass.COMMON),
        (4.0, 2.000001, GapClass.RUNAWAY),
        (-8.0, 2.5, GapClass.RUNAWAY),
        (8.000001, 2.5, GapClass.COMMON),
        (6.0, 2.0, GapClass.COMMON),
        (6.0, None, GapClass.COMMON),
    ],
)
def test_the_first_class_that_fits(gap: float, rvol: float | None, expected: GapClass) -> None:
    assert classify(gap, rvol) is expected


@pytest.mark.parametrize(
    ("size", "points"),
    [(3.99, 0.0), (4.0, 20.0), (7.0, 30.0), (10.0, 40.0), (12.0, 38.0), (50.0, 0.0), (90.0, 0.0)],
)
def test_a_gaps_points_rise_to_ten_percent_and_fall_beyond(size: float, points: float) -> None:
    assert gap_points(size) == pytest.approx(points)


def test_volatility_adds_gap_atr_and_class_up_to_a_hundred() -> None:
    assert scored(Volatility(), a_snapshot(107.0, rvol=None, atr14=1.07)) == pytest.approx(45.0)
    assert scored(Volatility(), a_snapshot(112.0, rvol=None, atr14=1.12)) == pytest.approx(58.0)
    assert scored(Volatility(), a_snapshot(110.0, rvol=5.0, atr14=9.0)) == 100.0
    assert scored(Volatility(), a_snapshot(110.0, rvol=2.5, atr14=9.0)) == pytest.approx(75.0)


def test_volatility_needs_an_atr_and_misses_the_volume() -> None:
    assert Volatility().score(setup_of(a_snapshot(atr14=None), 1.0)) == Missing("ATR(14) missing")
    answer = Volatility().score(setup_of(a_snapshot(rvol=None), 1.0))
    assert isinstance(answer, Score)
    assert answer.lacking == ("rvol",)


@pytest.mark.parametrize(
    ("snapshot", "points"),
    [
        (a_snapshot(headlines=()), 0.0),
        (a_snapshot(headlines=[WIRE] * 3), 30.0),
        (a_snapshot(headlines=[WIRE] * 6), 50.0),
        (a_snapshot(headlines=(), rvol=2.000001), 15.000015),
        (a_snapshot(headlines=(), rvol=2.6), 24.0),
        (a_snapshot(headlines=(), rvol=9.0), 30.0),
        (a_snapshot(headlines=(), earnings=True), 30.0),
        (a_snapshot(headlines=(), earnings=False), 0.0),
        (a_snapshot(headlines=(), short_interest=20.01), 20.0),
        (a_snapshot(headlines=(), short_interest=20.0), 0.0),
        (a_snapshot(95.0, headlines=(), short_interest=30.0), 0.0),
        (
            a_snapshot(headlines=[WIRE] * 5, rvol=9.0, earnings=True, short_interest=30.0),
            100.0,
        ),
    ],
)
def test_catalyst_adds_news_volume_earnings_and_squeeze(snapshot: Snapshot, points: float) -> None:
    assert scored(Catalyst(), snapshot) == pytest.approx(points)


def test_catalyst_needs_a_feed_that_answered_and_lists_what_it_lacks() -> None:
    assert Catalyst().score(setup_of(a_snapshot(), 1.0)) == Missing("no news feed")
    answer = Catalyst().score(setup_of(a_snapshot(rvol=None, headlines=()), 1.0))
    assert answer == Score(0.0, ("rvol", "earnings", "short interest"))


@pytest.mark.parametrize(
    ("price", "sentiments", "points"),
    [
        (105.0, [0.6], 80.0),
        (95.0, [0.6], 20.0),
        (105.0, [-1.0], 0.0),
        (95.0, [-1.0], 100.0),
        (105.0, [0.5, -0.1], 60.0),
        (105.0, [0.0], 50.0),
    ],
)
def test_sentiment_speaks_for_the_direction_of_the_gap(
    price: float, sentiments: list[float], points: float
) -> None:
    headlines = [replace(WIRE, sentiment=value) for value in sentiments]

    assert scored(Sentiment(), a_snapshot(price, headlines=headlines)) == pytest.approx(points)


def test_sentiment_needs_a_headline_that_was_scored() -> None:
    def answer(snapshot: Snapshot) -> Score | Missing:
        return Sentiment().score(setup_of(snapshot, 1.0))

    assert answer(a_snapshot()) == Missing("no news feed")
    assert answer(a_snapshot(headlines=())) == Missing("no scored headline")
    assert answer(a_snapshot(headlines=[WIRE])) == Missing("no scored headline")


@pytest.mark.parametrize(
    ("price", "points"),
    [(4.99, 10), (5, 20), (9.99, 20), (10, 40), (100, 40), (100.01, 20), (200, 20), (200.01, 10)],
)
def test_a_price_that_suits_a_small_account_scores(price: float, points: float) -> None:
    assert price_points(price) == points


@pytest.mark.parametrize(
    ("rvol", "points"),
    [(0.9, 20.0), (1.0, 20.0), (1.1, 42.0), (2.0, 60.0), (3.0, 80.0), (9.0, 80.0)],
)
def test_liquidity_adds_volume_and_price(rvol: float, points: float) -> None:
    assert scored(Liquidity(), a_snapshot(105.0, rvol=rvol)) == pytest.approx(points)


def test_liquidity_looks_at_the_price_in_account_currency() -> None:
    answer = Liquidity().score(setup_of(a_snapshot(105.0, rvol=1.0), 1.1))

    assert answer == Score(40.0)


def test_liquidity_needs_a_relative_volume() -> None:
    assert Liquidity().score(setup_of(a_snapshot(rvol=None), 1.0)) == Missing("rvol missing")


@pytest.mark.parametrize(
    ("price", "side"), [(100.5, Side.LONG), (99.5, Side.SHORT), (100.0, Side.SHORT)]
)
def test_a_setup_goes_with_its_gap(price: float, side: Side) -> None:
    assert setup_of(a_snapshot(price), 1.0).side is side


def test_a_snapshot_without_a_price_is_no_setup() -> None:
    with pytest.raises(ValueError, match="ACME has no price"):
        setup_of(a_snapshot(Missing("no quote")), 1.0)


FACTORS = (
    ("volatility", 0.4, Volatility()),
    ("catalyst", 0.3, Catalyst()),
    ("sentiment", 0.1, Sentiment()),
    ("liquidity", 0.2, Liquidity()),
)


def test_a_candidate_says_what_is_absent_and_what_is_lacking() -> None:
    candidate = candidate_of(setup_of(a_snapshot(rvol=None), 1.0), FACTORS)

    reasons = {name: factor.reason for name, factor in candidate.factors.items()}
    assert reasons == {
        "volatility": None,
        "catalyst": "no news feed",
        "sentiment": "no news feed",
        "liquidity": "rvol missing",
    }
    assert candidate.factors["volatility"].lacking == ("rvol",)
    assert (candidate.coverage, candidate.grade) == (0.4, Grade.C)
    assert candidate.composite == candidate.factors["volatility"].score
    assert candidate.degraded == ("rvol missing: no volume is known",)


def test_a_candidate_with_every_input_on_time_is_grade_a() -> None:
    headlines = [replace(WIRE, sentiment=0.5)]
    whole = a_snapshot(headlines=headlines, earnings=False, short_interest=3.0)
    untyped = replace(whole, instrument=an_instrument(kind=None))

    best = candidate_of(setup_of(whole, 1.0), FACTORS)

    assert (best.coverage, best.grade, best.headlines) == (1.0, Grade.A, tuple(headlines))
    assert candidate_of(setup_of(untyped, 1.0), FACTORS).grade is Grade.B


def test_a_candidate_remembers_a_missing_key_information_document() -> None:
    def kid_missing(*, kid: bool | None) -> bool:
        fund = an_instrument(kind=InstrumentType.ETF, kid=kid)
        return candidate_of(setup_of(a_snapshot(instrument=fund), 1.0), FACTORS).kid_missing

    assert [kid_missing(kid=None), kid_missing(kid=False), kid_missing(kid=True)] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("coverage", "degraded", "grade"),
    [
        (1.0, (), Grade.A),
        (1.0, ("price delayed",), Grade.B),
        (0.999999, (), Grade.B),
        (0.8, (), Grade.B),
        (0.799999, (), Grade.C),
    ],
)
def test_the_grade_follows_from_coverage_and_flaws(
    coverage: float, degraded: tuple[str, ...], grade: Grade
) -> None:
    assert grade_of(coverage, degraded) is grade


def test_weights_of_0_4_and_0_3_and_0_1_cover_four_fifths() -> None:
    setup = setup_of(a_snapshot(headlines=[replace(WIRE, sentiment=0.0)], rvol=None), 1.0)

    assert candidate_of(setup, FACTORS).coverage == 0.8


def test_nothing_known_or_no_weight_is_no_composite() -> None:
    assert blend({}) == (0.0, 0.0)
    assert blend({"sentiment": FactorScore(None, 0.1, "no headline")}) == (0.0, 0.0)


@given(price=st.floats(104, 120), rvol=st.none() | st.floats(1.5, 9), atr=st.floats(0.01, 30))
def test_every_score_lies_between_0_and_100(price: float, rvol: float | None, atr: float) -> None:
    snapshot = a_snapshot(price, rvol=rvol, atr14=atr, headlines=[replace(WIRE, sentiment=-0.9)])

    candidate = candidate_of(setup_of(snapshot, 1.0), FACTORS)

    assert candidate.side is Side.LONG
    assert all(0 <= (factor.score or 0) <= 100 for factor in candidate.factors.values())
