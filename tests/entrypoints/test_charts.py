"""The HTML reports are one file, whole, offline and harmless; plotly itself accepts the figures."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pytest
from plotly.offline import get_plotlyjs

from fin_agent.domain.errors import StateUnavailable
from fin_agent.domain.market import Side
from fin_agent.domain.performance import DayResult
from fin_agent.entrypoints.cli.chart_run import drawdowns
from fin_agent.entrypoints.cli.charts import write_day_html, write_run_html, write_whole
from tests.entrypoints.report_days import BARS, DAY, RULES, TinyRun, a_run, an_empty_run

FIGURE = re.compile(r'<script type="application/json" id="([\w-]+)-data">(.*?)</script>', re.DOTALL)


@pytest.fixture(scope="module")
def tiny() -> TinyRun:
    return a_run()


def day_page(tiny: TinyRun, folder: Path, **changes: Any) -> str:
    path = folder / "deep" / "day.html"
    day = replace(tiny.day, **changes)
    write_day_html(path, day, BARS, RULES, currency="EUR", simulated=True)
    return path.read_text(encoding="utf-8").replace(get_plotlyjs(), "PLOTLY")


def run_page(tiny: TinyRun, folder: Path, **changes: Any) -> str:
    path = folder / "run.html"
    run = replace(tiny.run, **changes)
    write_run_html(path, run, DAY, DAY, currency="EUR")
    return path.read_text(encoding="utf-8").replace(get_plotlyjs(), "PLOTLY")


def figures(page: str) -> dict[str, Any]:
    found = {name: json.loads(text) for name, text in FIGURE.findall(page)}
    for figure in found.values():
        go.Figure(figure)  # raises on a property that plotly does not know
    return found


def test_day_page_is_one_offline_file(tiny: TinyRun, tmp_path: Path) -> None:
    page = day_page(tiny, tmp_path)

    assert page.count("PLOTLY") == 1
    assert "http:" not in page
    assert "https:" not in page
    assert not re.search(r"\b(src|href)=", page)
    assert "default-src 'none'" in page


def test_day_page_shows_every_plan(tiny: TinyRun, tmp_path: Path) -> None:
    page = day_page(tiny, tmp_path)

    drawn = figures(page)
    assert set(drawn) == {"funnel", "scores", "equity", *(f"symbol-{n}" for n in range(5))}
    assert "SIMULATED" in page
    assert tiny.day.decision_hash in page
    assert "WIN long, market: +21.21 EUR (+2.98 R), target reached" in page
    assert "TWO long, vwap: refused at its trigger: exposure cap, cash" in page


def test_traded_symbol_has_candles_vwap_levels_and_fills(tiny: TinyRun, tmp_path: Path) -> None:
    drawn = figures(day_page(tiny, tmp_path))["symbol-2"]

    names = [trace["name"] for trace in drawn["data"]]
    assert names[:3] == ["price", "volume", "VWAP"]
    assert names[-2:] == ["entry", "exit"]
    assert "stop 20.78" in names
    entry = drawn["data"][-2]
    assert entry["x"] == ["2025-12-19T09:31:00"]
    assert entry["text"] == ["entry 12 at 21.4307, 09:31"]
    assert drawn["layout"]["shapes"][0]["name"] == "opening range"


def test_equity_ends_where_the_day_ended(tiny: TinyRun, tmp_path: Path) -> None:
    curve = figures(day_page(tiny, tmp_path))["equity"]["data"][0]

    assert curve["y"][0] == 500
    assert curve["y"][-1] == pytest.approx(float(tiny.day.result.equity), abs=1e-4)
    assert len(curve["y"]) == tiny.day.session.minutes + 1


def test_short_positions_gain_when_prices_fall(tiny: TinyRun, tmp_path: Path) -> None:
    short = [replace(trade, side=Side.SHORT) for trade in tiny.day.trades]
    drawn = figures(day_page(tiny, tmp_path, trades=short))

    assert drawn["equity"]["data"][0]["y"][-1] < 500
    assert drawn["symbol-2"]["data"][-2]["marker"]["symbol"] == "triangle-down"


def test_hostile_text_stays_text(tiny: TinyRun, tmp_path: Path) -> None:
    page = day_page(tiny, tmp_path)

    assert "<b>beats" not in page
    assert "&lt;/script&gt;&lt;b&gt;beats&lt;/b&gt; [31mred" in page
    assert page.count("</script>") == page.count("<script")
    assert not set(page) & {"\x1b", "\u202e", "\x9b"}


def test_day_without_plans_has_a_page(tmp_path: Path) -> None:
    page = day_page(an_empty_run(), tmp_path)

    assert set(figures(page)) == {"funnel", "scores", "equity"}


def test_symbol_without_bars_shows_its_levels(tiny: TinyRun, tmp_path: Path) -> None:
    path = tmp_path / "bare.html"
    write_day_html(path, tiny.day, {}, RULES, currency="EUR")

    drawn = figures(path.read_text(encoding="utf-8").replace(get_plotlyjs(), ""))["symbol-4"]
    assert [label["text"] for label in drawn["layout"]["annotations"]] == [
        "reference 52.34",
        "stop 50.77",
        "target 57.04",
    ]


def test_run_page_has_every_figure_and_trade(tiny: TinyRun, tmp_path: Path) -> None:
    page = run_page(tiny, tmp_path)

    drawn = figures(page)
    assert set(drawn) == {"equity", "r", "calendar", "verdicts", *(f"by-{n}" for n in range(4))}
    assert page.count("<tr>") == 1 + len(tiny.run.trades)
    assert 'class="gain" data-v="21.2' in page
    assert "fills by the paper broker&#x27;s rules" in page
    assert "SIMULATED" not in page


def test_run_without_trades_leaves_their_figures_out(tmp_path: Path) -> None:
    assert set(figures(run_page(an_empty_run(), tmp_path))) == {"equity", "verdicts"}


def test_calendar_has_a_band_for_each_year(tiny: TinyRun, tmp_path: Path) -> None:
    days = [DayResult(DAY + timedelta(days=7 * n), Decimal(500 + n), Decimal(n)) for n in range(20)]
    drawn = figures(run_page(tiny, tmp_path, days=days))

    assert [band["yaxis"] for band in drawn["calendar"]["data"]] == ["y", "y2"]
    assert drawn["calendar"]["data"][0]["z"][4] == [0, 1]


def test_drawdown_is_measured_from_the_peak() -> None:
    assert drawdowns(100.0, [110.0, 99.0, 121.0]) == [0.0, -10.0, 0.0]
    assert drawdowns(0.0, [0.0]) == [0.0]


def test_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    write_whole(path, "first")
    write_whole(path, "second")

    assert path.read_text() == "second"
    assert [item.name for item in tmp_path.iterdir()] == ["page.html"]


def test_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, no folder")
    path = tmp_path / "taken" / "page.html"

    with pytest.raises(StateUnavailable, match=str(path)):
        write_whole(path, "text")


def test_file_is_kept_when_the_new_one_fails(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.mkdir()

    with pytest.raises(StateUnavailable):
        write_whole(path, "text")
    assert [item.name for item in tmp_path.iterdir()] == ["page.html"]
