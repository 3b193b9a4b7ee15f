"""Today: what the scan left of the universe, the picks, and why they were picked."""

from collections.abc import Iterator

import streamlit as st

from fin_agent.entrypoints.api.models.scan import Candidate, Candidates, Plan, Plans, Scan, Verdicts
from fin_agent.entrypoints.api.models.trading import Bars
from fin_agent.entrypoints.dashboard.client import Client
from fin_agent.entrypoints.dashboard.components.markup import (
    Card,
    Cell,
    Column,
    Tone,
    cards,
    chips,
    table,
    tone_of,
)
from fin_agent.entrypoints.dashboard.components.price_charts import candle_chart
from fin_agent.entrypoints.dashboard.components.scan_charts import (
    factor_chart,
    funnel_chart,
    waterfall_chart,
)
from fin_agent.entrypoints.dashboard.components.scans import choose_scan, query_of
from fin_agent.entrypoints.dashboard.components.showing import SLOWLY_S, chart, empty, value_of
from fin_agent.entrypoints.dashboard.trader_words import BADGES, fate_words, limits
from fin_agent.entrypoints.dashboard.words import (
    DASH,
    age,
    clock,
    money,
    number,
    percent,
    price,
    share,
    shares,
)

_SCORED = 10
_GRADES: dict[str, Tone] = {"A": "gain", "B": "", "C": "warn"}


def render(client: Client) -> None:
    """The page."""
    st.title("Today")
    st.fragment(_today, run_every=SLOWLY_S)(client)


def _today(client: Client) -> None:
    scan = choose_scan(client, "today-scan")
    if scan is None:
        return
    _figures(scan)
    asked = query_of(scan)
    candidates = value_of(client.read(Candidates, "/v1/candidates", asked))
    wanted = asked if scan.origin == "on_demand" else None
    plans = client.read(Plans, "/v1/plans", wanted).value
    if plans is not None and plans.session_date != scan.session_date:
        plans = None
    _picks(candidates.items if candidates else [], plans.items if plans else [], scan)
    left, right = st.columns(2)
    with left:
        _funnel(client, scan)
    with right:
        _scores(candidates.items if candidates else [])
    _closer(client, candidates.items if candidates else [], plans, scan)


def _closer(client: Client, candidates: list[Candidate], plans: Plans | None, scan: Scan) -> None:
    """One candidate at a time, so that the page stays light."""
    if not candidates:
        return
    known = {candidate.symbol: candidate for candidate in candidates[:_SCORED]}
    st.subheader("Closer")
    symbol = st.segmented_control(
        "Candidate", list(known), default=candidates[0].symbol, key=f"closer-{scan.scan_id}"
    )
    if symbol is not None:
        rows = plans.items if plans else []
        plan = next((plan for plan in rows if plan.symbol == symbol), None)
        _story(client, known[symbol], plan, scan)


def _figures(scan: Scan) -> None:
    cards(
        [
            Card("scanned, New York", clock(scan.at)),
            Card("universe", number(scan.universe, 0)),
            Card("passed every gate", number(scan.passed, 0)),
            Card("picked", number(scan.selected, 0)),
            Card("USD per unit of the account", number(scan.fx, 4)),
        ]
    )


def _picks(candidates: list[Candidate], plans: list[Plan], scan: Scan) -> None:
    st.subheader("Picks")
    if not plans and scan.selected:
        empty("Plans are shown for the newest session.", "See Journal for what was traded then.")
        return
    if not plans:
        empty(
            "No plan came of this scan.",
            "See the funnel below, or ask the page Why not about a symbol.",
        )
        return
    known = {candidate.symbol: candidate for candidate in candidates}
    table(
        "Picks of the scan",
        [
            Column("#"),
            Column("symbol", "word"),
            Column("side", "word"),
            Column("score"),
            Column("grade", "word"),
            Column("gap"),
            Column("entry", "word"),
            Column("at"),
            Column("stop"),
            Column("target"),
            Column("shares"),
            Column("value"),
            Column("risk"),
            Column("R"),
            Column("advice and what came of it", "long"),
            Column("badges", "word"),
        ],
        [_pick(plan, known.get(plan.symbol)) for plan in plans],
    )
    st.caption("Prices in USD; value and risk in account currency. A dash is a missing value.")


