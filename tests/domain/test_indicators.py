"""Every indicator against its definition in strategy.md section 1."""

from collections.abc import Sequence
from math import exp, log
from statistics import correlation as textbook_correlation
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.domain.indicators import (
    ADV_SESSIONS,
    CORRELATION_DATES,
    CORRELATION_MIN_DATES,
    RVOL_MIN_SESSIONS,
    RVOL_SESSIONS,
    adv,
    atr,
    correlation,
    correlations_of,
    gap_pct,
    log_returns,
    mean_volume,
    profile_share,
    relative_volume,
    total,
    true_range,
    typical_price,
    vwap,
)
from fin_agent.domain.market import Bar
from fin_agent.testing.builders import a_bar
from tests.domain.worked_examples import ORCL_BARS

PROFILE = [(240, 0.0), (570, 0.04), (960, 1.0)]


def dated(values: list[float], first: int = 0) -> dict[str, float]:
    return {f"2025-{i // 28 + 1:02}-{i % 28 + 1:02}": v for i, v in enumerate(values, first)}


@pytest.mark.parametrize(
    ("price", "prev_close", "gap"),
    [
        (106.0, 100.0, 6.0),
        (104.0, 100.0, 4.0),
        (188.385, 180.03, 4.640893),
        (59.18, 65.63, -9.827823),
        (100.0, 100.0, 0.0),
    ],
)
def test_the_gap_is_cut_at_six_decimals(price: float, prev_close: float, gap: float) -> None:
    assert gap_pct(price, prev_close) == gap


@given(prev_close=st.integers(200, 100_000), percent=st.integers(-50, 100))
def test_a_gap_of_whole_percents_is_exactly_that(prev_close: int, percent: int) -> None:
    assert gap_pct(prev_close * (100 + percent) / 10_000, prev_close / 100) == percent


@pytest.mark.parametrize(
    ("high", "low", "previous", "expected"),
    [(12.0, 10.0, 11.0, 2.0), (12.0, 11.0, 9.0, 3.0), (12.0, 11.0, 15.0, 4.0)],
)
def test_the_true_range_reaches_to_the_previous_close(
    high: float, low: float, previous: float, expected: float
) -> None:
    assert true_range(high, low, previous) == expected


def test_the_atr_is_the_simple_mean_of_the_last_ranges() -> None:
    highs, lows, closes = [50.0, 12.0, 13.0, 15.0], [1.0, 10.0, 12.0, 14.0], [9.0, 11.0, 12.0, 14.0]

    assert atr(highs, lows, closes, 3) == (3.0 + 2.0 + 3.0) / 3
    assert atr(highs, lows, closes, 2) == 2.5


@pytest.mark.parametrize("n", [5, 14])
def test_an_atr_needs_one_bar_more_than_its_length(n: int) -> None:
    flat = [10.0] * n

    assert atr(flat, flat, flat, n) is None
    assert atr([*flat, 11.0], [*flat, 10.0], [*flat, 10.5], n) == pytest.approx(1 / n)


def test_the_adv_is_the_mean_of_close_times_volume_over_twenty_sessions() -> None:
    closes, volumes = [1e9, *[10.0] * 10, *[20.0] * 10], [1e9, *[100.0] * 20]

    assert adv(closes, volumes) == 1_500.0
    assert adv([10.0] * 19, [100.0] * 19) is None


def test_the_mean_volume_is_that_of_twenty_sessions() -> None:
    assert mean_volume([1e9, *[100.0] * 10, *[300.0] * 10]) == 200.0
    assert mean_volume([100.0] * 19) is None


@pytest.mark.parametrize(
    ("minute_of_day", "share"),
    [
        (0, 0.0),
        (100, 0.0),
        (240, 0.0),
        (405, 0.02),
        (570, 0.04),
        (765, 0.52),
        (960, 1.0),
        (1_200, 1.0),
    ],
)
def test_the_volume_profile_is_interpolated_linearly(minute_of_day: int, share: float) -> None:
    assert profile_share(PROFILE, minute_of_day) == pytest.approx(share)


@pytest.mark.parametrize(
    ("traded", "normal", "expected"),
    [
        (300.0, 100.0, 3.0),
        (100.0, 300.0, 0.333333),
        (0.5, 0.25, 2.0),
        (0.0, 100.0, None),
        (-5.0, 100.0, None),
        (100.0, 0.0, None),
        (100.0, None, None),
    ],
)
def test_relative_volume_is_absent_rather_than_zero(
    traded: float, normal: float | None, expected: float | None
) -> None:
    assert relative_volume(traded, normal) == expected


