"""What every page stands in: the navigation, the banner and the common style."""

from functools import partial

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from fin_agent.entrypoints.dashboard.client import Client
from fin_agent.entrypoints.dashboard.components.acting import forget_told
from fin_agent.entrypoints.dashboard.components.banner import banner
from fin_agent.entrypoints.dashboard.components.markup import STYLE
from fin_agent.entrypoints.dashboard.pages import VIEWS

_HOME = "home"  # never shown: Streamlit wants a name of its own for it
# drawn here: Streamlit would fetch an icon by name from the internet
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
    '<path d="M4 1v3M4 10v4M11 2v4M11 12v3" stroke="#0d9488" stroke-width="1.6"/>'
    '<rect x="2" y="4" width="4" height="6" fill="#0d9488"/>'
    '<rect x="9" y="6" width="4" height="6" fill="#e8590c"/></svg>'
)


def show(client: Client) -> None:
    """One look: the chosen page under the banner."""
    st.set_page_config(page_title="fin_agent", page_icon=_ICON, layout="wide")
    st.html(STYLE)
    chosen = st.navigation(_pages(client), position="top")
    forget_told(chosen.title)
    banner(client)
    chosen.run()


def _pages(client: Client) -> list[StreamlitPage]:
    """The pages; the first is there without an address too, where Streamlit knows no other."""
    first, *_ = VIEWS
    home = st.Page(
        partial(first.render, client),
        title=first.title,
        icon=first.icon,
        default=True,
        url_path=_HOME,
    )
    return [
        home,
        *(
            st.Page(
                partial(view.render, client),
                title=view.title,
                icon=view.icon,
                url_path=view.path,
                visibility="hidden" if view is first else "visible",
            )
            for view in VIEWS
        ),
    ]
