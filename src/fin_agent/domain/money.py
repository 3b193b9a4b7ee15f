"""Prices on their tick, quantities on their lot, amounts in decimals.

Comparisons use floats rounded to 6 decimals (``rounded``), orders use decimals.
Both follow strategy.md, "Numbers"; the columnar code in ``adapters.bars`` rounds the same way.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

ZERO = Decimal(0)
WHOLE_SHARE = Decimal(1)
FRACTION_OF_SHARE = Decimal("0.0001")

_CENT = Decimal("0.01")
_SUB_CENT = Decimal("0.0001")
_NOISE = Decimal("0.000001")
_FILL_STEP = Decimal("0.0001")
_MILLION = 1e6
_EXACT = 1e15  # beyond it floats have no 6th decimal to round


def rounded(value: float) -> float:
    """Cut float noise at 6 decimals, half to even, the same in scalar and columnar code."""
    return round(value * _MILLION) / _MILLION if abs(value) < _EXACT else value


def decimal_of(value: float) -> Decimal:
    """A float as the decimal a trader would read, noise cut at 6 decimals."""
    return Decimal(repr(value)).quantize(_NOISE, ROUND_HALF_EVEN).normalize()


def tick_size(price: Decimal) -> Decimal:
    """US equity tick in USD: 0.01 from 1 USD on, 0.0001 below (Regulation NMS, rule 612)."""
    return _CENT if price >= 1 else _SUB_CENT


def up_to_tick(price: Decimal) -> Decimal:
    """The first tick at or above a price in USD."""
    return _to_tick(price, ROUND_CEILING)


def down_to_tick(price: Decimal) -> Decimal:
    """The first tick at or below a price in USD."""
    return _to_tick(price, ROUND_FLOOR)


def _to_tick(price: Decimal, rounding: str) -> Decimal:
    clean = price.quantize(_NOISE, ROUND_HALF_EVEN)
    return clean.quantize(tick_size(clean), rounding)


def fill_price(price: Decimal) -> Decimal:
    """A fill or as-traded price in USD: 4 decimals, half to even."""
    return price.quantize(_FILL_STEP, ROUND_HALF_EVEN)


def floor_to_lot(quantity: Decimal, lot: Decimal) -> Decimal:
    """The largest multiple of the lot that is not above the quantity; 0 if negative."""
    if quantity <= 0:
        return ZERO
    return (quantity / lot).to_integral_value(ROUND_FLOOR) * lot
