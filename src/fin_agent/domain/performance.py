"""What a list of trades and daily results amounts to (strategy.md section 13).

Every ratio that cannot be computed is None: no trade is not a win rate of 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import sqrt

from fin_agent.domain.indicators import total
from fin_agent.domain.journal import NOT_FLAT, TradeRecord
from fin_agent.domain.money import ZERO, rounded

SESSIONS_PER_YEAR = 252
_TWO = 2


@dataclass(frozen=True, slots=True)
class DayResult:
    """Equity at a session's end and the session's result, account currency; zero days included."""

    session_date: date
    equity: Decimal
    pnl: Decimal


@dataclass(frozen=True, slots=True)
class Performance:
    """The figures of strategy.md section 13; shares are 0..1, drawdown is a positive share."""

    sessions: int
    trades: int
    wins: int
    losses: int
    win_rate: float | None
    profit_factor: float | None
    expectancy_r: float | None
    total_pnl: Decimal
    total_fees: Decimal
    start_equity: Decimal
    final_equity: Decimal
    total_return: float | None
    sharpe: float | None
    max_drawdown: float
    kpi_rate: float | None
    kpi_hits: int
    average_slippage_bps: float | None
    ambiguous: int
    not_flat_at_close: int


def measure(
    trades: Sequence[TradeRecord],
    days: Sequence[DayResult],
    start: Decimal,
    *,
    close_is_late: bool = True,
) -> Performance:
    """Fold trades and days into one set of figures.

    ``start`` is the equity before the first day. ``close_is_late`` is False for daily bars, where
    an exit at the close is the rule and not a position that failed to go flat.
    """
    gains = [t.pnl for t in trades if t.pnl > 0]
    losses = [t.pnl for t in trades if t.pnl < 0]
    hits = sum(1 for t in trades if t.kpi)
    final = days[-1].equity if days else start
    return Performance(
        sessions=len(days),
        trades=len(trades),
        wins=len(gains),
        losses=len(losses),
        win_rate=_ratio(len(gains), len(trades)),
        profit_factor=_profit_factor(gains, losses),
        expectancy_r=_mean([t.r_multiple for t in trades]),
        total_pnl=sum((t.pnl for t in trades), ZERO),
        total_fees=sum((t.fees for t in trades), ZERO),
        start_equity=start,
        final_equity=final,
        total_return=rounded(float(final / start - 1)) if start else None,
        sharpe=sharpe_ratio(daily_returns(days, start)),
        max_drawdown=max_drawdown([start, *(day.equity for day in days)]),
        kpi_rate=_ratio(hits, len(trades)),
        kpi_hits=hits,
        average_slippage_bps=_mean([t.slippage_bps for t in trades]),
        ambiguous=sum(1 for t in trades if t.ambiguous),
        not_flat_at_close=sum(1 for t in trades if close_is_late and t.exit_reason == NOT_FLAT),
    )


def daily_returns(days: Sequence[DayResult], start: Decimal) -> list[float]:
    """Each day's result over the equity at its open, days without trades included."""
    before = [start, *(day.equity for day in days)]
    return [float(day.pnl / equity) for day, equity in zip(days, before, strict=False) if equity]


def sharpe_ratio(returns: Sequence[float]) -> float | None:
    """Mean / sd (ddof 1) x sqrt(252); None below two days or without variance."""
    n = len(returns)
    if n < _TWO or min(returns) == max(returns):
        return None
    mean = total(returns) / n
    variance = total((value - mean) ** 2 for value in returns) / (n - 1)
    return rounded(mean / sqrt(variance) * sqrt(SESSIONS_PER_YEAR)) if variance > 0 else None


def max_drawdown(equity: Sequence[Decimal]) -> float:
    """The deepest fall from a peak as a share of the peak, 0 when equity never fell."""
    peak, deepest = equity[0], ZERO
    for value in equity:
        peak = max(peak, value)
        if peak > 0:
            deepest = max(deepest, (peak - value) / peak)
    return rounded(float(deepest))


def _ratio(part: int, whole: int) -> float | None:
    return rounded(part / whole) if whole else None


def _mean(values: Sequence[float]) -> float | None:
    return rounded(total(values) / len(values)) if values else None


def _profit_factor(gains: Sequence[Decimal], losses: Sequence[Decimal]) -> float | None:
    lost = -sum(losses, ZERO)
    return rounded(float(sum(gains, ZERO) / lost)) if lost else None
