"""The dashboard's script: Streamlit runs it once for each look of each browser session."""

import sys
from functools import partial

import streamlit as st

from fin_agent.entrypoints.dashboard.client import Client
from fin_agent.entrypoints.dashboard.frame import show
from fin_agent.entrypoints.dashboard.launch import Launch, read_token
from fin_agent.entrypoints.dashboard.wire import HttpWire


def _client() -> Client:
    """This browser session's own client: its last answers and its control token."""
    if "client" not in st.session_state:
        launch = Launch.parse(sys.argv[1:])
        wire = HttpWire(launch.api, partial(read_token, launch.tokens))
        st.session_state["client"] = Client(wire)
    found: Client = st.session_state["client"]
    return found


show(_client())
