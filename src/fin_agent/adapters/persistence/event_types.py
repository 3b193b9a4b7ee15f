"""Reads stored events of every version we still accept: the current one and the two before it.

An older payload is carried up version by version; fields that no version knows are kept.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ValidationError

from fin_agent.domain.errors import CorruptData
from fin_agent.domain.events import Event, canonical

_BEFORE = 2  # versions before the current one
Payload = dict[str, object]
Upcast = Callable[[Payload], Payload]


@dataclass(frozen=True, slots=True)
class EventType:
    """The current version of a type, its payload, and the step from each version to the next."""

    model: type[BaseModel]
    version: int = 1
    upcasts: Mapping[int, Upcast] = field(default_factory=dict)

    def __post_init__(self) -> None:
        needed = set(range(max(1, self.version - _BEFORE), self.version))
        if not needed <= self.upcasts.keys():
            lacking = sorted(needed - self.upcasts.keys())
            raise ValueError(f"{self.model.__name__}: no step up from version {lacking}")


class EventTypes:
    """Every type of event that may be delivered, by name."""

    def __init__(self, types: Mapping[str, EventType]) -> None:
        self._types = types

    @property
    def names(self) -> frozenset[str]:
        """Every type that may be delivered."""
        return frozenset(self._types)

    def read(self, event: Event) -> Event:
        """The event at the current version of its type, its payload checked.

        Raises:
            CorruptData: unknown type, a version that is not accepted, or a payload that does not
                fit; a handler must not see it.
        """
        kind = self._types.get(event.type)
        if kind is None:
            raise CorruptData(f"unknown type of event {event.type!r}")
        oldest = max(1, kind.version - _BEFORE)
        if not oldest <= event.version <= kind.version:
            raise CorruptData(
                f"{event.type} version {event.version} is not readable: this program reads"
                f" {oldest} to {kind.version}"
            )
        try:
            if event.version == kind.version:
                kind.model.model_validate_json(event.payload)
                return event
            return _carried_up(event, kind)
        except (ValidationError, KeyError, TypeError, ValueError, RecursionError) as error:
            problem = _first(error) if isinstance(error, ValidationError) else repr(error)
            raise CorruptData(f"{event.type} version {event.version}: {problem}") from error


def _carried_up(event: Event, kind: EventType) -> Event:
    payload = json.loads(event.payload)
    if not isinstance(payload, dict):
        raise TypeError("the payload must be an object")
    for version in range(event.version, kind.version):
        payload = kind.upcasts[version](payload)
    kind.model.model_validate(payload)
    return event._replace(payload=canonical(payload), version=kind.version)


def _first(error: ValidationError) -> str:
    """The first problem with its place; the value is left out, it may be huge."""
    problem = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, problem['loc'])) or 'payload'}: {problem['msg']}"
