"""Choosing a scan, and how its rows are told."""

import streamlit as st

from fin_agent.entrypoints.api.models.base import Page
from fin_agent.entrypoints.api.models.scan import Scan
from fin_agent.entrypoints.dashboard.client import Client
from fin_agent.entrypoints.dashboard.components.showing import empty, value_of
from fin_agent.entrypoints.dashboard.words import moment, plural

_MOST = 100


def choose_scan(client: Client, key: str) -> Scan | None:
    """One finished scan, the newest first; None after saying what to do when there is none."""
    found = value_of(client.read(Page[Scan], "/v1/scans", {"limit": _MOST}))
    if found is None:
        return None
    done = [scan for scan in found.items if scan.state == "done" and scan.origin == "agent"]
    if not done:
        empty(
            "No scan yet.",
            "The next one comes by schedule.scanner_cron; the Live page can scan now.",
        )
        return None
    return st.selectbox("Scan", done, format_func=scan_words, key=key, help="The newest is first.")


def scan_words(scan: Scan) -> str:
    """A scan in one line."""
    picks = "" if scan.selected is None else f", {plural(scan.selected, 'pick')}"
    return f"{moment(scan.at)[:16]} New York{picks}"


def query_of(scan: Scan) -> dict[str, object]:
    """The keys by which the API knows a scan of the agent."""
    at = None if scan.at is None else scan.at.isoformat()
    return {"session_date": scan.session_date, "at": at}
