"""Charts are plain data: what is missing is not drawn as 0, and text from outside is inert."""

import json
from datetime import date
from math import isclose
from typing import Any

import plotly.graph_objects as go
import pytest

from fin_agent.entrypoints.api.models.journal import Bucket, EquityPoint, Interval, Slice
from fin_agent.entrypoints.api.models.scan import Contribution, FunnelStep
from fin_agent.entrypoints.api.models.status import LossGauge
from fin_agent.entrypoints.api.models.trading import Bars, Level
from fin_agent.entrypoints.dashboard.components.price_charts import candle_chart
from fin_agent.entrypoints.dashboard.components.result_charts import (
    calendar_chart,
    compared_chart,
    equity_chart,
    gauge_chart,
    interval_chart,
    r_chart,
    slice_chart,
)
from fin_agent.entrypoints.dashboard.components.scan_charts import (
    factor_chart,
    funnel_chart,
    waterfall_chart,
)
from tests.dashboard.answers import FUNNEL
from tests.dashboard.documents import BARS, CANDIDATE, CONTRIBUTIONS, NASTY

POINTS = [
    EquityPoint(session_date=date(2026, 3, 2), equity=510, pnl=10, drawdown=0, trades=1),
    EquityPoint(session_date=date(2026, 3, 3), equity=459, pnl=-51, drawdown=0.1, trades=2),
    EquityPoint(session_date=date(2026, 3, 5), equity=459, pnl=0, drawdown=0.1, trades=0),
]
SLICES = [
    Slice(value=NASTY, trades=2, win_rate=0.5, expectancy_r=-0.25, total_pnl=-1, kpi_rate=None),
    Slice(value="vwap", trades=0, win_rate=None, expectancy_r=None, total_pnl=0, kpi_rate=None),
]
LOSS = LossGauge(realised=-5.0, unrealised=None, cap=33.0, used=5.0, used_share=0.15, open_risk=3.0)
EVERY: dict[str, Any] = {
    "funnel": funnel_chart(59, FUNNEL, 2),
    "waterfall": waterfall_chart(CONTRIBUTIONS, 96.4),
    "factors": factor_chart([CANDIDATE], 50),
    "candles": candle_chart(BARS),
    "no candles": candle_chart(BARS.model_copy(update={"bars": [], "opening_range": None})),
    "nothing": candle_chart(
        BARS.model_copy(update={"bars": [], "opening_range": None, "levels": [], "fills": []})
    ),
    "equity": equity_chart(500, POINTS, "EUR"),
    "no equity": equity_chart(500, [], "EUR"),
    "compared": compared_chart({"a": (500, POINTS), "b": (0.0, [])}),
    "r": r_chart([Bucket(from_r=None, to_r=-1, trades=3)], None),
    "calendar": calendar_chart(POINTS, 2026, "EUR"),
    "empty calendar": calendar_chart(POINTS, 2020, "EUR"),
    "slices": slice_chart(SLICES),
    "interval": interval_chart(Interval(figure="win_rate", value=0.5, low=0.2, high=0.7)),
    "no interval": interval_chart(Interval(figure="win_rate", value=None, low=None, high=None)),
    "gauge": gauge_chart(LOSS, "EUR"),
}


def trace(plot: Any, place: int = 0) -> Any:
    return plot["data"][place]


def drawn(bars: Bars) -> Any:
    return candle_chart(bars)


@pytest.mark.parametrize("name", EVERY)
def test_a_chart_is_a_valid_figure_of_plain_numbers(name: str) -> None:
    plot = EVERY[name]

    json.dumps(plot, allow_nan=False)
    go.Figure(plot)


@pytest.mark.parametrize("name", EVERY)
def test_a_chart_has_no_background_of_its_own(name: str) -> None:
    layout = EVERY[name]["layout"]

    assert layout["paper_bgcolor"] == layout["plot_bgcolor"] == "rgba(0,0,0,0)"


def test_the_funnel_counts_down_to_what_was_picked() -> None:
    assert trace(EVERY["funnel"])["x"] == [59, 19, 9, 2, 2]


def test_a_rule_name_from_outside_is_text() -> None:
    plot = funnel_chart(1, [FunnelStep(rule=NASTY, rejected=1, left=0)], 0)

    assert "<img" not in json.dumps(plot)


def test_the_waterfall_ends_at_the_composite_and_names_what_is_absent() -> None:
    drawn = trace(EVERY["waterfall"])

    assert isclose(sum(drawn["y"]), 96.4, abs_tol=0.05)
    assert drawn["text"] == ["41.8", "33.3", "absent", "21.3", "96.4"]


def test_an_absent_factor_is_not_a_bar_of_nothing() -> None:
    sentiment = next(found for found in EVERY["factors"]["data"] if found["name"] == "sentiment")

    assert sentiment["x"] == [None]


def test_why_a_factor_is_absent_is_told_as_text() -> None:
    plot = waterfall_chart(
        [Contribution(factor="x", score=None, weight=1, points=0, absent=NASTY)], 0
    )

    assert "&lt;img" in json.dumps(plot)
    assert "<img" not in json.dumps(plot)


def test_a_far_level_does_not_squash_the_candles() -> None:
    low, high = EVERY["candles"]["layout"]["yaxis"]["range"]

    assert 27 < low < 28
    assert 30 < high < 32
    assert "target 45.00 (above)" in json.dumps(EVERY["candles"])


def test_a_near_level_is_inside_the_picture() -> None:
    near = BARS.model_copy(update={"levels": [Level(name="target", price=31.0)]})

    low, high = drawn(near)["layout"]["yaxis"]["range"]
    assert low < 31.0 < high


def test_drawdown_is_below_zero() -> None:
    assert trace(EVERY["equity"], 1)["y"] == pytest.approx([0, -10, -10])


def test_runs_are_compared_in_percent_of_their_start() -> None:
    assert trace(EVERY["compared"])["y"] == pytest.approx([2.0, -8.2, -8.2])


def test_a_day_without_a_session_is_a_hole_in_the_calendar() -> None:
    monday_to_friday = [row[0] for row in trace(EVERY["calendar"])["z"]]

    assert monday_to_friday == [10, -51, None, 0, None]


def test_an_open_band_says_so() -> None:
    assert trace(EVERY["r"])["customdata"] == ["below -1.00 R"]


def test_a_group_without_trades_is_left_out() -> None:
    assert len(trace(EVERY["slices"])["y"]) == 1
    assert "<img" not in json.dumps(EVERY["slices"])


def test_the_gauge_says_when_there_is_no_result() -> None:
    none = LOSS.model_copy(update={"realised": None})

    assert trace(gauge_chart(none, "EUR"))["text"] == ["no result yet"]
