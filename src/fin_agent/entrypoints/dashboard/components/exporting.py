"""The journal as a file, fetched when it is asked for."""

from collections.abc import Mapping

import streamlit as st

from fin_agent.entrypoints.dashboard.client import Client
from fin_agent.entrypoints.dashboard.components.acting import tell
from fin_agent.entrypoints.dashboard.wire import Refused, Unreachable

_MIMES = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}


def export(client: Client, asked: Mapping[str, object]) -> None:
    """Two buttons: the rows of the chosen range as CSV or as Parquet."""
    st.subheader("Export")
    with st.container(horizontal=True):
        for form, mime in _MIMES.items():
            _button(client, {**asked, "kind": form}, form, mime)
    st.caption("The rows of the chosen range with plan, actual, notes, tags and grades.")


def _button(client: Client, asked: Mapping[str, object], form: str, mime: str) -> None:
    def data() -> bytes:
        try:
            return client.fetch("/v1/journal/export", asked)
        except (Unreachable, Refused) as error:
            tell(f"The export failed: {error}", ok=False)
            raise

    st.download_button(
        f"Export {form.upper()}",
        data,
        file_name=f"journal.{form}",
        mime=mime,
        key=f"export-{form}",
        on_click="ignore",
    )
