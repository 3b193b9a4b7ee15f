"""Why not: the way of any symbol through any scan, and the nearest misses."""

from collections.abc import Mapping

import streamlit as st

from fin_agent.entrypoints.api.models.scan import Gate, Verdict, Verdicts, Why
from fin_agent.entrypoints.dashboard.client import SLOW_S, Client
from fin_agent.entrypoints.dashboard.components.markup import Cell, Column, table
from fin_agent.entrypoints.dashboard.components.scan_charts import waterfall_chart
from fin_agent.entrypoints.dashboard.components.scans import choose_scan, query_of
from fin_agent.entrypoints.dashboard.components.showing import chart, empty, value_of
from fin_agent.entrypoints.dashboard.trader_words import (
    change_words,
    fate_words,
    measured_words,
    rule_words,
)
from fin_agent.entrypoints.dashboard.words import DASH, age, inert, number, percent

_NEAREST = 15
_LONGEST_SYMBOL = 12


def render(client: Client) -> None:
    """The page."""
    st.title("Why not")
    scan = choose_scan(client, "why-scan")
    if scan is None:
        return
    asked = query_of(scan)
    symbol = st.text_input(
        "Symbol", key="why-symbol", max_chars=_LONGEST_SYMBOL, placeholder="for example NVDA"
    )
    if symbol.strip():
        _one(client, symbol.strip().upper(), asked)
    found = value_of(client.read_all(Verdicts, "/v1/verdicts", asked))
    if found is None:
        return
    if not found.is_complete:
        st.caption("Of this scan the log kept rule and measured value; name a symbol for the rest.")
    _nearest(found.items)
    _all(found.items)


def _one(client: Client, symbol: str, asked: Mapping[str, object]) -> None:
    with st.spinner("Looking it up; an earlier scan is computed again."):
        why = value_of(client.read(Why, f"/v1/verdicts/{symbol}", asked, timeout_s=SLOW_S))
    if why is None:
        return
    st.subheader(inert(f"{why.symbol}: {rule_words(why.verdict.verdict)}"))
    st.markdown(_sentence(why))
    _gates(why.gates)
    if why.candidate is not None:
        figure = waterfall_chart(why.candidate.contributions, why.candidate.composite)
        chart(f"Score of {why.symbol} by factor", figure, "why-waterfall")
    if why.evidence:
        with st.expander("Evidence: every input with its source and age"):
            _evidence(why.evidence)


def _sentence(why: Why) -> str:
    verdict = why.verdict
    if verdict.verdict == "selected":
        return inert(f"It was picked. {fate_words(why.fate)}.", 400)
    found = measured_words(verdict.rule, verdict.measured)
    needed = measured_words(verdict.rule, verdict.threshold)
    measured = f"Measured {found}, needed {needed}."
    change = verdict.admits_if or (why.nearest_miss.admits_if if why.nearest_miss else None)
    admits = f" It would have been admitted with {change_words(change)}." if change else ""
    return inert(measured + admits, 600)


def _gates(gates: list[Gate]) -> None:
    if not gates:
        return
    table(
        "Every gate on its own",
        [
            Column("gate", "word"),
            Column("", "word"),
            Column("measured"),
            Column("needed"),
            Column("source", "word"),
            Column("age"),
        ],
        [
            [
                gate.rule.replace("_", " "),
                _outcome(gate),
                measured_words(gate.rule, gate.measured),
                measured_words(gate.rule, gate.threshold),
                gate.source or DASH,
                age(gate.age_s),
            ]
            for gate in gates
        ],
    )


def _outcome(gate: Gate) -> Cell:
    if gate.passed is None:
        return Cell("not known", "warn", "its input is missing")
    return Cell("passed", "gain") if gate.passed else Cell("failed", "loss")


def _evidence(evidence: Mapping[str, object]) -> None:
    rows: list[list[Cell | str]] = []
    for name, value in evidence.items():
        facts = value if isinstance(value, Mapping) else {"value": value}
        missing = facts.get("missing") or facts.get("reason")
        said = facts.get("value")
        seconds = facts.get("age_s", facts.get("delay_s"))
        rows.append(
            [
                name.replace("_", " "),
                Cell(
                    "missing" if said is None else measured_words("", said),
                    "warn" if said is None else "",
                ),
                str(facts.get("source") or DASH),
                age(float(seconds)) if isinstance(seconds, int | float) else DASH,
                str(missing or ""),
            ]
        )
    columns = [Column("input", "word"), Column("value"), Column("source", "word"), Column("age")]
    table("Evidence", [*columns, Column("why it is missing", "long")], rows)


def _nearest(verdicts: list[Verdict]) -> None:
    """Those whose one failed rule was missed by the least, in percent of what was needed."""
    st.subheader("Nearest misses")
    near = [
        (abs(miss.distance_pct), verdict, miss)
        for verdict in verdicts
        if (miss := verdict.nearest_miss) is not None and miss.distance_pct is not None
    ]
    if not near:
        empty("No miss can be measured.", "Every symbol was picked, or failed by a yes or no.")
        return
    near.sort(key=lambda found: (found[0], found[1].symbol))
    table(
        "Nearest misses",
        [
            Column("symbol", "word"),
            Column("why", "word"),
            Column("measured"),
            Column("needed"),
            Column("missed by"),
            Column("would have been admitted with", "long"),
        ],
        [
            [
                verdict.symbol,
                rule_words(miss.rule),
                measured_words(miss.rule, miss.measured),
                measured_words(miss.rule, miss.threshold),
                percent(distance, 1),
                change_words(miss.admits_if or verdict.admits_if or DASH),
            ]
            for distance, verdict, miss in near[:_NEAREST]
        ],
    )


def _all(verdicts: list[Verdict]) -> None:
    st.subheader("Every symbol")
    rules = sorted({verdict.verdict for verdict in verdicts})
    chosen = st.multiselect("Only these verdicts", rules, format_func=rule_words, key="why-rules")
    shown = [v for v in verdicts if not chosen or v.verdict in chosen]
    st.dataframe(
        [
            {
                "symbol": verdict.symbol,
                "verdict": rule_words(verdict.verdict),
                "measured": measured_words(verdict.rule, verdict.measured),
                "needed": measured_words(verdict.rule, verdict.threshold),
                "source": verdict.source or DASH,
                "age": age(verdict.age_s),
                "admitted with": change_words(verdict.admits_if or DASH),
            }
            for verdict in shown
        ],
        hide_index=True,
        alt="Every symbol with its verdict",
        key="why-all",
    )
    st.caption(
        f"{number(len(shown), 0)} of {number(len(verdicts), 0)} symbols;"
        " price and turnover limits are in account currency"
    )
