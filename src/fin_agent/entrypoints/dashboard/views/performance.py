"""Performance: what the journal amounts to, how sure that is, and whether the choice was luck."""

import streamlit as st

from fin_agent.entrypoints.api.models.journal import (
    Figures,
    Interval,
    Performance,
    RandomPick,
    Slice,
)
from fin_agent.entrypoints.dashboard.client import Client
from fin_agent.entrypoints.dashboard.components.account import currency_of
from fin_agent.entrypoints.dashboard.components.markup import Card, Column, cards, table, tone_of
from fin_agent.entrypoints.dashboard.components.result_charts import (
    calendar_chart,
    equity_chart,
    interval_chart,
    r_chart,
    slice_chart,
)
from fin_agent.entrypoints.dashboard.components.runs import choose_run
from fin_agent.entrypoints.dashboard.components.showing import chart, empty, value_of
from fin_agent.entrypoints.dashboard.trader_words import exit_words
from fin_agent.entrypoints.dashboard.words import (
    in_r,
    inert,
    money,
    number,
    percent,
    plural,
    share,
)

_SLICES = {
    "entry": "Entry",
    "gap_class": "Gap class",
    "catalyst": "Catalyst",
    "score_decile": "Score",
    "hour": "Hour",
    "exit_reason": "Exit",
    "side": "Side",
}
_FIGURES = {
    "expectancy_r": ("average result of a trade, R", in_r),
    "win_rate": ("win rate", lambda value: share(value, 1)),
    "daily_pnl": ("result of a session", lambda value: money(value, sign=True)),
}
_CALIBRATED_FROM = 100


def render(client: Client) -> None:
    """The page."""
    st.title("Performance")
    run = choose_run(client, "performance-run")
    found = value_of(client.read(Performance, "/v1/performance", {"run": run}))
    if found is None:
        return
    if not found.figures.trades:
        empty("No closed trade yet.", "Look again after a session, or choose another run above.")
        if not found.equity:
            return
    currency = currency_of(client)
    _figures(found.figures, currency)
    _equity(found, currency)
    if found.figures.trades:
        _results(found)
        _slices(found)
        _sureness(found)
        _random(found.random_pick)


def _figures(figures: Figures, currency: str) -> None:
    few = "under 2 sessions, or all alike"
    lossless = "no losing trade to divide by"
    cards(
        [
            Card(
                "result", money(figures.total_pnl, currency, sign=True), tone_of(figures.total_pnl)
            ),
            Card("equity at the last close", money(figures.final_equity, currency)),
            Card("won", f"{share(figures.win_rate)} of {plural(figures.trades, 'trade')}"),
            Card("average", in_r(figures.expectancy_r), tone_of(figures.expectancy_r)),
            Card(
                "profit factor",
                number(figures.profit_factor),
                why="" if figures.profit_factor is not None else lossless,
            ),
            Card("Sharpe", number(figures.sharpe), why="" if figures.sharpe is not None else few),
            Card("deepest drawdown", percent(-100 * figures.max_drawdown, 1)),
            Card(
                "+7 % before -3 %",
                f"{share(figures.kpi_rate)}, {plural(figures.kpi_hits, 'trade')}",
            ),
            Card("slip on entries, bps", number(figures.average_slippage_bps, 1, sign=True)),
            Card("fees", money(figures.total_fees)),
        ]
    )
    if figures.trades < _CALIBRATED_FROM:
        st.caption(
            f"{plural(figures.trades, 'trade')} in {plural(figures.sessions, 'session')}: under"
            f" {_CALIBRATED_FROM} trades these figures say little."
        )


def _equity(found: Performance, currency: str) -> None:
    st.subheader("Equity and drawdown")
    if not found.equity:
        empty("No closed session yet.", "The curve begins at the first close.")
        return
    figure = equity_chart(found.figures.start_equity, found.equity, currency)
    chart("Equity at each session's end and the fall from its peak", figure, "equity")
    st.subheader("Calendar")
    years = sorted({point.session_date.year for point in found.equity}, reverse=True)
    year = years[0]
    if len(years) > 1:
        year = st.selectbox("Year", years, key="calendar-year")
    chart(f"Results of {year} by day", calendar_chart(found.equity, year, currency), "calendar")


def _results(found: Performance) -> None:
    st.subheader("Results in R")
    figure = r_chart(found.r_distribution, found.figures.expectancy_r)
    chart("How many trades ended in each band of R", figure, "r")


def _slices(found: Performance) -> None:
    st.subheader("Where results come from")
    known = {str(name): parts for name, parts in found.slices.items()}
    shown = {name: parts for name in _SLICES if (parts := known.get(name))}
    tabs = st.tabs([_SLICES[name] for name in shown])
    for tab, (name, parts) in zip(tabs, shown.items(), strict=True):
        with tab:
            chart(f"Average R by {_SLICES[name].lower()}", slice_chart(parts), f"slice-{name}")
            _slice_table(name, parts)


def _slice_table(name: str, parts: list[Slice]) -> None:
    say = exit_words if name == "exit_reason" else str
    table(
        f"Results by {_SLICES[name].lower()}",
        [
            Column(_SLICES[name].lower(), "word"),
            Column("trades"),
            Column("won"),
            Column("average"),
            Column("result"),
            Column("+7 % before -3 %"),
        ],
        [
            [
                say(part.value),
                str(part.trades),
                share(part.win_rate),
                in_r(part.expectancy_r),
                money(part.total_pnl, sign=True),
                share(part.kpi_rate),
            ]
            for part in parts
        ],
    )


def _sureness(found: Performance) -> None:
    st.subheader("How sure that is")
    st.caption("95 % intervals of a block bootstrap over sessions: other orders of the same weeks.")
    for column, interval in zip(
        st.columns(max(1, len(found.intervals))), found.intervals, strict=False
    ):
        with column:
            _interval(interval)


def _interval(interval: Interval) -> None:
    name, say = _FIGURES[interval.figure]
    if interval.low is None or interval.high is None:
        cards([Card(name, say(interval.value), why="too few sessions for an interval")])
        return
    cards([Card(name, say(interval.value), why=f"{say(interval.low)} to {say(interval.high)}")])
    chart(f"Interval of the {name}", interval_chart(interval), f"interval-{interval.figure}")


def _random(found: RandomPick) -> None:
    st.subheader("Against random picks of the same funnel")
    if found.chosen_pct is None or found.random_pct is None:
        empty(
            "No comparison yet.", f"{found.why_not or 'It needs scans with more than the picks'}."
        )
        return
    cards(
        [
            Card("our picks, open to close", percent(found.chosen_pct, sign=True)),
            Card("random picks", percent(found.random_pct, sign=True)),
            Card("better than", f"{share(found.better_than_share)} of random picks"),
            Card("sessions compared", str(found.sessions)),
        ]
    )
    st.caption(
        inert(
            "Both sides are the move from open to close without stops: what the choice was worth."
            " Near 50 % the choice did no better than chance."
        )
    )
