"""Grades, tags and notes edited in the table of trades; nothing is kept before Save."""

from collections.abc import Mapping, Sequence

import streamlit as st
from pydantic import ValidationError

from fin_agent.entrypoints.api.models.commands import NoteAsked, NoteTaken
from fin_agent.entrypoints.api.models.journal import Trade
from fin_agent.entrypoints.dashboard.client import Client
from fin_agent.entrypoints.dashboard.components.acting import LOCKED, act, is_locked, tell
from fin_agent.entrypoints.dashboard.trader_words import exit_words
from fin_agent.entrypoints.dashboard.words import DASH, clock, plural

_NO_GRADE = DASH
GRADES = (_NO_GRADE, "A", "B", "C", "D", "E", "F")
_EDITABLE = ("own grade", "tag", "note")
_KEY = "journal-editor"

Row = dict[str, object]


def note_editor(client: Client, trades: Sequence[Trade], *, editable: bool) -> None:
    """The trades, newest first, with what a person may add."""
    shown = list(reversed(trades))
    rows = [row_of(trade) for trade in shown]
    locked = is_locked(client) or not editable
    fixed = True if locked else [name for name in rows[0] if name not in _EDITABLE]
    st.data_editor(
        rows,
        key=f"{_KEY}-{st.session_state.get(_KEY, 0)}",
        hide_index=True,
        disabled=fixed,
        alt="Closed trades; own grade, tag and note can be edited",
        column_config={
            "own grade": st.column_config.SelectboxColumn(options=list(GRADES), width=120),
            "tag": st.column_config.TextColumn(max_chars=40),
            "note": st.column_config.TextColumn(max_chars=2000, width="large"),
            "R": st.column_config.NumberColumn(format="%+.2f"),
            "result": st.column_config.NumberColumn(format="%+.2f"),
            "worst R": st.column_config.NumberColumn(format="%+.2f"),
            "best R": st.column_config.NumberColumn(format="%+.2f"),
            "slip bps": st.column_config.NumberColumn(format="%+.1f"),
        },
    )
    if not editable:
        return
    asked = changed(shown, _edits())
    if st.button(
        f"Save {plural(len(asked), 'change')}", key="save-notes", disabled=locked or not asked
    ):
        _save(client, asked)
    if locked:
        st.caption(f"To write grades, tags and notes: {LOCKED}")


def row_of(trade: Trade) -> Row:
    """A trade as a row of the editor; the newest note is the one to go on from."""
    return {
        "session": trade.session_date.isoformat(),
        "symbol": trade.symbol,
        "side": trade.side,
        "entry": trade.entry.replace("_", " "),
        "in": clock(trade.entry_time),
        "out": clock(trade.exit_time),
        "exit": exit_words(trade.exit_reason),
        "result": trade.pnl,
        "R": trade.r_multiple,
        "worst R": trade.mae_r,
        "best R": trade.mfe_r,
        "slip bps": trade.slippage_bps,
        "own grade": trade.own_grade or _NO_GRADE,
        "tag": trade.tags[-1] if trade.tags else "",
        "note": trade.notes[-1].text if trade.notes else "",
    }


def _edits() -> Mapping[int, Mapping[str, object]]:
    state = st.session_state.get(f"{_KEY}-{st.session_state.get(_KEY, 0)}") or {}
    found: Mapping[int, Mapping[str, object]] = state.get("edited_rows", {})
    return found


def changed(
    trades: Sequence[Trade], edits: Mapping[int, Mapping[str, object]]
) -> list[tuple[str, NoteAsked]]:
    """The notes that edited rows amount to, by trade id; a row edited back is none.

    A note says something: a grade or tag alone is written as its own text.
    """
    found = []
    for place, edit in sorted(edits.items()):
        trade, before = trades[place], row_of(trades[place])
        after = {name: str(edit.get(name, before[name]) or "").strip() for name in _EDITABLE}
        if all(after[name] == before[name] for name in _EDITABLE):
            continue
        grade = after["own grade"].replace(_NO_GRADE, "")
        text = after["note"] if after["note"] != before["note"] else ""
        said = [f"grade {grade}"] if grade else []
        said += [f"tag {after['tag']}"] if after["tag"] else []
        fallback = ", ".join(said) or "grade and tag taken back"
        note = {"text": text or fallback, "tag": after["tag"], "grade": grade}
        found.append((trade.trade_id, NoteAsked.model_validate(note)))
    return found


def _save(client: Client, asked: Sequence[tuple[str, NoteAsked]]) -> None:
    kept = 0
    for trade_id, note in asked:
        try:
            taken = act(client, NoteTaken, f"/v1/journal/{trade_id}/notes", note)
        except ValidationError:
            taken = None
        if taken is None:
            break
        kept += taken.done
    else:
        tell(f"{plural(kept, 'note')} kept.")
        st.session_state[_KEY] = st.session_state.get(_KEY, 0) + 1  # an editor without edits
    st.rerun()
