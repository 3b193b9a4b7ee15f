"""An event as one JSON text and back: how it travels where no table carries it."""

import json
from collections.abc import Mapping

from fin_agent.adapters.persistence.rows import event_of
from fin_agent.domain.errors import CorruptData
from fin_agent.domain.events import Event, canonical

_FIELDS = frozenset(Event._fields)


def envelope_of(event: Event) -> str:
    """The canonical JSON of an event; its payload stays the text that it is."""
    return canonical(event._asdict())


def event_in(text: str | bytes) -> Event:
    """The event of an envelope; fields that we do not know are left out.

    Raises:
        CorruptData: it is no envelope of an event.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CorruptData(f"no JSON: {error}") from error
    if not isinstance(found, Mapping) or not found.keys() >= _FIELDS:
        missing = sorted(_FIELDS - found.keys()) if isinstance(found, Mapping) else "an object"
        raise CorruptData(f"no envelope of an event: lacks {missing}")
    if not isinstance(found["version"], int) or not isinstance(found["payload"], str):
        raise CorruptData("no envelope of an event: version is a number and payload a text")
    try:
        return event_of(found)
    except ValueError as error:
        raise CorruptData(f"no envelope of an event: {error}") from error
