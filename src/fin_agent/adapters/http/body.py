"""Is this body an answer? A 200 with a web page, an empty or a cut body is a failure."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, AwareDatetime, Field, TypeAdapter, ValidationError

from fin_agent.adapters.http.failure import Failure

T = TypeVar("T")

_YEARS = range(1990, 2100)
_SHOWN = 60  # characters of an answer in a message


def _plausible(at: datetime) -> datetime:
    if at.year not in _YEARS:
        raise ValueError(f"the year {at.year} cannot be")
    return at


Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]  # "1.5" is drift, not 1.5
Instant = Annotated[AwareDatetime, AfterValidator(_plausible)]
Epoch = Annotated[int, Field(strict=True, ge=0, lt=1 << 32)]  # seconds since 1970, until 2106


def json_of(body: bytes) -> Any:  # noqa: ANN401 - whatever JSON holds
    """The JSON value of a body.

    Raises:
        Failure: the body is empty, a web page, plain text, cut off, or holds NaN.
    """
    try:
        return json.loads(_json_text(body), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Failure(
            f"answered with broken JSON ({_shown(str(error))})", is_transient=True
        ) from None


def _json_text(body: bytes) -> str:
    """The text of a body that begins like JSON."""
    text = text_of(body).lstrip("\ufeff \t\r\n")
    if text[:1] not in {"{", "["}:
        what = "a web page" if text[:1] == "<" else f"plain text ({_shown(text)})"
        raise Failure(f"answered with {what} instead of JSON", is_transient=True)
    return text


def text_of(body: bytes) -> str:
    """The text of a body.

    Raises:
        Failure: the body is empty or in no known encoding.
    """
    if not body.strip():
        raise Failure("answered with an empty body", is_transient=True)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise Failure("answered with bytes that are no text", is_transient=True) from None


def page_free_text(body: bytes) -> str:
    """Plain text such as a symbol list.

    Raises:
        Failure: it is a web page.
    """
    text = text_of(body)
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        raise Failure("answered with a web page instead of text", is_transient=True)
    return text


def xml_of(body: bytes) -> ET.Element:
    """The root element of an XML document without declarations of its own.

    Raises:
        Failure: it is no XML, a web page, or declares entities (which may explode).
    """
    if not body.strip():
        raise Failure("answered with an empty body", is_transient=True)
    if re.search(rb"<!(doctype|entity)", body, re.IGNORECASE):
        raise Failure("answered with a web page instead of XML", is_transient=True)
    try:
        return ET.fromstring(body)  # noqa: S314 - entities are refused above
    except (ET.ParseError, LookupError, ValueError) as error:
        raise Failure(
            f"answered with broken XML ({_shown(str(error))})", is_transient=True
        ) from None


def shaped(model: TypeAdapter[T]) -> Callable[[bytes], T]:
    """A decoder that reads JSON into a type, or names what does not fit it.

    Unknown keys are left alone (providers add some every month); a missing or wrong one is drift.
    """

    def decode(body: bytes) -> T:
        text = _json_text(body)
        try:
            return model.validate_json(text)
        except ValidationError as error:
            raise unlike(error) from None

    return decode


def unlike(error: ValidationError) -> Failure:
    """A body that is no JSON may be better the next time; one in another format will not."""
    if error.errors(include_url=False, include_input=False)[0]["type"] == "json_invalid":
        return Failure(f"answered with broken JSON ({_shown(drift(error))})", is_transient=True)
    return Failure(f"changed its format: {drift(error)}")


def drift(error: ValidationError) -> str:
    """The first thing that does not fit, without the value (it may be long or hostile)."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the answer"
    more = error.error_count() - 1
    return f"{where}: {first['msg']}" + (f" (and {more} more)" if more else "")


def batches(items: Sequence[T], size: int) -> list[Sequence[T]]:
    """The items in groups of at most ``size``: one call each."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return f"{line[:_SHOWN]}..." if len(line) > _SHOWN else line
