"""Live: what is held, what waits, what works, and the buttons."""

import streamlit as st

from fin_agent.entrypoints.api.models.scan import Plans, ScanResult
from fin_agent.entrypoints.api.models.status import Status
from fin_agent.entrypoints.api.models.trading import Bars, Fills, Orders, Positions
from fin_agent.entrypoints.dashboard.client import Client
from fin_agent.entrypoints.dashboard.components.controls import controls
from fin_agent.entrypoints.dashboard.components.markup import (
    Card,
    Cell,
    Column,
    cards,
    notice,
    table,
    tone_of,
)
from fin_agent.entrypoints.dashboard.components.price_charts import candle_chart
from fin_agent.entrypoints.dashboard.components.result_charts import gauge_chart
from fin_agent.entrypoints.dashboard.components.showing import (
    EVERY_S,
    chart,
    empty,
    value_of,
)
from fin_agent.entrypoints.dashboard.components.trading_tables import (
    armed_table,
    fills_table,
    orders_table,
    positions_table,
)
from fin_agent.entrypoints.dashboard.trader_words import limits
from fin_agent.entrypoints.dashboard.words import (
    DASH,
    inert,
    money,
    number,
    percent,
    price,
    shares,
)

_CANDLES_S = 5.0
_MOST_FILLS = 30


def render(client: Client) -> None:
    """The page."""
    st.title("Live")
    controls(client)
    st.fragment(_asked_scan, run_every=EVERY_S)(client)
    st.fragment(_money, run_every=EVERY_S)(client)
    st.fragment(_trading, run_every=EVERY_S)(client)
    st.fragment(_candles, run_every=_CANDLES_S)(client)


def _money(client: Client) -> None:
    status = value_of(client.read(Status, "/v1/status"))
    if status is None:
        return
    loss, currency = status.loss, status.currency
    missing = "" if loss.unrealised is not None else "no price of a position, or nothing held"
    cards(
        [
            Card("equity", money(status.equity, currency)),
            Card("realised", money(loss.realised, currency, sign=True), tone_of(loss.realised)),
            Card(
                "open",
                money(loss.unrealised, currency, sign=True),
                tone_of(loss.unrealised),
                missing,
            ),
            Card("at risk now", money(loss.open_risk, currency)),
            Card(
                "loss cap used",
                f"{percent(100 * loss.used_share, 0)} of {money(loss.cap, currency)}",
            ),
        ]
    )
    chart("Result of the day against the loss cap", gauge_chart(loss, currency), "gauge")


def _trading(client: Client) -> None:
    st.subheader("Positions")
    held = value_of(client.read(Positions, "/v1/positions"))
    if held is not None and held.items:
        positions_table(held.items)
        st.caption(
            "Prices in USD; result and risk in account currency. Open R is against the stop."
        )
    elif held is not None:
        empty("Nothing is held.", "Armed plans below become positions at their trigger.")
    st.subheader("Plans")
    plans = value_of(client.read(Plans, "/v1/plans"))
    if plans is not None and plans.items:
        armed_table(plans.items)
    elif plans is not None:
        empty("No plans today.", "They come with the scan; see Today for what it found.")
    orders = value_of(client.read(Orders, "/v1/orders"))
    fills = client.read(Fills, "/v1/fills", {"limit": _MOST_FILLS}).value
    st.subheader("Orders")
    if orders is not None and orders.items:
        orders_table(orders.items)
    elif orders is not None:
        empty("No orders in this session.", "An armed plan sends one at its trigger.")
    if fills is not None and fills.items:
        st.subheader("Fills")
        fills_table(fills.items)


def _candles(client: Client) -> None:
    plans = client.read(Plans, "/v1/plans").value
    held = client.read(Positions, "/v1/positions").value
    symbols = [*(p.symbol for p in held.items)] if held else []
    symbols += [plan.symbol for plan in (plans.items if plans else [])]
    symbols = list(dict.fromkeys(symbols))
    if not symbols:
        return
    st.subheader("Candles")
    symbol = st.selectbox("Symbol", symbols, key="live-symbol")
    day = plans.session_date if plans else None
    found = value_of(client.read(Bars, "/v1/bars", {"symbol": symbol, "session_date": day}))
    if found is not None and found.bars:
        name = f"Candles of {symbol} with VWAP, opening range, levels and fills"
        chart(name, candle_chart(found, height=420), "live-candles")
    elif found is not None:
        empty("No bars yet.", "They come with the first trades of the session.")


def _asked_scan(client: Client) -> None:
    """What came of the scan that this browser session asked for."""
    asked = st.session_state.get("asked-scan")
    if asked is None:
        return
    found = value_of(client.read(ScanResult, f"/v1/scans/{asked}"))
    if found is None:
        return
    if found.scan.state in {"waiting", "running"}:
        notice("The scan runs.", "It sends nothing and needs some seconds.")
    elif found.scan.state == "failed":
        notice("The scan failed:", found.scan.problem or "no reason was given", "loss")
    else:
        _asked_result(found)


def _asked_result(found: ScanResult) -> None:
    scan, plans = found.scan, (found.result or {}).get("plans", [])
    with st.container(border=True):
        words = f"Scan as of {scan.at:%Y-%m-%d %H:%M}" if scan.at else "Scan"
        st.markdown(
            f"**{inert(words)}**: {number(scan.universe, 0)} symbols, {number(scan.passed, 0)}"
            f" passed, {number(scan.selected, 0)} picked. It sent nothing."
        )
        if plans:
            table(
                "Plans of the scan that was asked for",
                [
                    Column("#"),
                    Column("symbol", "word"),
                    Column("entry", "word"),
                    Column("at"),
                    Column("stop"),
                    Column("target"),
                    Column("shares"),
                    Column("advice", "long"),
                ],
                [_asked_plan(plan) for plan in plans],
            )
        if st.button("Close", key="asked-close", help="Hide this scan; Today still has it."):
            del st.session_state["asked-scan"]
            st.rerun()


def _asked_plan(plan: dict[str, object]) -> list[Cell | str]:
    advice = plan.get("advice")
    breaches = advice.get("breaches", []) if isinstance(advice, dict) else []
    return [
        str(plan.get("rank", DASH)),
        str(plan.get("symbol", DASH)),
        str(plan.get("entry", DASH)).replace("_", " "),
        price(_number(plan.get("reference"))),
        price(_number(plan.get("stop"))),
        price(_number(plan.get("target"))),
        shares(_number(plan.get("quantity"))),
        f"refused: {limits(breaches)}" if breaches else "inside every limit",
    ]


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
