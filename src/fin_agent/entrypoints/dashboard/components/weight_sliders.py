"""The factors' weights of the next scan."""

from collections.abc import Sequence

import streamlit as st

from fin_agent.entrypoints.api.models.commands import WeightsAsked, WeightsSet
from fin_agent.entrypoints.api.models.system import FactorWeight
from fin_agent.entrypoints.dashboard.client import Client
from fin_agent.entrypoints.dashboard.components.acting import LOCKED, act, is_locked, tell
from fin_agent.entrypoints.dashboard.components.markup import notice
from fin_agent.entrypoints.dashboard.words import inert, share


def weight_sliders(client: Client, weights: Sequence[FactorWeight]) -> None:
    """A slider for each factor; they apply to the next scan and are kept as an event."""
    st.subheader("Factor weights of the next scan")
    locked = is_locked(client)
    with st.form("weights-form"):
        chosen = {
            weight.factor: st.slider(
                inert(weight.factor),
                0.0,
                1.0,
                value=weight.next_scan,
                step=0.05,
                key=f"weight-{weight.factor}-{weight.next_scan}",
                help=f"configured: {weight.configured:g}",
            )
            for weight in weights
        }
        whole = sum(chosen.values())
        if whole:
            parts = [f"{name} {share(value / whole)}" for name, value in chosen.items()]
            st.caption(inert(f"Together they are taken as {', '.join(parts)}."))
        reason = st.text_input("Why", value="weights changed by hand", max_chars=200)
        if st.form_submit_button("Use for the next scan", key="weights", disabled=locked):
            _set(client, chosen, reason.strip())
    if locked:
        st.caption(LOCKED)


def _set(client: Client, chosen: dict[str, float], reason: str) -> None:
    if not any(chosen.values()) or not reason:
        notice("Nothing was changed:", "one weight is above 0, and the reason says why.", "warn")
        return
    found = act(client, WeightsSet, "/v1/weights", WeightsAsked(weights=chosen, reason=reason))
    if found is not None and found.done:
        tell("The next scan uses the new weights; the change is in the log.")
    elif found is not None:
        tell(f"The weights were not changed: {found.why}", ok=False)
    st.rerun()
