"""How values look in a JSON document: prices as numbers, times in New York, absence as null."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from math import isfinite
from pathlib import Path
from typing import Any

from fin_agent.domain.errors import InvalidValue
from fin_agent.domain.events import Json, significant
from fin_agent.domain.session import NEW_YORK

Document = dict[str, Json]


def number(value: Decimal | float) -> float:
    """A finite number at 10 significant digits, never -0.0.

    Raises:
        InvalidValue: it is infinite or not a number.
    """
    plain = float(value)
    if not isfinite(plain):
        raise InvalidValue(f"a document holds finite numbers only, was {value}")
    return significant(plain) + 0.0


def maybe(value: Decimal | float | None) -> float | None:
    """A number, or null where there is none."""
    return None if value is None else number(value)


def moment(at: datetime) -> str:
    """An instant as ISO 8601 with New York's offset."""
    return at.astimezone(NEW_YORK).isoformat()


def maybe_moment(at: datetime | None) -> str | None:
    """An instant, or null where there is none."""
    return None if at is None else moment(at)


def jsonable(value: object) -> Json:
    """Any value the core hands out, by the same rules.

    Raises:
        InvalidValue: JSON has no form for it.
    """
    convert = _SCALARS.get(type(value))  # there nearly always
    return _rare(value) if convert is None else convert(value)


def _rare(value: object) -> Json:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return jsonable(value.value)
    if isinstance(value, Mapping):
        return {str(_key(key)): jsonable(item) for key, item in value.items()}
    if isinstance(value, frozenset | set):
        return [jsonable(item) for item in sorted(value, key=str)]
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [jsonable(item) for item in value]
    for kind, convert in _SCALARS.items():
        if isinstance(value, kind):
            return convert(value)
    raise InvalidValue(f"{type(value).__name__} has no place in a JSON document")


def text_of(document: Mapping[str, Json]) -> str:
    """The one text of a document: one line, ASCII only, so that any terminal can take it.

    Not indented: that would take Python's own encoder, 20 times slower on a long backtest.
    """
    return json.dumps(document, allow_nan=False)


def _key(key: object) -> object:
    return key.value if isinstance(key, Enum) else key


_SCALARS: dict[type, Callable[[Any], Json]] = {
    str: str,
    int: int,
    float: number,
    Decimal: number,
    datetime: moment,
    date: date.isoformat,
    Path: str,
}
