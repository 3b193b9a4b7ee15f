"""How an answer is put on the page: itself, an old one with its age, or why there is none."""

from collections.abc import Mapping
from typing import TypeVar

import streamlit as st
from pydantic import BaseModel

from fin_agent.entrypoints.dashboard.client import Seen
from fin_agent.entrypoints.dashboard.components.figure import CONFIG
from fin_agent.entrypoints.dashboard.components.markup import notice
from fin_agent.entrypoints.dashboard.words import age, inert
from fin_agent.entrypoints.figures.frame import Plot

Model = TypeVar("Model", bound=BaseModel)

EVERY_S = 2.0  # between two looks of a page that follows the market
SLOWLY_S = 15.0


def value_of(seen: Seen[Model]) -> Model | None:
    """The answer, after saying how old it is; None after saying why there is none."""
    if seen.value is None:
        if seen.is_unreachable:
            empty("The agent does not answer.", "Start it with fin-agent run; this page follows.")
        else:
            notice("The agent says no.", seen.problem or "It gave no reason.", "warn")
        return None
    if seen.age_s is not None:
        st.caption(f":orange-badge[OLD] from {inert(age(seen.age_s))} ago")
    return seen.value


def empty(what: str, next_step: str) -> None:
    """Nothing to show yet, and what to do about it."""
    notice(what, next_step)


def chart(name: str, figure: Plot, key: str) -> None:
    """A figure; ``name`` is what a screen reader says of it."""
    config: Mapping[str, object] = CONFIG
    st.plotly_chart(dict(figure), key=key, config=dict(config), alt=name)
