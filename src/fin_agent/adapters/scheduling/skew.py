"""How far our clock is from a broker's or provider's, as far as one answer can prove it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

_WARN_S = 1.0  # reliability row 57
_NO_ENTRIES_S = 5.0  # reliability row 57
_USABLE_S = 1.0  # an answer that took two seconds says little


class SkewLevel(StrEnum):
    """What to do about it."""

    FINE = "fine"
    WARN = "warn"
    NO_ENTRIES = "no entries"
    UNKNOWN = "unknown"  # ask again


@dataclass(frozen=True, slots=True)
class ClockSkew:
    """``seconds`` that our clock is ahead (negative: behind), give or take ``uncertainty_s``."""

    seconds: float
    uncertainty_s: float
    level: SkewLevel

    def __str__(self) -> str:
        side = "ahead of" if self.seconds > 0 else "behind"
        exact = f"{abs(self.seconds):.1f} s {side} the provider's"
        return f"our clock is {exact}, give or take {self.uncertainty_s:.1f} s: {self.level.value}"


def judge_skew(
    sent: datetime,
    received: datetime,
    theirs: datetime,
    resolution: timedelta = timedelta(0),
) -> ClockSkew:
    """Compare clocks by one request: our times before and after it, and the time it answered.

    ``resolution`` is what the provider cuts off: one second for an HTTP ``Date`` header.
    """
    most = (received - theirs).total_seconds()
    least = (sent - theirs - resolution).total_seconds()
    middle, spread = (most + least) / 2, (most - least) / 2
    proved = abs(middle) - spread
    if spread < 0:  # our own clock was set back meanwhile
        level = SkewLevel.UNKNOWN
    elif proved > _NO_ENTRIES_S:
        level = SkewLevel.NO_ENTRIES
    elif spread > _USABLE_S:
        level = SkewLevel.UNKNOWN
    else:
        level = SkewLevel.WARN if proved > _WARN_S else SkewLevel.FINE
    return ClockSkew(middle, abs(spread), level)
