"""Journal: closed trades, plan against actual, with the trader's own notes, tags and grades."""

from datetime import date

import streamlit as st

from fin_agent.entrypoints.api.models.journal import Journal, Trade, TradeStory
from fin_agent.entrypoints.api.models.trading import Bars
from fin_agent.entrypoints.dashboard.client import Client, Query
from fin_agent.entrypoints.dashboard.components.account import currency_of
from fin_agent.entrypoints.dashboard.components.exporting import export
from fin_agent.entrypoints.dashboard.components.manual_fill import manual_fill
from fin_agent.entrypoints.dashboard.components.markup import (
    Card,
    Cell,
    Column,
    cards,
    notice,
    table,
    tone_of,
)
from fin_agent.entrypoints.dashboard.components.note_editor import note_editor
from fin_agent.entrypoints.dashboard.components.price_charts import candle_chart
from fin_agent.entrypoints.dashboard.components.runs import choose_run
from fin_agent.entrypoints.dashboard.components.showing import SLOWLY_S, chart, empty, value_of
from fin_agent.entrypoints.dashboard.trader_words import exit_words
from fin_agent.entrypoints.dashboard.words import (
    DASH,
    clock,
    in_r,
    inert,
    moment,
    money,
    number,
    percent,
    plural,
    price,
    share,
    shares,
)


def render(client: Client) -> None:
    """The page."""
    st.title("Journal")
    run = choose_run(client, "journal-run")
    first, last = _range()
    asked: Query = {"run": run, "first": first, "last": last}
    found = value_of(client.read_all(Journal, "/v1/journal", asked))
    if found is None:
        return
    if found.items:
        _summary(found.items, currency_of(client))
        note_editor(client, found.items, editable=run is None)
        _story(client, found.items, run)
    else:
        empty(
            "No closed trade in this range.",
            "Trades come here by themselves when they are closed; notes are added later.",
        )
    export(client, asked)
    if run is None:
        st.fragment(_newer, run_every=SLOWLY_S)(client, asked, len(found.items))
        manual_fill(client)


def _newer(client: Client, asked: Query, shown: int) -> None:
    """Show trades that were closed since: at once on an empty page, else when it is asked for.

    Rows that move while notes are written would take the notes to another trade.
    """
    found = client.read_all(Journal, "/v1/journal", asked).value
    if found is None or len(found.items) == shown:
        return
    if not shown or st.button(f"Show {plural(len(found.items) - shown, 'newer trade')}"):
        st.rerun()


def _range() -> tuple[date | None, date | None]:
    left, right = st.columns(2)
    with left:
        first = st.date_input("From", value=None, key="journal-from")
    with right:
        last = st.date_input("To", value=None, key="journal-to")
    return (
        first if isinstance(first, date) else None,
        last if isinstance(last, date) else None,
    )


def _summary(trades: list[Trade], currency: str) -> None:
    result = sum(trade.pnl for trade in trades)
    average = sum(trade.r_multiple for trade in trades) / len(trades)
    won = sum(1 for trade in trades if trade.pnl > 0) / len(trades)
    cards(
        [
            Card("trades", str(len(trades))),
            Card("result", money(result, currency, sign=True), tone_of(result)),
            Card("average", in_r(average), tone_of(average)),
            Card("won", share(won)),
        ]
    )


def _story(client: Client, trades: list[Trade], run: str | None) -> None:
    st.subheader("One trade")
    newest = list(reversed(trades))
    trade = st.selectbox("Trade", newest, format_func=_named, key="journal-trade")
    left, right = st.columns(2)
    with left:
        _plan_against_actual(trade)
        for note in trade.notes:
            words = " ".join(word for word in (note.grade, note.tag) if word)
            notice(f"{moment(note.at)} {words}", note.text)
    with right:
        _candles(client, trade)
    with st.expander("Every decision about it"):
        story = value_of(client.read(TradeStory, f"/v1/journal/{trade.trade_id}", {"run": run}))
        if story is not None:
            for decision in story.decisions:
                st.markdown(f"**{inert(clock(decision.at, seconds=True))} {inert(decision.type)}**")
                st.json(decision.payload, expanded=False)


def _named(trade: Trade) -> str:
    return f"{trade.session_date} {trade.symbol} {in_r(trade.r_multiple)}"


def _plan_against_actual(trade: Trade) -> None:
    hint = "the bars say nothing about which came first" if trade.ambiguous else ""
    rows: list[list[Cell | str]] = [
        ["entry", price(trade.trigger_price), price(trade.entry_price)],
        ["shares", shares(trade.planned_quantity), shares(trade.quantity)],
        ["stop", price(trade.stop), DASH],
        ["target", price(trade.target), DASH],
        ["exit", DASH, f"{price(trade.exit_price)}, {exit_words(trade.exit_reason)}"],
        ["time", DASH, f"{clock(trade.entry_time)} to {clock(trade.exit_time)}"],
        ["slip, bps", DASH, number(trade.slippage_bps, 1, sign=True)],
        ["worst and best", DASH, f"{in_r(trade.mae_r)}, {in_r(trade.mfe_r)}"],
        ["+7 % before -3 %", DASH, _kpi(trade.kpi)],
        ["gap", percent(trade.gap_pct, sign=True), trade.gap_class],
        ["score, evidence", number(trade.composite, 1), trade.grade],
        ["fees", DASH, money(trade.fees)],
        [
            "result",
            DASH,
            Cell(
                f"{money(trade.pnl, sign=True)}, {in_r(trade.r_multiple)}", tone_of(trade.pnl), hint
            ),
        ],
    ]
    columns = [Column("", "word"), Column("plan"), Column("actual")]
    table(f"Plan against actual of {trade.symbol}", columns, rows)
    st.caption("Prices in USD; fees and result in account currency; R is what the stop would lose.")


def _kpi(value: bool | None) -> str:  # noqa: FBT001 -- as the journal has it
    if value is None:
        return "neither came"
    return "yes" if value else "no"


def _candles(client: Client, trade: Trade) -> None:
    asked = {"symbol": trade.symbol, "session_date": trade.session_date}
    seen = client.read(Bars, "/v1/bars", asked)
    if seen.value is not None and seen.value.bars:
        chart(f"Candles of {trade.symbol}", candle_chart(seen.value), "journal-candles")
    else:
        empty("No bars of that day.", "Import them: fin-agent data import FILE.")
