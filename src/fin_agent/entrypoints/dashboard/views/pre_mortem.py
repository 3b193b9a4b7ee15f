"""Pre-mortem: before the open, how the day may go wrong if every approved plan is taken."""

import streamlit as st

from fin_agent.entrypoints.api.models.scan import PreMortem
from fin_agent.entrypoints.dashboard.client import Client
from fin_agent.entrypoints.dashboard.components.markup import (
    Card,
    Cell,
    Column,
    Tone,
    cards,
    listing,
    table,
)
from fin_agent.entrypoints.dashboard.components.showing import SLOWLY_S, empty, value_of
from fin_agent.entrypoints.dashboard.trader_words import limits
from fin_agent.entrypoints.dashboard.words import DASH, money, number, plural, share

_NEARLY = 0.8


def render(client: Client) -> None:
    """The page."""
    st.title("Pre-mortem")
    st.fragment(_pre_mortem, run_every=SLOWLY_S)(client)


def _pre_mortem(client: Client) -> None:
    found = value_of(client.read(PreMortem, "/v1/premortem"))
    if found is None:
        return
    if not found.plans:
        empty(
            "No approved plan, so nothing to lose today.",
            "This page fills with the scan; see Today for its picks.",
        )
    else:
        _losses(found)
    _limits(found)
    left, right = st.columns(2)
    with left:
        st.subheader("Events today")
        _list(found.events_today, "No event of a picked symbol is known for today.")
    with right:
        st.subheader("Missing data")
        _list(found.missing, "Nothing is missing: every input of every plan is there.")


def _losses(found: PreMortem) -> None:
    unknown = found.unknown_correlations
    pairs = f"{plural(unknown, 'correlation')} not computable" if unknown else ""
    cards(
        [
            Card("if every stop is hit", money(-found.loss_at_stops), _against(found, 1)),
            Card(
                "if all gap through by 2 ATR",
                money(None if found.loss_at_gaps is None else -found.loss_at_gaps),
                "loss" if (found.loss_at_gaps or 0) > found.daily_loss_cap else "warn",
                "" if found.loss_at_gaps is not None else "no ATR for one of them",
            ),
            Card("may be lost today", money(found.daily_loss_cap)),
            Card(
                "independent bets",
                f"{number(found.effective_bets, 1)} of {found.plans}",
                "",
                pairs,
            ),
            Card("binds first", limits([found.binds_first]) if found.binds_first else DASH),
        ]
    )


def _against(found: PreMortem, share_of_cap: float) -> Tone:
    return "loss" if found.loss_at_stops > share_of_cap * found.daily_loss_cap else "warn"


def _limits(found: PreMortem) -> None:
    st.subheader("Limits, if every approved plan is taken")
    if not found.limits:
        empty("No limit is used.", "They are used by plans; the next scan makes some.")
        return
    table(
        "How much of each limit the plans would take",
        [
            Column("limit", "word"),
            Column("taken"),
            Column("of"),
            Column("share"),
            Column("", "word"),
        ],
        [
            [
                limits([bind.limit]),
                money(bind.taken),
                money(bind.most),
                Cell(share(bind.share), _share_tone(bind.share)),
                "binds first" if bind.limit == found.binds_first else "",
            ]
            for bind in found.limits
        ],
    )


def _share_tone(value: float) -> Tone:
    return "loss" if value >= 1 else "warn" if value >= _NEARLY else ""


def _list(lines: list[str], nothing: str) -> None:
    if lines:
        listing(lines)
    else:
        st.caption(nothing)
