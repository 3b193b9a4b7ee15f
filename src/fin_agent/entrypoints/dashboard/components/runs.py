"""Choosing whose journal is shown: the agent's own, or a replay's or backtest's."""

import streamlit as st

from fin_agent.entrypoints.api.models.commands import Backtests
from fin_agent.entrypoints.dashboard.client import Client

LIVE = "live"


def choose_run(client: Client, key: str) -> str | None:
    """The name of a run; None is the agent's own journal."""
    found = client.read(Backtests, "/v1/backtests").value
    names = [run.name for run in found.items if run.state == "done"] if found else []
    if not names:
        return None
    chosen = st.selectbox(
        "Journal of", [LIVE, *names], key=key, help="live is the agent's own journal."
    )
    return None if chosen == LIVE else chosen