def _pick(plan: Plan, candidate: Candidate | None) -> list[Cell | str]:
    badges = candidate.badges if candidate else []
    why = "; ".join(BADGES[badge] for badge in badges)
    return [
        str(plan.rank),
        plan.symbol,
        plan.side,
        number(plan.composite, 1),
        Cell(plan.grade, _GRADES.get(plan.grade, "")),
        Cell(percent(plan.gap_pct, sign=True), tone_of(plan.gap_pct)),
        plan.entry.replace("_", " "),
        price(plan.reference),
        price(plan.stop),
        price(plan.target),
        shares(plan.quantity),
        money(plan.value),
        money(plan.risk),
        number(plan.reward_r, 1),
        _advice(plan),
        Cell(" ".join(badges) or DASH, "warn" if badges else "muted", why),
    ]


def _advice(plan: Plan) -> str:
    advice = plan.advice
    if not advice.approved:
        return f"not armed: {limits(advice.breaches)}"
    beside = f"; beside the better ones: {limits(advice.cumulative)}" if advice.cumulative else ""
    return f"{fate_words(plan.fate) if plan.fate else 'inside every limit'}{beside}"


def _funnel(client: Client, scan: Scan) -> None:
    st.subheader("Funnel")
    found = value_of(client.read(Verdicts, "/v1/verdicts", {**query_of(scan), "limit": 1}))
    if found is not None and found.funnel:
        universe = scan.universe or found.funnel[0].left + found.funnel[0].rejected
        figure = funnel_chart(universe, found.funnel, scan.selected or 0)
        chart("Symbols left after each rule", figure, "funnel")


def _scores(candidates: list[Candidate]) -> None:
    st.subheader("Scores")
    if candidates:
        figure = factor_chart(candidates[:_SCORED], None)
        chart("Points of each factor by candidate", figure, "scores")
    else:
        empty("Nothing was scored.", "No symbol passed every gate of this scan.")


def _story(client: Client, candidate: Candidate, plan: Plan | None, scan: Scan) -> None:
    left, right = st.columns(2)
    with left:
        figure = waterfall_chart(candidate.contributions, candidate.composite)
        chart(f"Score of {candidate.symbol} by factor", figure, "closer-score")
    with right:
        _candles(client, candidate.symbol, scan)
    chips([*_facts(candidate)])
    _headlines(candidate, scan)
    if plan is not None:
        calibrated = "" if plan.win_probability_calibrated else " (not calibrated)"
        st.caption(
            f"Win probability {percent(100 * plan.win_probability, 0)}{calibrated},"
            f" Kelly {number(plan.kelly, 3)}: shown, never used for the size."
        )


def _facts(candidate: Candidate) -> Iterator[tuple[str, Tone]]:
    yield f"gap {percent(candidate.gap_pct, sign=True)}, {candidate.gap_class}", ""
    yield f"relative volume {number(candidate.rvol)}", "" if candidate.rvol is not None else "warn"
    yield f"coverage {share(candidate.coverage)}", "" if candidate.coverage >= 1 else "warn"
    yield f"ATR(14) {price(candidate.atr14)}", ""
    for badge in candidate.badges:
        yield badge, "warn"


def _candles(client: Client, symbol: str, scan: Scan) -> None:
    asked = {"symbol": symbol, "session_date": scan.session_date}
    seen = client.read(Bars, "/v1/bars", asked)
    if seen.value is None or not seen.value.bars:
        empty("No bars yet.", seen.problem or "They come with the first trades of the session.")
    else:
        figure = candle_chart(seen.value, height=260)
        chart(f"Candles of {symbol} with its levels", figure, "closer-candles")


def _headlines(candidate: Candidate, scan: Scan) -> None:
    if candidate.headlines is None:
        st.caption(f"{candidate.headline_count} headlines; the log kept only their number.")
        return
    if not candidate.headlines:
        st.caption("No headline in the 24 hours before the scan.")
        return
    table(
        f"Headlines of {candidate.symbol}",
        [
            Column("headline", "long"),
            Column("source", "word"),
            Column("received"),
            Column("before the scan"),
            Column("sentiment"),
        ],
        [
            [
                headline.text,
                headline.source,
                clock(headline.received_at),
                age((scan.at - headline.received_at).total_seconds() if scan.at else None),
                Cell(
                    number(headline.sentiment, 2, sign=True),
                    tone_of(headline.sentiment),
                    "" if headline.sentiment is not None else "nothing scored it",
                ),
            ]
            for headline in candidate.headlines
        ],
    )
