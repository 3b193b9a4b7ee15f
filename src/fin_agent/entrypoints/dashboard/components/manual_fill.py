"""A fill made by hand at a broker without API, told to the agent."""

from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation

import streamlit as st
from pydantic import ValidationError

from fin_agent.entrypoints.api.models.commands import FillAsked, FillTaken
from fin_agent.entrypoints.api.models.status import Status
from fin_agent.entrypoints.dashboard.client import Client
from fin_agent.entrypoints.dashboard.components.acting import (
    LOCKED,
    act,
    is_locked,
    problem_words,
    tell,
    typed,
)
from fin_agent.entrypoints.dashboard.components.markup import notice
from fin_agent.entrypoints.dashboard.components.showing import empty
from fin_agent.entrypoints.dashboard.components.trading_tables import orders_table
from fin_agent.entrypoints.dashboard.words import NEW_YORK, price, shares

_PARTS = ("", "entry", "stop", "target", "exit")
_WORD = "FILL"


def manual_fill(client: Client) -> None:
    """The form; what it asks for is judged by the agent, not here."""
    st.subheader("Fill by hand")
    status = client.read(Status, "/v1/status").value
    if status is not None and status.broker != "manual":
        empty(f"The broker {status.broker} tells its fills itself.", "This is for broker: manual.")
        return
    st.caption("Tell the agent what was bought or sold for one of its orders.")
    if status is not None:
        _waiting(status)
    locked = is_locked(client)
    with st.form("fill-form"):
        left, middle, right = st.columns(3)
        with left:
            order = st.text_input("Order or symbol", key="fill-order", max_chars=80)
            part = st.selectbox("Part (empty: the one that is due)", _PARTS, key="fill-part")
        with middle:
            amounts = (
                st.text_input("Shares", key="fill-shares", placeholder="9"),
                st.text_input("Price, USD", key="fill-price", placeholder="28.52"),
            )
        with right:
            day = st.date_input("Day (empty: now)", value=None, key="fill-day")
            at = st.time_input("New York time", value=None, key="fill-time", step=60)
        cancelled = st.checkbox("The rest of the order was cancelled", key="fill-cancelled")
        sure = typed(_WORD, "It changes the book", "fill-word")
        if st.form_submit_button("Record fill", key="fill", disabled=locked):
            if not sure:
                notice("Nothing was done:", f"type {_WORD}.", "warn")
                return
            when = moment_of(day if isinstance(day, date) else None, at)
            asked = fill_asked(order, part, amounts, when, cancelled=cancelled)
            _record(client, asked)
    if locked:
        st.caption(LOCKED)


def _waiting(status: Status) -> None:
    if status.orders:
        orders_table(status.orders)
    else:
        empty("No order waits for you.", "One comes at the trigger of a plan; see Live.")


def moment_of(day: date | None, at: time | None) -> datetime | None:
    """A New York date and time as an instant; None (now) without both."""
    if day is None or at is None:
        return None
    return datetime.combine(day, at, NEW_YORK).astimezone(UTC)


def fill_asked(
    order: str,
    part: str,
    amounts: tuple[str, str],
    at: datetime | None,
    *,
    cancelled: bool,
) -> FillAsked | str:
    """The request, or what is wrong with it in one sentence."""
    if not order.strip():
        return "Name the order, or its symbol."
    try:
        quantity, paid = (Decimal(text.strip()) if text.strip() else None for text in amounts)
    except InvalidOperation:
        return "Shares and price are numbers like 9 and 28.52."
    try:
        return FillAsked.model_validate(
            {
                "order": order.strip(),
                "quantity": quantity,
                "price": paid,
                "part": part or None,
                "at": at,
                "cancelled": cancelled,
            }
        )
    except ValidationError as error:
        return f"{problem_words(error)}."


def _record(client: Client, asked: FillAsked | str) -> None:
    if isinstance(asked, str):
        notice("Nothing was recorded.", asked, "warn")
        return
    taken = act(client, FillTaken, "/v1/fills", asked)
    if taken is not None:
        filled = (
            "" if taken.quantity is None else f"{shares(taken.quantity)} at {price(taken.price)}"
        )
        gone = "the rest is cancelled" if taken.cancelled else ""
        what = ", ".join(said for said in (filled, gone) if said)
        tell(f"Recorded for {taken.symbol} ({taken.client_order_id}): {what}.")
    st.rerun()
