"""Columnar rounding gives the scalar definitions' answers to the last bit."""

from math import copysign

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fin_agent.adapters.bars.rounding import (
    four_decimals,
    number_texts,
    rounded_column,
    ten_digits,
)
from fin_agent.domain.events import canonical, plain, significant
from fin_agent.domain.money import decimal_of, fill_price, rounded

FLOATS = st.floats(-1e300, 1e300)
MILLIONTHS = st.integers(-(10**11), 10**11).map(lambda n: n / 1e6)
PRICES = st.integers(1, 10_000_000).map(lambda n: n / 1e4)
RATIOS = st.sampled_from([2.0, 3.0, 7.0, 1.5, 0.1, 0.05, 1.281, 2.0 / 3.0])


def column(values: list[float]) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.array(values, np.float64)


@given(st.lists(FLOATS | MILLIONTHS))
@example([-0.0, -1e-7, 0.5e-6, 1.5e-6, 2.5e-6, 1e15, -1e300])
def test_six_decimals_are_those_of_the_domain(values: list[float]) -> None:
    columnar = rounded_column(column(values)).tolist()

    assert columnar == [rounded(value) for value in values]
    assert all(copysign(1, value) == 1 for value in columnar if value == 0)


def test_what_is_not_known_stays_unknown() -> None:
    assert np.isnan(rounded_column(column([np.nan]))).all()


@given(st.lists(st.tuples(PRICES, RATIOS, st.booleans()), min_size=1))
def test_four_decimals_of_split_prices_are_those_of_a_fill(
    factors: list[tuple[float, float, bool]],
) -> None:
    prices = [price * ratio if up else price / ratio for price, ratio, up in factors]

    assert four_decimals(column(prices)).tolist() == _by_decimals(prices)


@given(st.lists(st.floats(0, 1e9) | st.integers(0, 10**12).map(lambda n: n / 1e7), min_size=1))
@example([1.00005, 1.00015, 1.0001495, 2.0000499999, 1e13])
@example([514.6987495, 261.0612505])  # times a million, these end on the wrong side of the tie
def test_four_decimals_of_any_price_are_those_of_a_fill(prices: list[float]) -> None:
    assert four_decimals(column(prices)).tolist() == _by_decimals(prices)


def _by_decimals(prices: list[float]) -> list[float]:
    return [float(fill_price(decimal_of(price))) for price in prices]


@given(st.lists(FLOATS | MILLIONTHS, max_size=80))
def test_ten_digits_are_those_of_an_event(values: list[float]) -> None:
    assert ten_digits(column(values)) == [significant(value) for value in values]


@given(st.lists(MILLIONTHS | FLOATS.map(rounded), max_size=5), st.integers(0, 80))
@example([5_000_000.25, -1e300, 12.5, 1e-7], 40)
@example([0.0, -0.0, 9999.999999, 10_000.0, 0.0001, 0.000099, -0.5, 1.0, 20.0], 40)
@example([0.0, -0.0, 9999.999999, 0.0001, -0.5, 1.0, 20.0, -9999.0], 40)
def test_number_texts_are_canonical_json(values: list[float], more: int) -> None:
    values = values + [n * 0.25 - 3 for n in range(more)]

    assert f"[{','.join(number_texts(column(values)))}]" == canonical(plain(values))


@pytest.mark.parametrize("count", [1, 100])
def test_a_number_that_json_cannot_write_is_an_error(count: int) -> None:
    with pytest.raises(ValueError, match="finite"):
        number_texts(column([np.nan] * count))
