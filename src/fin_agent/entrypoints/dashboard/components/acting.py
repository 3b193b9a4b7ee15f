"""Acting through the API: unlocked once per browser session, and harmless when clicked twice."""

from dataclasses import dataclass
from secrets import token_hex
from time import monotonic
from typing import TypeVar

import streamlit as st
from pydantic import BaseModel, ValidationError

from fin_agent.entrypoints.dashboard.client import Client
from fin_agent.entrypoints.dashboard.components.markup import notice
from fin_agent.entrypoints.dashboard.wire import Refused, Unreachable

Model = TypeVar("Model", bound=BaseModel)

LOCKED = "Enter the control token at the top of the page first."
_SAME_CLICK_S = 3.0  # the same wish again within this time is a second click
_WISHES, _TOLD, _PAGE = "fa_wishes", "fa_told", "fa_page"


@dataclass(frozen=True, slots=True)
class Wish:
    """The key under which a wish was sent, and when it was answered."""

    key: str
    answered_at: float | None = None


def key_for(path: str, body: BaseModel, now: float) -> str:
    """The idempotency key of a wish: the same one until it is answered, and just after that."""
    wishes: dict[str, Wish] = st.session_state.setdefault(_WISHES, {})
    name = f"{path} {body.model_dump_json()}"
    known = wishes.get(name)
    if known is None or (known.answered_at is not None and now - known.answered_at > _SAME_CLICK_S):
        wishes.clear()  # an older wish is over: nobody clicks it a second time
        known = wishes[name] = Wish(token_hex(16))
    return known.key


def _answered(path: str, body: BaseModel, now: float) -> None:
    wishes: dict[str, Wish] = st.session_state[_WISHES]
    name = f"{path} {body.model_dump_json()}"
    wishes[name] = Wish(wishes[name].key, now)


def act(client: Client, model: type[Model], path: str, body: BaseModel) -> Model | None:
    """Ask for something to be done; None after saying why it was not."""
    key = key_for(path, body, monotonic())
    try:
        found = client.act(model, path, body, key)
    except Unreachable as error:
        tell(f"{error}; nothing is lost, click again when it answers", ok=False)
        return None
    except Refused as error:
        _answered(path, body, monotonic())
        tell(f"{error.detail}. {error.remedy or ''}", ok=False)
        return None
    _answered(path, body, monotonic())
    return found


def problem_words(error: ValidationError) -> str:
    """What is wrong with a request that was not sent, in one sentence."""
    said = []
    for found in error.errors():
        message = str(found["msg"])
        own = message.removeprefix("Value error, ")
        field = str(found["loc"][0]) if found["loc"] else "it"
        said.append(own if own != message else f"{field} cannot be read: {message}")
    return "; ".join(dict.fromkeys(said))


def tell(words: str, *, ok: bool = True) -> None:
    """What came of an act; it stays on the page until the next one."""
    st.session_state[_TOLD] = (words, ok)


def forget_told(page: str) -> None:
    """What came of an act belongs to the page it was done on."""
    if st.session_state.get(_PAGE) != page:
        st.session_state[_PAGE] = page
        st.session_state.pop(_TOLD, None)


def show_told() -> None:
    """What came of the last act."""
    told = st.session_state.get(_TOLD)
    if told is None:
        return
    words, ok = told
    notice("Done." if ok else "Not done.", words, "gain" if ok else "loss", role="alert")


def is_locked(client: Client) -> bool:
    """Whether buttons are off because no control token has been entered."""
    return client.control_token is None


def unlock(client: Client) -> None:
    """The field for the control token, or the button that forgets it."""
    if not is_locked(client):
        if st.button("Lock", key="lock", help="Forget the control token of this browser session."):
            client.control_token = None
            st.rerun()
        return
    with (
        st.popover("Unlock", help="Enter the control token to use the buttons."),
        st.form("unlock", clear_on_submit=True, border=False),
    ):
        token = st.text_input("Control token", type="password", autocomplete="off")
        st.caption(
            "It is in api/control.token of the data directory, or in the keyring when api.tokens"
            " says so; it stays in this session."
        )
        if st.form_submit_button("Unlock") and token.strip():
            client.control_token = token.strip()
            st.rerun()


def typed(word: str, name: str, key: str) -> bool:
    """A field that takes one word; whether it holds it."""
    found = st.text_input(f"{name}: type {word} to confirm", key=key, autocomplete="off")
    return found.strip().upper() == word.upper()
