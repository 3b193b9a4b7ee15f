"""What the figures of a journal hide: the spread of R, and the trades by what they had in common.

Shares are 0..1, amounts account currency; what cannot be computed is None.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from math import floor

from fin_agent.domain.indicators import total
from fin_agent.domain.journal import TradeRecord
from fin_agent.domain.money import ZERO, rounded
from fin_agent.domain.performance import DayResult
from fin_agent.domain.session import NEW_YORK

_EDGES = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Trades whose R is at least ``from_r`` and below ``to_r``; None is open-ended."""

    from_r: float | None
    to_r: float | None
    trades: int


@dataclass(frozen=True, slots=True)
class Slice:
    """The trades that share one value of a property."""

    value: str
    trades: int
    win_rate: float | None
    expectancy_r: float | None
    total_pnl: Decimal
    kpi_rate: float | None


@dataclass(frozen=True, slots=True)
class EquityPoint:
    """A session's end; ``drawdown`` is the fall from the highest equity before, a share."""

    day: DayResult
    drawdown: float
    trades: int


def buckets(trades: Sequence[TradeRecord]) -> list[Bucket]:
    """How the results spread, in R."""
    bounds = [None, *_EDGES, None]
    return [
        Bucket(low, high, sum(1 for trade in trades if _is_in(trade.r_multiple, low, high)))
        for low, high in pairwise(bounds)
    ]


def _is_in(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value < high)


def _hour(trade: TradeRecord) -> str:
    return f"{trade.entry_time.astimezone(NEW_YORK):%H}:00"


def _decile(trade: TradeRecord) -> str:
    low = min(90, 10 * floor(trade.composite / 10))
    return f"{low}-{low + 10}"


_PROPERTIES: Mapping[str, Callable[[TradeRecord], str]] = {
    "entry": lambda trade: trade.entry,
    "gap_class": lambda trade: trade.gap_class,
    "score_decile": _decile,
    "hour": _hour,
    "exit_reason": lambda trade: trade.exit_reason,
    "side": lambda trade: trade.side.value,
}


def slices(trades: Sequence[TradeRecord], catalysts: Mapping[str, str]) -> dict[str, list[Slice]]:
    """The trades by each property; ``catalysts`` says by plan id what was known of its news."""
    found = {name: _sliced(trades, value) for name, value in _PROPERTIES.items()}
    found["catalyst"] = _sliced(trades, lambda trade: catalysts.get(trade.plan_id, "unknown"))
    return found


def _sliced(trades: Sequence[TradeRecord], value_of: Callable[[TradeRecord], str]) -> list[Slice]:
    groups: dict[str, list[TradeRecord]] = {}
    for trade in trades:
        groups.setdefault(value_of(trade), []).append(trade)
    return [_slice(value, groups[value]) for value in sorted(groups)]


def _slice(value: str, trades: Sequence[TradeRecord]) -> Slice:
    count = len(trades)
    return Slice(
        value=value,
        trades=count,
        win_rate=rounded(sum(1 for trade in trades if trade.pnl > 0) / count),
        expectancy_r=rounded(total(trade.r_multiple for trade in trades) / count),
        total_pnl=sum((trade.pnl for trade in trades), ZERO),
        kpi_rate=rounded(sum(1 for trade in trades if trade.kpi) / count),
    )


def equity_curve(
    days: Sequence[DayResult], start: Decimal, trades: Sequence[TradeRecord]
) -> list[EquityPoint]:
    """Every session with its fall from the peak; ``start`` is the equity before the first."""
    counts: dict[object, int] = {}
    for trade in trades:
        counts[trade.session_date] = counts.get(trade.session_date, 0) + 1
    points, peak = [], start
    for day in days:
        peak = max(peak, day.equity)
        fall = rounded(float((peak - day.equity) / peak)) if peak > 0 else 0.0
        points.append(EquityPoint(day, fall, counts.get(day.session_date, 0)))
    return points
