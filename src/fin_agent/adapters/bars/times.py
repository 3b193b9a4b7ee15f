"""Reads the time column of a file and tells daily bars from minute bars.

Everything becomes microseconds since 1970 in UTC; times without a zone are taken as UTC.
"""

import contextlib
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fin_agent.adapters.bars.reading_files import TIMES, SourceFile
from fin_agent.adapters.bars.rounding import Flags, Ints

_SECOND_US = 1_000_000
MINUTE_US = 60 * _SECOND_US
DAY_US = 1440 * MINUTE_US
_NEW_YORK = "America/New_York"
_SAME_SHARE = 0.95  # of the spacings that are multiples of the commonest one
_ENOUGH = 20  # spacings from which a coarser resolution is certain


@dataclass(frozen=True, slots=True)
class FileTimes:
    """Microseconds since 1970 in UTC, 0 where ``missing``; ``zone`` is None when none was given."""

    column: str
    microseconds: Ints
    missing: Flags
    zone: str | None
    are_dates: bool


def read_times(source: SourceFile, resolution: str | None) -> FileTimes:
    """The time of each row, from ``timestamp``, or from ``date`` when that is all or asked for.

    Raises:
        CorruptData: the column holds something else than dates or times.
    """
    preferred = TIMES[::-1] if resolution == "1d" else TIMES
    column = next(name for name in preferred if name in source.columns)
    data = source.table[column]
    if pa.types.is_dictionary(data.type):
        data = data.cast(data.type.value_type)
    if pa.types.is_string(data.type) or pa.types.is_large_string(data.type):
        data = _parsed(source, column, data)
    are_dates = pa.types.is_date(data.type)
    if not are_dates and not pa.types.is_timestamp(data.type):
        source.refuse(f"column {column} is {data.type}", "give ISO dates or times")
    zone = None if are_dates else data.type.tz
    stamps = data.cast(pa.timestamp("us", tz=zone), safe=False)
    missing = stamps.is_null().to_numpy(zero_copy_only=False)
    whole = stamps.cast(pa.int64()).fill_null(0).to_numpy()
    return FileTimes(column, whole, missing, zone, are_dates)


def _parsed(source: SourceFile, column: str, texts: pa.ChunkedArray) -> pa.ChunkedArray:
    texts = pc.utf8_trim_whitespace(texts)
    texts = pc.if_else(pc.equal(texts, ""), pa.scalar(None, texts.type), texts)
    for kind in (pa.date32(), pa.timestamp("ns"), pa.timestamp("ns", tz="UTC")):
        with contextlib.suppress(pa.ArrowInvalid):
            return texts.cast(kind)
    example = next(text.as_py() for text in texts if text.is_valid)
    return source.refuse(
        f"column {column} holds no ISO dates or times throughout (the first is {example!r})",
        "write 2025-01-31 or 2025-01-31T14:30:00Z",
    )


def as_days(times: FileTimes) -> Ints | None:
    """Days since 1970 when every time is a midnight in UTC, its own zone or New York."""
    present = times.microseconds[~times.missing]
    if times.are_dates or not (present % DAY_US).any():
        return times.microseconds // DAY_US
    if times.zone is None or (present % (15 * MINUTE_US)).any():
        return None
    for zone in (times.zone, _NEW_YORK):
        local = _local(times.microseconds, zone)
        if local is not None and not (local[~times.missing] % DAY_US).any():
            return local // DAY_US
    return None


def _local(microseconds: Ints, zone: str) -> Ints | None:
    distinct, place = np.unique(microseconds, return_inverse=True)
    try:
        local = ZoneInfo(zone)
        moments = [datetime.fromtimestamp(stamp, local) for stamp in (distinct // _SECOND_US)]
    except (ZoneInfoNotFoundError, ValueError, OverflowError, OSError):
        return None  # an offset such as +02:00, or times that are none
    offsets = np.array([moment.utcoffset() for moment in moments], "timedelta64[us]")
    return microseconds + offsets.astype(np.int64)[place]


def spacing_us(codes: Ints, microseconds: Ints) -> tuple[int | None, bool]:
    """The commonest step between bars of a symbol, and whether there are enough to be sure.

    None when the steps are no multiples of it, as in one-minute data of thin trading.
    """
    order = np.lexsort((microseconds, codes))
    same = codes[order][1:] == codes[order][:-1]
    steps = np.diff(microseconds[order])[same]
    steps = steps[steps > 0]
    if not len(steps):
        return None, False
    sizes, counts = np.unique(steps, return_counts=True)
    commonest = int(sizes[counts.argmax()])
    regular = float((steps % commonest == 0).mean()) >= _SAME_SHARE
    return (commonest if regular else None), len(steps) >= _ENOUGH


def guessed_resolution(
    source: SourceFile, times: FileTimes, codes: Ints, asked: str | None, *, daily: bool
) -> str:
    """The resolution of a file, ``1d`` or ``1m``; ``daily`` when every time is a date.

    Raises:
        CorruptData: neither fits, or not the one asked for.
    """
    if asked == "1d" and not daily:
        source.refuse(
            f"column {times.column} has times of day, daily bars have dates",
            "import it as one-minute bars, or reduce it to dates",
        )
    if daily and asked != "1m":
        return "1d"
    if times.are_dates:
        source.refuse(f"column {times.column} holds dates, one-minute bars have times", "drop 1m")
    present = ~times.missing
    step, sure = spacing_us(codes[present], times.microseconds[present])
    if step is not None and step != MINUTE_US and (sure or asked is None):
        remedy = "fetch one-minute bars"
        if not sure:
            remedy += ", or say --resolution 1m if these are minutes of thin trading"
        source.refuse(f"bars are {_spoken(step)} apart; the agent stores 1m and 1d", remedy)
    return "1m"


def _spoken(step_us: int) -> str:
    if step_us < MINUTE_US:
        return f"{step_us / _SECOND_US:g} seconds"
    return "a day" if step_us == DAY_US else f"{step_us / MINUTE_US:g} minutes"
