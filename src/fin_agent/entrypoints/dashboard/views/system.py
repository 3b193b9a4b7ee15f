"""System: health, providers, what was given up, the log, and the settings of the next scan."""

from collections.abc import Mapping

import streamlit as st

from fin_agent.entrypoints.api.models.base import Page
from fin_agent.entrypoints.api.models.log import DeadLetters, Events
from fin_agent.entrypoints.api.models.status import Database, Status
from fin_agent.entrypoints.api.models.system import (
    Capability,
    Check,
    Doctor,
    LogTail,
    Quota,
    Settings,
)
from fin_agent.entrypoints.dashboard.client import SLOW_S, Client, Seen
from fin_agent.entrypoints.dashboard.components.markup import (
    Card,
    Cell,
    Column,
    Tone,
    cards,
    log_lines,
    table,
)
from fin_agent.entrypoints.dashboard.components.showing import SLOWLY_S, empty, value_of
from fin_agent.entrypoints.dashboard.components.weight_sliders import weight_sliders
from fin_agent.entrypoints.dashboard.words import DASH, clock, moment, number

_STATES: Mapping[str, Tone] = {"ok": "gain", "warn": "warn", "fail": "loss"}
_LINES = 200
_DOCTOR = "/v1/health/doctor"
_OUTSIDE, _ASKED = "fa_outside", "fa_ask_providers"
_PATIENT_S = 120.0  # some providers answer late, one after another
_EVENTS = 50


def render(client: Client) -> None:
    """The page; each tab asks only when it is open."""
    st.title("System")
    health, providers, events, log, settings = st.tabs(
        ["Health", "Providers", "Events", "Log", "Settings"], key="system-tab", on_change="rerun"
    )
    for tab, draw in (
        (health, _health),
        (providers, _providers),
        (events, _events),
        (log, _log),
        (settings, _settings),
    ):
        if tab.open is not False:
            with tab:
                st.fragment(draw, run_every=SLOWLY_S if draw is not _settings else None)(client)


def _health(client: Client) -> None:
    status = client.read(Status, "/v1/status").value
    if status is not None and status.database is not None:
        _database(status.database, status)
    found = value_of(client.read(Doctor, _DOCTOR, timeout_s=SLOW_S))
    if found is None:
        return
    table(
        "Checks",
        [
            Column("check", "word"),
            Column("", "word"),
            Column("found", "long"),
            Column("remedy", "long"),
        ],
        [_check(check) for check in found.checks],
    )
    st.caption(f"Looked at {moment(found.at)} New York")


def _database(database: Database, status: Status) -> None:
    backup = moment(status.backup.at) if status.backup else "none yet: fin-agent db backup"
    cards(
        [
            Card("state database", "sound" if database.ok else "not sound"),
            Card("events", number(database.events, 0)),
            Card("size, MB", number(database.bytes / 1e6, 1)),
            Card("newest backup", backup),
        ]
    )


def _check(check: Check) -> list[Cell | str]:
    return [check.name, Cell(check.state, _STATES[check.state]), check.found, check.remedy or ""]


def _providers(client: Client) -> None:
    doctor = value_of(_examined(client))
    if doctor is not None and doctor.capabilities:
        st.subheader("What each can do")
        table(
            "Providers",
            [
                Column("provider", "word"),
                Column("used for", "long"),
                Column("key", "word"),
                Column("answers", "long"),
                Column("quotas", "word"),
                Column("note", "long"),
            ],
            [_capability(found) for found in doctor.capabilities],
        )
        _ask_providers()
    quotas = value_of(client.read(Page[Quota], "/v1/quotas"))
    st.subheader("Calls that count against quotas")
    if quotas is not None and quotas.items:
        table(
            "Quotas",
            [
                Column("provider", "word"),
                Column("group", "word"),
                Column("last minute"),
                Column("last day"),
                Column("limits", "word"),
                Column("last call"),
            ],
            [
                [
                    quota.provider,
                    quota.group,
                    str(quota.last_minute),
                    str(quota.last_day),
                    ", ".join(quota.limits) or DASH,
                    moment(quota.last_call),
                ]
                for quota in quotas.items
            ],
        )
    elif quotas is not None:
        empty("No provider was called in the last day.", "Stored data needs none.")


