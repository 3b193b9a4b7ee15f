"""Choosing a scan, and how its rows are told."""

from datetime import UTC

import streamlit as st

from fin_agent.entrypoints.api.models.base import Page
from fin_agent.entrypoints.api.models.scan import Scan
from fin_agent.entrypoints.dashboard.client import Client
from fin_agent.entrypoints.dashboard.components.showing import empty, value_of
from fin_agent.entrypoints.dashboard.words import moment, plural

_MOST = 100


def choose_scan(client: Client, key: str) -> Scan | None:
    """One finished scan, at first the agent's newest; None after saying what to do without one."""
    found = value_of(client.read(Page[Scan], "/v1/scans", {"limit": _MOST}))
    if found is None:
        return None
    done = sorted(
        (scan for scan in found.items if scan.state == "done"), key=_instant, reverse=True
    )
    if not done:
        empty(
            "No scan yet.",
            "The next one comes by schedule.scanner_cron; the Live page can scan now.",
        )
        return None
    own = next((place for place, scan in enumerate(done) if scan.origin == "agent"), 0)
    return st.selectbox(
        "Scan", done, own, format_func=scan_words, key=key, help="The newest is first."
    )


def _instant(scan: Scan) -> str:
    return "" if scan.at is None else scan.at.astimezone(UTC).isoformat()


def scan_words(scan: Scan) -> str:
    """A scan in one line."""
    picks = "" if scan.selected is None else f", {plural(scan.selected, 'pick')}"
    asked = ", asked for by hand" if scan.origin == "on_demand" else ""
    return f"{moment(scan.at)[:16]} New York{picks}{asked}"


def query_of(scan: Scan) -> dict[str, object]:
    """The keys by which the API knows a scan."""
    if scan.origin == "on_demand":
        return {"scan_id": scan.scan_id}
    at = None if scan.at is None else scan.at.isoformat()
    return {"session_date": scan.session_date, "at": at}
