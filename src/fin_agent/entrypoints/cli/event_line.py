"""An event as one line of a terminal: when in New York, what, and the facts that a trader asks for.

``events show`` has everything; the first letters of the event id are enough for it.
"""

import json
from collections.abc import Iterator, Mapping

from fin_agent.composition.state import Recorded
from fin_agent.domain.session import NEW_YORK
from fin_agent.entrypoints.cli.report_words import clean

_ID_LETTERS = 8
_DIGITS = 4
_LARGE = 50_000  # characters of a payload: a whole market's verdicts are no line
_BARE = ("symbol", "problem", "reason", "side", "state")  # they say what they are
_NAMED = (
    "exit_reason",
    "pnl",
    "r_multiple",
    "quantity",
    "filled",
    "price",
    "trigger",
    "stop",
    "target",
    "entry_price",
    "exit_price",
    "equity",
)


def event_line(recorded: Recorded, width: int | None) -> str:
    """The line, cut to ``width`` characters (None: whole)."""
    event = recorded.event
    at = event.occurred_at.astimezone(NEW_YORK)
    head = f"{recorded.seq:>4} {at:%m-%d %H:%M} {event.event_id[:_ID_LETTERS]} {event.type}"
    payload = json.loads(event.payload) if len(event.payload) <= _LARGE else {}
    facts = " ".join(_facts(payload)) if isinstance(payload, Mapping) else ""
    return clean(f"{head} {facts}".rstrip(), 2000 if width is None else width)


def _facts(payload: Mapping[str, object]) -> Iterator[str]:
    for name in _BARE:
        if payload.get(name):
            yield str(payload[name])
    breaches = payload.get("breaches")
    if isinstance(breaches, list) and breaches:
        yield f"breaches {','.join(map(str, breaches))}"
    for name in _NAMED:
        if payload.get(name) is not None:
            yield f"{name.replace('_', ' ')} {_short(payload[name])}"


def _short(value: object) -> str:
    """A number with four decimals at most, as it is read in a line."""
    try:
        number = round(float(str(value)), _DIGITS)
    except ValueError:
        return str(value)
    return f"{number:.{_DIGITS}f}".rstrip("0").rstrip(".")