def test_the_vwap_weighs_typical_prices_and_ignores_bars_without_volume() -> None:
    assert typical_price(Bar(0, 1.0, 12.0, 9.0, 12.0, 5)) == 11.0
    assert vwap(ORCL_BARS[:5]) == 189.833796
    assert vwap([a_bar(0, 10.0, volume=300), a_bar(1, 20.0, volume=100)]) == 12.5
    assert vwap([a_bar(0, 10.0, volume=300), a_bar(1, 99.0, volume=0)]) == 10.0
    assert vwap([a_bar(0, 10.0, volume=0)]) is None
    assert vwap([]) is None


def test_log_returns_are_dated_by_the_later_close() -> None:
    closes = {"2025-03-10": 100.0, "2025-03-11": 110.0, "2025-03-12": 99.0}

    assert log_returns(closes) == {"2025-03-11": log(1.1), "2025-03-12": log(0.9)}
    assert log_returns({"2025-03-10": 100.0}) == {}
    assert log_returns({}) == {}


returns = st.lists(st.sampled_from([-0.04, -0.01, 0.0, 0.02, 0.05]), min_size=60, max_size=60)


@given(left=returns, right=returns)
def test_the_correlation_is_the_textbooks(left: list[float], right: list[float]) -> None:
    if len(set(left)) > 1 and len(set(right)) > 1:
        expected = textbook_correlation(left, right)
        assert correlation(dated(left), dated(right)) == pytest.approx(expected, abs=2e-6)


def test_a_correlation_is_signed_and_cut_at_six_decimals() -> None:
    rising = [i / 100 for i in range(30)]

    assert correlation(dated(rising), dated(rising)) == 1.0
    assert correlation(dated(rising), dated([-value for value in rising])) == -1.0


def test_a_correlation_needs_twenty_common_dates_and_some_variance() -> None:
    rising = [i / 100 for i in range(30)]

    assert correlation(dated(rising[:20]), dated(rising[:20])) == 1.0
    assert correlation(dated(rising[:19]), dated(rising)) is None
    assert correlation(dated(rising), dated(rising, first=11)) is None
    assert correlation(dated([0.0] * 30), dated(rising)) is None


async def test_every_two_symbols_are_correlated_over_closes_that_reach_far_enough() -> None:
    """A symbol with holes is asked for more closes, so that the two have 60 dates in common."""
    days = [f"2025-{month:02}-{day:02}" for month in range(1, 7) for day in range(1, 29)]
    even = {day: 100.0 * exp(0.01 * (i % 7)) for i, day in enumerate(days)}
    holes = {day: close**2 for i, (day, close) in enumerate(even.items()) if i % 2}
    market, asked = {"EVEN": even, "HOLES": holes, "SAME": even}, list[tuple[set[str], int]]()

    async def closes(symbols: Sequence[str], count: int) -> dict[str, dict[str, float]]:
        asked.append(({*symbols}, count))
        return {name: dict([*market[name].items()][-count:]) for name in symbols}

    found = await correlations_of(["SAME", "EVEN", "HOLES", "EVEN"], closes)

    assert {*found} == {("EVEN", "HOLES"), ("EVEN", "SAME"), ("HOLES", "SAME")}
    assert found["EVEN", "SAME"] == 1.0
    assert found["EVEN", "HOLES"] == correlation(log_returns(even), log_returns(holes))
    assert asked == [({"EVEN", "HOLES", "SAME"}, 61), ({"EVEN", "HOLES", "SAME"}, 250)]


def test_the_numbers_of_sessions_and_dates_are_the_pages() -> None:
    assert (ADV_SESSIONS, RVOL_SESSIONS, RVOL_MIN_SESSIONS) == (20, 20, 10)
    assert (CORRELATION_DATES, CORRELATION_MIN_DATES) == (60, 20)


def test_a_correlation_looks_at_the_last_sixty_dates_both_have() -> None:
    recent = [i / 100 for i in range(60)]
    left, right = dated([*([9.0, -9.0] * 10), *recent]), dated([*([-9.0, 9.0] * 10), *recent])

    assert correlation(left, right) == 1.0


def test_the_last_sixty_common_dates_count_where_one_series_has_more_of_them() -> None:
    recent = [i / 100 for i in range(60)]
    left = dated([9.0, -9.0] * 10 + recent)
    right = dated([-9.0, 9.0] * 10 + recent) | {"2025-12-31": 7.0}

    assert correlation(left, right) == 1.0


@given(st.lists(st.integers(-100, 100)))
def test_a_total_is_the_plain_sum(values: list[int]) -> None:
    assert total(values) == sum(values)
    if values:
        assert total(values) / len(values) == pytest.approx(mean(values))


def test_returns_of_growth_are_its_rate() -> None:
    closes = dated([exp(0.01 * i) for i in range(5)])

    assert list(log_returns(closes).values()) == pytest.approx([0.01] * 4)
