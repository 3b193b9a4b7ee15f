"""Prices fall on their tick, quantities on their lot, and float noise decides nothing."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.domain.money import (
    decimal_of,
    down_to_tick,
    fill_price,
    floor_to_lot,
    rounded,
    tick_size,
    up_to_tick,
)
from fin_agent.testing.builders import usd

MILLIONTH = Decimal("0.000001")
prices = st.decimals(Decimal("0.0002"), 10_000, places=6)


@pytest.mark.parametrize(
    ("value", "cut"),
    [
        (100 * (106 / 100 - 1), 6.0),
        (0.4 + 0.3 + 0.1, 0.8),
        (2.5000005, 2.5),
        (1.0000015, 1.000002),
        (-4.6408932, -4.640893),
        (1e15, 1e15),
        (-1e300, -1e300),
        (float("inf"), float("inf")),
    ],
)
def test_noise_is_cut_at_six_decimals(value: float, cut: float) -> None:
    assert rounded(value) == cut


def test_what_is_no_number_stays_none() -> None:
    assert str(rounded(float("nan"))) == "nan"


@given(st.floats(-1e8, 1e8))
def test_rounding_is_idempotent_and_moves_by_half_a_millionth_at_most(value: float) -> None:
    assert rounded(rounded(value)) == rounded(value)
    assert abs(rounded(value) - value) <= 0.5e-6 + abs(value) * 1e-15


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_rounding_keeps_the_order(left: float, right: float) -> None:
    low, high = sorted([left, right])
    assert rounded(low) <= rounded(high)


@given(st.decimals(-10_000, 10_000, places=6))
def test_a_float_reads_as_the_decimal_it_was_written_as(value: Decimal) -> None:
    assert decimal_of(float(value)) == value
    assert rounded(float(value)) == float(value)


def test_float_noise_is_no_part_of_a_price() -> None:
    assert decimal_of(25.17 * 0.97) == usd("24.4149")
    assert str(decimal_of(100.0)) == "1E+2"
    assert decimal_of(0.1 + 0.2) == usd("0.3")


@pytest.mark.parametrize(
    ("price", "tick"), [("0.9999", "0.0001"), ("1", "0.01"), ("1.00", "0.01"), ("250", "0.01")]
)
def test_the_tick_is_a_cent_from_one_dollar_on(price: str, tick: str) -> None:
    assert tick_size(usd(price)) == usd(tick)


@given(prices)
def test_up_and_down_are_the_ticks_around_a_price(price: Decimal) -> None:
    up, down, tick = up_to_tick(price), down_to_tick(price), tick_size(price)

    assert down <= price <= up
    assert up - down in {Decimal(0), tick}
    assert up == (price / tick).to_integral_value(ROUND_CEILING) * tick
    assert down == (price / tick).to_integral_value(ROUND_FLOOR) * tick


@given(prices)
def test_a_price_on_its_tick_stays(price: Decimal) -> None:
    on_tick = down_to_tick(price)

    assert up_to_tick(on_tick) == down_to_tick(on_tick) == on_tick


def test_noise_beyond_six_decimals_moves_no_tick() -> None:
    assert up_to_tick(usd("24.4100000004")) == usd("24.41")
    assert down_to_tick(usd("24.4099999996")) == usd("24.41")
    assert up_to_tick(usd("24.410001")) == usd("24.42")


@given(prices)
def test_a_fill_price_has_four_decimals_half_to_even(price: Decimal) -> None:
    filled = fill_price(price)

    assert filled == price.quantize(Decimal("0.0001"), ROUND_HALF_EVEN)
    assert abs(filled - price) <= Decimal("0.00005")


def test_a_fill_halfway_between_goes_to_the_even_neighbour() -> None:
    assert [fill_price(usd("1.00005")), fill_price(usd("1.00015"))] == [
        usd("1.0000"),
        usd("1.0002"),
    ]


@given(
    quantity=st.decimals(-10, 100_000, places=8),
    lot=st.sampled_from([Decimal(1), Decimal("0.0001"), Decimal(100)]),
)
def test_a_quantity_is_floored_to_its_lot(quantity: Decimal, lot: Decimal) -> None:
    floored = floor_to_lot(quantity, lot)

    assert floored % lot == 0
    assert floored >= 0
    if quantity >= 0:
        assert floored <= quantity < floored + lot
    else:
        assert floored == 0
