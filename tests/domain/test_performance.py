"""Trades and days become the figures of strategy.md section 13; what cannot be computed is None."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from math import sqrt
from statistics import mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.domain.performance import (
    DayResult,
    daily_returns,
    max_drawdown,
    measure,
    sharpe_ratio,
)
from fin_agent.testing.builders import a_trade, usd

FIRST = date(2025, 3, 3)


def days(*equities: float) -> list[DayResult]:
    """Days whose equity at the end is given; the first amount is the start."""
    return [
        DayResult(FIRST + timedelta(days=i), usd(after), usd(after) - usd(before))
        for i, (before, after) in enumerate(pairwise(equities))
    ]


def test_the_figures_of_some_trades() -> None:
    trades = [
        a_trade(30, 1.5, fees=1, slippage_bps=4, kpi=True),
        a_trade(-10, -1.0, fees=1, slippage_bps=8, exit_reason="stop", kpi=False, ambiguous=True),
        a_trade(0, 0.0, slippage_bps=0, exit_reason="flat"),
        a_trade(-5, -0.5, slippage_bps=0, exit_reason="close"),
    ]

    result = measure(trades, days(500, 530, 530, 515), usd(500))

    assert (result.sessions, result.trades, result.wins, result.losses) == (3, 4, 1, 2)
    assert (result.win_rate, result.profit_factor, result.expectancy_r) == (0.25, 2.0, 0.0)
    assert [result.total_pnl, result.total_fees] == [15, 2]
    assert [result.start_equity, result.final_equity] == [500, 515]
    assert (result.total_return, result.max_drawdown) == (0.03, 0.028302)
    assert (result.kpi_hits, result.kpi_rate) == (1, 0.25)
    assert (result.average_slippage_bps, result.ambiguous) == (3.0, 1)
    assert result.not_flat_at_close == 1


def test_with_daily_bars_an_exit_at_the_close_is_the_rule() -> None:
    trades = [a_trade(exit_reason="close")]

    assert measure(trades, days(500, 510), usd(500), close_is_late=False).not_flat_at_close == 0


def test_without_trades_there_is_no_rate() -> None:
    result = measure([], days(500, 500), usd(500))

    assert (result.sessions, result.trades, result.total_return) == (1, 0, 0.0)
    assert [
        result.win_rate,
        result.profit_factor,
        result.expectancy_r,
        result.kpi_rate,
        result.average_slippage_bps,
        result.sharpe,
    ] == [None] * 6


def test_without_days_or_money_there_is_no_return() -> None:
    nothing = measure([], [], usd(0))

    assert (nothing.total_return, nothing.sharpe, nothing.max_drawdown) == (None, None, 0.0)
    assert nothing.final_equity == 0


def test_without_a_loss_there_is_no_profit_factor() -> None:
    assert measure([a_trade(10)], days(500, 510), usd(500)).profit_factor is None


def test_days_without_trades_are_days_with_a_return_of_zero() -> None:
    assert daily_returns(days(500, 510, 510, 459), usd(500)) == [0.02, 0.0, -0.1]


def test_a_day_that_begins_without_money_has_no_return() -> None:
    assert daily_returns(days(0, 100, 110), usd(0)) == [0.1]


@pytest.mark.parametrize("returns", [[], [0.01], [0.0, 0.0, 0.0], [0.1, 0.1, 0.1]])
def test_without_variance_there_is_no_sharpe_ratio(returns: list[float]) -> None:
    assert sharpe_ratio(returns) is None


@given(st.lists(st.sampled_from([-0.03, -0.01, 0.0, 0.005, 0.02]), min_size=2, max_size=60))
def test_the_sharpe_ratio_is_the_textbooks(returns: Sequence[float]) -> None:
    if len(set(returns)) > 1:
        expected = mean(returns) / stdev(returns) * sqrt(252)
        assert sharpe_ratio(returns) == pytest.approx(expected, abs=2e-6)


@pytest.mark.parametrize(
    ("equities", "deepest"),
    [
        ([500], 0.0),
        ([500, 510, 520], 0.0),
        ([500, 450], 0.1),  # the start is a peak as well
        ([500, 600, 540, 590, 550], 0.1),
        ([500, 400, 600, 450, 700], 0.25),
        ([0, 0], 0.0),
    ],
)
def test_the_drawdown_is_the_deepest_fall_from_a_peak(
    equities: list[float], deepest: float
) -> None:
    assert max_drawdown([usd(equity) for equity in equities]) == deepest
