"""Columnar rounding: the same answers as ``domain.money`` and ``domain.events``, many at a time.

Only what cannot be decided in floats falls back to the scalar definition.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from fin_agent.domain.events import significant
from fin_agent.domain.money import decimal_of, fill_price

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_MILLION = 1e6
_EXACT = 1e15  # beyond it floats have no 6th decimal to round
_TEN_THOUSAND = 1e4  # below it 6 decimals are at most 10 significant digits
_NEAR_A_TIE = 0.499  # a float product may end on the wrong side of x.5
_SAFE = 1e12  # up to here the product's own error stays below that margin
_HALF = 50
_LARGEST, _SMALLEST = 1e10, 100  # millionths that ``repr`` writes with neither exponent nor loss
_FEW = 32  # values for which columns cost more than they save


def rounded_column(values: Floats) -> Floats:
    """``money.rounded`` of every value: 6 decimals, half to even, never minus zero."""
    with np.errstate(all="ignore"):
        result: Floats = values * _MILLION
        np.rint(result, out=result)
        result /= _MILLION
        result += 0.0
        huge = np.abs(values) >= _EXACT
    if huge.any():
        result[huge] = values[huge]
    return result


def four_decimals(prices: Floats) -> Floats:
    """``money.fill_price`` of every finite price in USD: 4 decimals, half to even, noise cut."""
    scaled = prices * _MILLION
    millionths = np.rint(scaled)
    with np.errstate(invalid="ignore"):  # a price too large for an integer is doubtful below
        steps, rest = np.divmod(millionths.astype(np.int64), 100)
    up = (rest > _HALF) | ((rest == _HALF) & (steps & 1 == 1))
    result: Floats = (steps + up) / _TEN_THOUSAND
    doubtful = (np.abs(scaled - millionths) > _NEAR_A_TIE) | (millionths > _SAFE)
    for index in np.flatnonzero(doubtful).tolist():
        result[index] = float(fill_price(decimal_of(float(prices[index]))))
    return result


def ten_digits(values: Floats) -> list[float]:
    """``events.significant`` of every value."""
    result: list[float] = values.tolist()
    if len(result) <= _FEW:
        return [significant(value) for value in result]
    for index in np.flatnonzero(~_has_ten_digits(values)).tolist():
        result[index] = significant(result[index])
    return result


def number_texts(values: Floats) -> list[str]:
    """The values at 10 significant digits as canonical JSON.

    Raises:
        ValueError: a value is not finite; canonical JSON has no text for it.
    """
    if not np.isfinite(values).all():
        raise ValueError("a measured value is not finite")
    if len(values) <= _FEW:
        return [*map(repr, ten_digits(values))]
    sizes = np.abs(values)
    with np.errstate(over="ignore"):
        millionths = np.rint(sizes * _MILLION)
    is_plain = (millionths < _LARGEST) & ((millionths >= _SMALLEST) | (millionths == 0))
    is_plain &= millionths / _MILLION == sizes
    others = np.flatnonzero(~is_plain).tolist()
    millionths[others] = 0.0
    texts = _digits(millionths.astype(np.int64), np.signbit(values)).split(",")
    for index in others:
        texts[index] = repr(significant(float(values[index])))
    return texts


def _has_ten_digits(values: Floats) -> Flags:
    with np.errstate(all="ignore"):
        is_exact = np.rint(values * _MILLION) / _MILLION == values
    return np.asarray(is_exact & (np.abs(values) < _TEN_THOUSAND))


Cells = npt.NDArray[np.uint32]


def _cells(texts: Iterable[str]) -> tuple[Cells, Cells]:
    """Texts of four characters as one number each, and which characters are kept (not blank)."""
    letters = np.frombuffer("".join(texts).encode("ascii"), np.uint8)
    kept = (letters != ord(" ")).astype(np.uint8)
    return letters.view(np.uint32), kept.view(np.uint32)


_SIGN, _SIGN_KEPT = _cells([",   ", ",-  "])
_WHOLE, _WHOLE_KEPT = _cells(f"{number:4d}" for number in range(10_000))
_HIGH, _ = _cells(f".{number:03d}" for number in range(1000))
_, _HIGH_TRIMMED = _cells(f".{f'{number:03d}'.rstrip('0') or '0':3s}" for number in range(1000))
_LOW, _ = _cells(f"{number:03d} " for number in range(1000))
_, _LOW_TRIMMED = _cells(f"{f'{number:03d}'.rstrip('0'):4s}" for number in range(1000))
_ALL_KEPT = np.uint32(0x01010101)


def _digits(millionths: Ints, is_negative: Flags) -> str:
    """Texts of multiples of 0.000001 below 10,000, as ``repr`` writes them but 4x faster."""
    whole, rest = np.divmod(millionths, 1_000_000)
    high, low = np.divmod(rest, 1000)
    text, kept = np.empty((2, len(whole), 4), np.uint32)
    text[:, 0], kept[:, 0] = _SIGN[1], _SIGN_KEPT[is_negative.view(np.uint8)]
    text[:, 1], kept[:, 1] = _WHOLE[whole], _WHOLE_KEPT[whole]
    text[:, 2], kept[:, 2] = _HIGH[high], np.where(low == 0, _HIGH_TRIMMED[high], _ALL_KEPT)
    text[:, 3], kept[:, 3] = _LOW[low], _LOW_TRIMMED[low]
    letters: bytes = text.view(np.uint8)[kept.view(np.bool_)].tobytes()
    return letters[1:].decode("ascii")