def _examined(client: Client) -> Seen[Doctor]:
    """The checks of this machine; those of every provider once somebody asked for them."""
    outside: Doctor | None = st.session_state.get(_OUTSIDE)
    if st.session_state.pop(_ASKED, False):
        with st.spinner("Asking every provider once."):
            seen = client.read(Doctor, _DOCTOR, {"outside": "true"}, timeout_s=_PATIENT_S)
        st.session_state[_OUTSIDE] = seen.value
        return seen
    return Seen(outside) if outside else client.read(Doctor, _DOCTOR, timeout_s=SLOW_S)


def _ask_providers() -> None:
    asked_at: Doctor | None = st.session_state.get(_OUTSIDE)
    if asked_at is not None:
        st.caption(f"Asked at {moment(asked_at.at)} New York")
    help_ = "One call of each kind to each; it counts against their quotas."
    st.button("Ask every provider now", key="ask-providers", help=help_, on_click=_ask_them)


def _ask_them() -> None:
    st.session_state[_ASKED] = True


def _answers(works: Mapping[str, bool] | None) -> Cell:
    if works is None:
        return Cell("not asked", "muted", "ask with the button below")
    said = [name if does else f"{name}: NO" for name, does in works.items()]
    return Cell(", ".join(said) or DASH, "gain" if works and all(works.values()) else "warn")


def _capability(found: Capability) -> list[Cell | str]:
    key = Cell("not needed", "muted")
    if found.has_key is not None:
        key = Cell("there", "gain") if found.has_key else Cell("missing", "warn")
    return [
        found.provider,
        ", ".join(found.used_for) or DASH,
        key,
        _answers(found.works),
        ", ".join(found.quotas) or DASH,
        found.note or "",
    ]


def _events(client: Client) -> None:
    dead = value_of(client.read(DeadLetters, "/v1/dead-letters"))
    st.subheader("Dead letters")
    if dead is not None and dead.items:
        table(
            "Dead letters",
            [
                Column("seq"),
                Column("type", "word"),
                Column("consumer", "word"),
                Column("tries"),
                Column("failed"),
                Column("reason", "long"),
            ],
            [
                [
                    str(letter.seq),
                    letter.type,
                    letter.consumer,
                    str(letter.attempts),
                    moment(letter.failed_at),
                    letter.reason,
                ]
                for letter in dead.items
            ],
        )
        st.caption("Try one again: fin-agent events requeue")
    elif dead is not None:
        empty("No dead letter.", "Every event reached everyone who waits for it.")
    st.subheader("Newest events")
    events = value_of(client.read(Events, "/v1/events", {"limit": _EVENTS}))
    if events is not None and events.items:
        newest = sorted(events.items, key=lambda event: -event.seq)
        table(
            "Newest events",
            [Column("seq"), Column("at"), Column("type", "word"), Column("says", "long")],
            [
                [
                    str(event.seq),
                    clock(event.occurred_at, seconds=True),
                    event.type,
                    _payload(event.payload),
                ]
                for event in newest
            ],
        )
    elif events is not None:
        empty("No event yet.", "The first comes when a session opens: fin-agent run.")


def _payload(payload: object) -> str:
    if not isinstance(payload, Mapping):
        return str(payload)
    plain = {k: v for k, v in payload.items() if isinstance(v, str | int | float | bool)}
    return ", ".join(f"{name} {value}" for name, value in plain.items())[:240]


def _log(client: Client) -> None:
    found = value_of(client.read(LogTail, "/v1/logs", {"lines": _LINES}))
    if found is None:
        return
    if found.file is None or not found.lines:
        empty("Nothing is logged to a file.", "Where logs go is a setting: logging.")
        return
    log_lines("The newest lines of the log", found.lines)
    st.caption(f"The newest {len(found.lines)} lines")


def _settings(client: Client) -> None:
    found = value_of(client.read(Settings, "/v1/settings"))
    if found is None:
        return
    weight_sliders(client, found.weights)
    st.subheader("In force")
    st.caption("Change them in config.yaml and start the agent again; secrets are never shown.")
    for section, values in sorted(found.settings.items()):
        with st.expander(section):
            st.json(values)
    table(
        "Plug-ins",
        [Column("port", "word"), Column("plug-ins", "long")],
        [[port, ", ".join(names)] for port, names in sorted(found.plugins.items())],
    )
