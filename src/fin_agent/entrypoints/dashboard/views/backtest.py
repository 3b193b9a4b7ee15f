"""Backtest: run the day driver over many stored days, and compare what came of it."""

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st
from pydantic import ValidationError

from fin_agent.entrypoints.api.models.commands import (
    Backtest,
    BacktestAsked,
    BacktestResult,
    Backtests,
)
from fin_agent.entrypoints.api.models.journal import EquityPoint, Figures, Performance
from fin_agent.entrypoints.dashboard.client import Client
from fin_agent.entrypoints.dashboard.components.acting import (
    LOCKED,
    act,
    is_locked,
    problem_words,
    tell,
)
from fin_agent.entrypoints.dashboard.components.markup import (
    Cell,
    Column,
    Tone,
    notice,
    table,
    tone_of,
)
from fin_agent.entrypoints.dashboard.components.result_charts import compared_chart
from fin_agent.entrypoints.dashboard.components.showing import EVERY_S, chart, empty, value_of
from fin_agent.entrypoints.dashboard.words import (
    DASH,
    in_r,
    moment,
    money,
    number,
    percent,
    share,
)

_MOST_COMPARED = 6
_STATES: Mapping[str, Tone] = {"done": "gain", "failed": "loss", "running": "warn"}


def render(client: Client) -> None:
    """The page."""
    st.title("Backtest")
    _form(client)
    st.fragment(_runs, run_every=EVERY_S)(client)
    _compare(client)


def _form(client: Client) -> None:
    locked = is_locked(client)
    with st.form("backtest-form"):
        left, middle, right = st.columns(3)
        with left:
            first = st.date_input("First session", value=None, key="backtest-first")
        with middle:
            last = st.date_input("Last session", value=None, key="backtest-last")
        with right:
            bars = st.selectbox("Bars", ("minute", "daily"), key="backtest-bars")
        symbols = st.text_input(
            "Symbols (empty: the whole universe)", key="backtest-symbols", placeholder="AAPL, NVDA"
        )
        if st.form_submit_button("Run backtest", key="backtest", disabled=locked):
            _ask(client, asked_of(first, last, bars, symbols))
    if locked:
        st.caption(LOCKED)


def asked_of(first: object, last: object, bars: str, symbols: str) -> BacktestAsked | str:
    """The request, or what is wrong with it in one sentence."""
    if not isinstance(first, date) or not isinstance(last, date):
        return "Choose the first and the last session."
    names = [name.strip().upper() for name in symbols.split(",") if name.strip()]
    try:
        return BacktestAsked.model_validate(
            {"first": str(first), "last": str(last), "bars": bars, "symbols": names}
        )
    except ValidationError as error:
        return f"{problem_words(error)}."


def _ask(client: Client, asked: BacktestAsked | str) -> None:
    if isinstance(asked, str):
        notice("Nothing was started.", asked, "warn")
        return
    found = act(client, BacktestResult, "/v1/backtests", asked)
    if found is not None:
        tell(f"The backtest {found.backtest.name} was started; it appears below.")
    st.rerun()


def _runs(client: Client) -> None:
    st.subheader("Runs")
    found = value_of(client.read(Backtests, "/v1/backtests"))
    if found is None:
        return
    if not found.items:
        empty("No run yet.", "Start one above; it needs stored bars (fin-agent data import FILE).")
        return
    table(
        "Backtests and replays",
        [
            Column("run", "word"),
            Column("state", "word"),
            Column("from"),
            Column("to"),
            Column("asked for"),
            Column("problem", "long"),
        ],
        [_run(run) for run in found.items],
    )


def _run(run: Backtest) -> list[Cell | str]:
    return [
        run.name,
        Cell(run.state, _STATES.get(run.state, "")),
        run.first.isoformat() if run.first else DASH,
        run.last.isoformat() if run.last else DASH,
        moment(run.asked_at),
        run.problem or "",
    ]


def _compare(client: Client) -> None:
    found = client.read(Backtests, "/v1/backtests").value
    names = [run.name for run in found.items if run.state == "done"] if found else []
    if not names:
        return
    st.subheader("Compare")
    chosen = st.multiselect(
        "Runs", names, default=names[:1], max_selections=_MOST_COMPARED, key="backtest-runs"
    )
    runs: dict[str, Performance] = {}
    for name in chosen:
        performance = value_of(client.read(Performance, "/v1/performance", {"run": name}))
        if performance is not None:
            runs[name] = performance
    if not runs:
        return
    curves: dict[str, tuple[float, Sequence[EquityPoint]]] = {
        name: (run.figures.start_equity, run.equity) for name, run in runs.items()
    }
    chart("Equity of the runs in percent of their start", compared_chart(curves), "compared")
    _figures({name: run.figures for name, run in runs.items()})


def _figures(runs: Mapping[str, Figures]) -> None:
    table(
        "The runs side by side",
        [
            Column("run", "word"),
            Column("sessions"),
            Column("trades"),
            Column("won"),
            Column("average"),
            Column("profit factor"),
            Column("return"),
            Column("result"),
            Column("Sharpe"),
            Column("drawdown"),
            Column("+7 % before -3 %"),
            Column("ambiguous"),
        ],
        [
            [
                name,
                str(figures.sessions),
                str(figures.trades),
                share(figures.win_rate),
                in_r(figures.expectancy_r),
                number(figures.profit_factor),
                _return(figures.total_return),
                Cell(money(figures.total_pnl, sign=True), tone_of(figures.total_pnl)),
                number(figures.sharpe),
                percent(-100 * figures.max_drawdown, 1),
                share(figures.kpi_rate),
                str(figures.ambiguous),
            ]
            for name, figures in runs.items()
        ],
    )
    st.caption("A dash is a figure that cannot be computed; ambiguous: stop and target in one bar.")


def _return(value: float | None) -> str:
    return percent(None if value is None else 100 * value, sign=True)
