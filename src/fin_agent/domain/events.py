"""The envelope of every recorded event, its canonical form, and the hash chain over decisions.

Concrete payloads live beside their aggregate. Nothing here reads a clock or draws a number: ids
are hashes of what they name, times come in as values.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, ClassVar, TypeVar, overload

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
T = TypeVar("T")

GENESIS = "0" * 64
_ID_LENGTH = 32


@overload
def significant(value: float) -> float: ...
@overload
def significant(value: T) -> T: ...
def significant(value: object) -> object:
    """A float at 10 significant digits; anything else as it is."""
    return float(f"{value:.10g}") if isinstance(value, float) else value


def plain(value: object) -> Json:
    """A payload as JSON knows it: floats at 10 significant digits, decimals and times as text."""
    convert = _PLAIN.get(type(value))
    if convert is not None:
        return convert(value)
    if isinstance(value, str):  # an enum's value
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    msg = f"{type(value).__name__} has no canonical form"
    raise TypeError(msg)


def _same(value: Json) -> Json:
    return value


_PLAIN: dict[type, Callable[[Any], Json]] = {
    type(None): _same,
    bool: _same,
    int: _same,
    str: _same,
    float: lambda value: float(f"{value:.10g}"),
    Decimal: lambda value: format(value.normalize(), "f"),
    datetime: lambda value: value.isoformat(),
    date: lambda value: value.isoformat(),
    dict: lambda value: {str(key): plain(item) for key, item in value.items()},
    list: lambda value: [plain(item) for item in value],
    tuple: lambda value: [plain(item) for item in value],
}


def _special(value: object) -> Json:
    """What the encoder does not know by itself."""
    return plain(value)


_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False, default=_special
)


def canonical(value: object) -> str:
    """The one JSON text of a payload: sorted keys, no blanks, no NaN.

    Floats must be at 10 significant digits already: ``plain`` sees to it, and so do the payloads
    of the domain's own events.
    """
    return _ENCODER.encode(value)


def derived_id(*names: object) -> str:
    """An identifier that is the hash of what it names: the same after every crash."""
    text = "|".join(map(str, names))
    return sha256(text.encode()).hexdigest()[:_ID_LENGTH]


def chained(head: str, line: str) -> str:
    """The next link of a SHA-256 chain over canonical lines."""
    return sha256(f"{head}\n{line}".encode()).hexdigest()


class DomainEvent(ABC):
    """A fact or decision as the core makes it; concrete ones live beside their aggregate.

    The class name is the event's type. A decision enters the ``decision_hash``.
    """

    version: ClassVar[int] = 1
    is_decision: ClassVar[bool] = True

    @abstractmethod
    def payload(self) -> dict[str, object]:
        """What is recorded: plain values, decimals and times, floats at 10 significant digits."""

    def text(self) -> str:
        """The payload as canonical JSON."""
        return canonical(self.payload())


@dataclass(frozen=True, slots=True)
class Event:
    """One recorded fact or decision.

    ``payload`` is canonical JSON text. ``occurred_at`` is session time, ``recorded_at`` is wall
    time and is given by the store. ``is_decision`` puts the event into the ``decision_hash``.
    """

    event_id: str
    type: str
    session_date: date
    account: str
    occurred_at: datetime
    payload: str
    version: int = 1
    is_decision: bool = False
    valid_until: datetime | None = None
    correlation_id: str = ""
    causation_id: str = ""

    @property
    def line(self) -> str:
        """What enters the decision hash: no account, no wall time, no sequence number."""
        at = self.occurred_at.isoformat()
        return f'{{"at":"{at}","payload":{self.payload},"type":"{self.type}","v":{self.version}}}'
