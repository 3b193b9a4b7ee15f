"""What an answer of Alpaca proves about a request, in one table.

A refusal counts only in Alpaca's own words (JSON with a message): an error page of something in
between proves nothing.
"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import NoReturn

from fin_agent.adapters.alpaca_wire.transport import Answer
from fin_agent.domain.errors import (
    AlreadyKnown,
    Ambiguous,
    FinAgentError,
    InvalidValue,
    Refused,
    Unavailable,
)

UNAUTHORIZED = 401
NOT_FOUND = 404
UNPROCESSABLE = 422
TOO_MANY = 429
_PROCESSED = range(200, 300)
_REFUSING = frozenset({400, 403, UNPROCESSABLE})

MEANINGS: Mapping[int, str] = {
    40010000: "the request cannot be read",
    40010001: "a field is missing or not allowed",
    40110000: "the keys are not accepted",
    40310000: "not allowed: buying power, shares held by other orders, shorting or account limits",
    40310100: "not allowed: pattern day trading protection",
    40410000: "not found",
    42210000: "not tradable like this: asset, price, order class, wash trade or order state",
    42910000: "too many requests",
    50010000: "an error inside Alpaca",
}
"""The error codes Alpaca documents (docs.alpaca.markets, and the bodies in its SDK's tests)."""

_DUPLICATE = re.compile(
    r"client[\s_-]?order[\s_-]?id\b.*\b(unique|exists?|duplicate)", re.IGNORECASE
)
_TEXT_LENGTH = 200


def refusal(answer: Answer, about: str) -> FinAgentError | None:
    """The error of a request that was sent, None when it was processed."""
    if answer.status in _PROCESSED:
        return None
    if answer.status == TOO_MANY:
        return Unavailable(f"{about}: too many requests")
    said = _words(answer)
    if answer.status == UNAUTHORIZED:
        return Refused(f"{about}: the keys are not accepted ({answer.status}){said or ''}")
    if answer.status not in _REFUSING or said is None:
        return Ambiguous(f"{about}: status {answer.status}, the order may be there")
    if answer.status == UNPROCESSABLE and _DUPLICATE.search(said):
        return AlreadyKnown(f"{about}{said}")
    return Refused(f"{about}{said}")


def _words(answer: Answer) -> str | None:
    """Alpaca's message and code, None when the body is not Alpaca's."""
    try:
        body = decoded(answer.body)
    except InvalidValue:
        return None
    if not isinstance(body, dict) or not isinstance(body.get("message"), str):
        return None
    text = "".join(c if c.isprintable() else " " for c in body["message"])[:_TEXT_LENGTH]
    code = body.get("code")
    if not isinstance(code, int):
        return f": {text} (status {answer.status}, no code)"
    meaning = MEANINGS.get(code, "a code that is not documented")
    return f": {text} (code {code}, {meaning})"


def is_absent(answer: Answer) -> bool:
    """Whether Alpaca itself says that there is no such thing."""
    if answer.status != NOT_FOUND:
        return False
    said = _words(answer)
    return said is not None and ("not found" in said or "does not exist" in said)


def read(answer: Answer, about: str) -> object:
    """The decoded body of a read.

    Raises:
        Unavailable: any other answer; a read proves nothing unless it is whole.
    """
    if answer.status not in _PROCESSED:
        raise Unavailable(f"{about}: status {answer.status}{_words(answer) or ''}")
    try:
        return decoded(answer.body)
    except InvalidValue as error:
        raise Unavailable(f"{about}: {error}") from error


def decoded(body: bytes) -> object:
    """JSON with decimals for every fraction.

    Raises:
        InvalidValue: not JSON, cut short, or with a number that is none.
    """
    try:
        found: object = json.loads(body, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise InvalidValue(f"no JSON in {len(body)} bytes") from error
    return found


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")
