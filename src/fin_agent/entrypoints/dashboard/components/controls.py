"""The buttons that act on the agent. Where money moves, a word is typed first."""

from typing import Literal

import streamlit as st

from fin_agent.entrypoints.api.models.commands import (
    Acted,
    FlatAsked,
    HaltAsked,
    ResumeAsked,
    ScanAsked,
)
from fin_agent.entrypoints.api.models.scan import ScanResult
from fin_agent.entrypoints.dashboard.client import Client
from fin_agent.entrypoints.dashboard.components.acting import LOCKED, act, is_locked, tell, typed
from fin_agent.entrypoints.dashboard.components.markup import notice

_FLAT: Literal["FLAT"] = "FLAT"
_RESUME = "RESUME"


def controls(client: Client) -> None:
    """Scan, second look, halt, resume, flat."""
    locked = is_locked(client)
    with st.container(horizontal=True, gap="small"):
        if st.button("Scan now", key="scan", disabled=locked, help="Sends nothing to the broker."):
            _scan(client, second_look=False)
        if st.button("Second look", key="second", disabled=locked, help="The later scan, now."):
            _scan(client, second_look=True)
        if st.button("Halt", key="halt", disabled=locked, type="primary", help="No new entries."):
            _halt(client)
        with st.popover("Resume", disabled=locked, help="Allow entries again."):
            _resume_form(client)
        with st.popover("Flat", disabled=locked, help="Close everything and verify."):
            _flat_form(client)
    if locked:
        st.caption(LOCKED)


def _scan(client: Client, *, second_look: bool) -> None:
    found = act(client, ScanResult, "/v1/scans", ScanAsked(second_look=second_look))
    if found is not None:
        tell("The scan was asked for; its result comes below when it is done.")
        st.session_state["asked-scan"] = found.scan.scan_id
    st.rerun()


def _halt(client: Client) -> None:
    _told(act(client, Acted, "/v1/halt", HaltAsked()), "Entries are off; exits go on.")


def _resume_form(client: Client) -> None:
    with st.form("resume-form", border=False):
        reason = st.text_input("Why", value="resumed by hand", key="resume-why", max_chars=200)
        sure = typed(_RESUME, "Entries may follow", "resume-word")
        if st.form_submit_button("Resume trading", key="resume"):
            if sure and reason.strip():
                body = ResumeAsked(reason=reason.strip())
                _told(act(client, Acted, "/v1/resume", body), "Entries are allowed again.")
            else:
                notice("Nothing was done:", f"type {_RESUME}, and say why.", "warn")


def _flat_form(client: Client) -> None:
    with st.form("flat-form", border=False):
        st.write("Cancels every order, sells every position at the market, keeps entries off.")
        sure = typed(_FLAT, "Close everything", "flat-word")
        if st.form_submit_button("Close everything", key="flat", type="primary"):
            if sure:
                found = act(client, Acted, "/v1/flat", FlatAsked(confirm=_FLAT))
                _told(found, "Nothing is held and nothing works any more.")
            else:
                notice("Nothing was done:", f"type {_FLAT}.", "warn")


def _told(found: Acted | None, words: str) -> None:
    if found is not None and found.done:
        tell(words)
    elif found is not None:
        left = ", ".join(f"{symbol} {shares}" for symbol, shares in found.open.items())
        held = f" Still held: {left}." if left else ""
        tell(f"Not done yet: {found.why or 'it goes on'}.{held}", ok=False)
    st.rerun()
