"""The envelope of every recorded event, its canonical form, and the hash chain over decisions.

Concrete payloads live beside their aggregate. Nothing here reads a clock or draws a number: ids
are hashes of what they name, times come in as values.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from json.encoder import c_make_encoder, encode_basestring_ascii  # type: ignore[attr-defined] # not in typeshed
from typing import Any, ClassVar, NamedTuple, TypeVar, overload

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
T = TypeVar("T")

GENESIS = "0" * 64
_ID_LENGTH = 32
_PRECISION = 28  # digits: what ``normalize`` rounds to


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


def _digits(value: Decimal) -> str:
    """A decimal as its digits: no exponent, no zeros at the end of a fraction."""
    text = str(value)
    if ("." not in text or text[-1] != "0") and len(text) < _PRECISION and "E" not in text:
        return text  # normal already, as nearly every price and quantity is
    return format(value.normalize(), "f")


def _same(value: Json) -> Json:
    return value


_PLAIN: dict[type, Callable[[Any], Json]] = {
    type(None): _same,
    bool: _same,
    int: _same,
    str: _same,
    float: lambda value: float(f"{value:.10g}"),
    Decimal: _digits,
    datetime: lambda value: value.isoformat(),
    date: lambda value: value.isoformat(),
    dict: lambda value: {str(key): plain(item) for key, item in value.items()},
    list: lambda value: [plain(item) for item in value],
    tuple: lambda value: [plain(item) for item in value],
}


def _special(value: object) -> Json:
    """What the encoder does not know by itself."""
    return _digits(value) if type(value) is Decimal else plain(value)


_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False, default=_special
)
# What ``_ENCODER.encode`` makes anew for every call: kept, because a backtest encodes 40,000 times.
# In order: markers, default, strings, indent, separators, sort_keys, skipkeys, allow_nan.
_SETTINGS = (None, _special, encode_basestring_ascii, None, ":", ",", True, False, False)
_FAST = None if c_make_encoder is None else c_make_encoder(*_SETTINGS)


def canonical(value: object) -> str:
    """The one JSON text of a payload: sorted keys, no blanks, no NaN.

    Floats must be at 10 significant digits already: ``plain`` sees to it, and so do the payloads
    of the domain's own events.
    """
    if type(value) is dict:  # the encoder's way back to Python costs three times as much
        value = {key: _digits(v) if type(v) is Decimal else v for key, v in value.items()}
    return _ENCODER.encode(value) if _FAST is None else "".join(_FAST(value, 0))


def derived_id(*names: object) -> str:
    """An identifier that is the hash of what it names: the same after every crash."""
    return hashed_id("|".join(map(str, names)))


def hashed_id(name: str) -> str:
    """The identifier of a name whose parts are joined already."""
    return sha256(name.encode()).hexdigest()[:_ID_LENGTH]


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
        """What is recorded: plain values, decimals and times, floats at 10 significant digits.

        Where many are written, keys stand in the order of the alphabet, as they are recorded: to
        sort them anew takes a third of an encoder's time.
        """

    def text(self) -> str:
        """The payload as canonical JSON."""
        return canonical(self.payload())


class Event(NamedTuple):
    """One recorded fact or decision; a tuple, because a backtest makes tens of thousands.

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
        return line_of(self.occurred_at.isoformat(), self.payload, self.type, self.version)


def line_of(at: str, payload: str, kind: str, version: int) -> str:
    """The canonical line of a decision: session time, payload, type and version."""
    return f'{{"at":"{at}","payload":{payload},"type":"{kind}","v":{version}}}'
