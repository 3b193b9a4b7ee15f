"""The top of every page: state, clock, result, and what a person should know now."""

from collections.abc import Iterator

import streamlit as st

from fin_agent.entrypoints.api.models.status import Status
from fin_agent.entrypoints.dashboard.client import Client, Seen
from fin_agent.entrypoints.dashboard.components.acting import show_told, unlock
from fin_agent.entrypoints.dashboard.components.markup import Tone, chips, notice, tone_of
from fin_agent.entrypoints.dashboard.components.showing import EVERY_S
from fin_agent.entrypoints.dashboard.trader_words import STATES
from fin_agent.entrypoints.dashboard.words import age, clock, money, percent, zone_of

_TONES: dict[str, Tone] = {"ACTIVE": "gain", "REDUCING": "warn", "HALTED": "loss"}
_PHASES = {
    "before": "before the session",
    "pre_market": "pre-market",
    "regular": "regular hours",
    "closed": "closed",
}
_MOST_ERRORS = 3


def banner(client: Client) -> None:
    """State and errors, looked at again every few seconds; the way to unlock the buttons."""
    left, right = st.columns([8, 1])
    with right:
        unlock(client)
    with left:
        st.fragment(_state, run_every=EVERY_S)(client)
    show_told()


def _state(client: Client) -> None:
    seen = client.read(Status, "/v1/status")
    if seen.value is None:
        _silence(seen)
        return
    chips([*_chips(seen.value), *_age_chip(seen)])
    if seen.age_s is not None:
        rest = f"{seen.problem or ''}. What you see is {age(seen.age_s)} old; this page follows."
        notice("The agent does not answer:", rest, "warn", role="alert")
    _errors(seen.value)


def _silence(seen: Seen[Status]) -> None:
    if seen.is_unreachable:
        rest = f"({seen.problem}). Start it with fin-agent run; this page follows by itself."
        notice("No agent answers", rest, "warn", role="alert")
    else:
        notice("The agent says no:", seen.problem or "it gave no reason", "loss", role="alert")


def _age_chip(seen: Seen[Status]) -> Iterator[tuple[str, Tone]]:
    if seen.age_s is not None:
        yield f"OLD: {age(seen.age_s)}", "warn"


def _chips(status: Status) -> Iterator[tuple[str, Tone]]:
    yield f"{status.state}: {STATES[status.state]}", _TONES[status.state]
    if status.live:
        yield "REAL MONEY", "loss"
    else:
        yield f"{status.broker}, no real money", ""
    now = status.clock.session_now
    speed = f" x{status.clock.speed:g}" if status.clock.speed != 1 else ""
    yield f"{clock(now, seconds=True)} New York{speed}", ""
    yield f"{clock(now, zone_of(st.context.timezone))} here", ""
    yield from _session(status)
    if status.day_pnl is not None:
        yield f"today {money(status.day_pnl, status.currency, sign=True)}", tone_of(status.day_pnl)
    yield f"cap used {percent(100 * status.loss.used_share, 0)}", _cap_tone(status)
    if status.grades:
        counts = sorted(status.grades.items())
        yield f"plans: {', '.join(f'{count} of grade {grade}' for grade, count in counts)}", ""


def _session(status: Status) -> Iterator[tuple[str, Tone]]:
    """The session that is lived; under a fast clock it is not the machine's."""
    if status.day is not None and status.clock.speed != 1:
        yield f"{status.day.session_date:%a %d %b %Y}: {status.day.phase}", ""
    elif status.session is not None:
        yield f"{status.session.date:%a %d %b}: {_PHASES[status.session.phase]}", ""


def _cap_tone(status: Status) -> Tone:
    share = status.loss.used_share
    return "loss" if share >= 1 else "warn" if share >= 0.5 else ""  # noqa: PLR2004 -- half of it


def _errors(status: Status) -> None:
    """The newest errors; the first line of each says what to do."""
    if status.halt_reason:
        notice("Halted:", f"{status.halt_reason}. Resume on the Live page.", "loss", role="alert")
    for problem in status.problems[:_MOST_ERRORS]:
        notice(problem, "", "warn")
    for told in status.errors[:_MOST_ERRORS]:
        tone: Tone = "loss" if told.critical else "warn"
        notice(f"{clock(told.at)} {told.problem}", told.remedy, tone, role="alert")
