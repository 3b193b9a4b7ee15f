"""The spread of R, the trades by what they had in common, and the equity with its falls."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from fin_agent.domain.breakdown import buckets, equity_curve, slices
from fin_agent.domain.performance import DayResult
from fin_agent.testing.builders import DAY, a_trade, usd


@given(st.lists(st.floats(-50, 50), max_size=30))
def test_every_trade_is_in_one_bucket(multiples: list[float]) -> None:
    found = buckets([a_trade(r_multiple=multiple) for multiple in multiples])

    assert sum(bucket.trades for bucket in found) == len(multiples)


def test_a_bucket_holds_its_lower_edge() -> None:
    found = {bucket.from_r: bucket.trades for bucket in buckets([a_trade(-10, -1.0), a_trade()])}

    assert (found[-1.0], found[1.0]) == (1, 1)
    assert sum(found.values()) == 2


def test_trades_by_what_they_had_in_common() -> None:
    won = replace(a_trade(30, 3.0, kpi=True), entry="vwap", composite=100.0)
    lost = a_trade(-10, -1.0, exit_reason="stop", kpi=False)
    found = slices([won, lost, lost], {won.plan_id: "earnings"})

    assert [(one.value, one.trades) for one in found["entry"]] == [("market", 2), ("vwap", 1)]
    assert [one.value for one in found["score_decile"]] == ["60-70", "90-100"]
    assert [one.value for one in found["hour"]] == ["09:00"]
    market, vwap = found["entry"]
    assert (market.win_rate, market.expectancy_r, market.total_pnl) == (0.0, -1.0, usd(-20))
    assert (vwap.win_rate, vwap.kpi_rate) == (1.0, 1.0)


def test_news_of_a_plan_that_nobody_knows_are_unknown() -> None:
    (one,) = slices([a_trade()], {})["catalyst"]

    assert one.value == "unknown"


def test_the_equity_falls_from_its_peak() -> None:
    days = [
        DayResult(DAY + timedelta(days=number), usd(equity), usd(0))
        for number, equity in enumerate((110, 88, 121))
    ]
    points = equity_curve(days, usd(100), [a_trade(day=DAY), a_trade(symbol="B", day=DAY)])

    assert [point.drawdown for point in points] == [0.0, 0.2, 0.0]
    assert [point.trades for point in points] == [2, 0, 0]
    (broke,) = equity_curve([DayResult(DAY, usd(0), usd(0))], usd(0), [])
    assert broke.drawdown == 0.0
