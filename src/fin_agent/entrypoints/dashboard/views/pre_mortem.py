"""Pre-mortem: before the open, how the day may go wrong if every approved plan is taken."""

import streamlit as st

from fin_agent.entrypoints.api.models.scan import Bind, PreMortem
from fin_agent.entrypoints.dashboard.client import Client
from fin_agent.entrypoints.dashboard.components.account import currency_of
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
_COUNTED = "max_entries"  # a number of plans; the other limits are amounts


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
        _losses(found, currency_of(client))
    _limits(found)
    left, right = st.columns(2)
    with left:
        st.subheader("Events today")
        _list(found.events_today, "No event of a picked symbol is known for today.")
    with right:
        st.subheader("Missing data")
        _list(found.missing, "Nothing is missing: every input of every plan is there.")


def _losses(found: PreMortem, currency: str) -> None:
    unknown = found.unknown_correlations
    pairs = f"{plural(unknown, 'correlation')} not computable" if unknown else ""
    cards(
        [
            Card("if every stop is hit", money(-found.loss_at_stops, currency), _against(found, 1)),
            Card(
                "if all gap through by 2 ATR",
                money(None if found.loss_at_gaps is None else -found.loss_at_gaps, currency),
                "loss" if (found.loss_at_gaps or 0) > found.daily_loss_cap else "warn",
                "" if found.loss_at_gaps is not None else "no ATR for one of them",
            ),
            Card("may be lost today", money(found.daily_loss_cap, currency)),
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
        ],
        [
            [
                _limit(bind, found.binds_first),
                _amount(bind.limit, bind.taken),
                _amount(bind.limit, bind.most),
                Cell(share(bind.share), _share_tone(bind.share)),
            ]
            for bind in found.limits
        ],
    )
    st.caption("Amounts in account currency; over 100 % the better ranked plans come first.")


def _limit(bind: Bind, first: str | None) -> Cell:
    if bind.limit == first:
        return Cell(f"{limits([bind.limit])} (binds first)", "loss" if bind.share >= 1 else "warn")
    return Cell(limits([bind.limit]))


def _amount(limit: str, value: float) -> str:
    return number(value, 0) if limit == _COUNTED else money(value)


def _share_tone(value: float) -> Tone:
    return "loss" if value >= 1 else "warn" if value >= _NEARLY else ""


def _list(lines: list[str], nothing: str) -> None:
    if lines:
        listing(lines)
    else:
        st.caption(nothing)
