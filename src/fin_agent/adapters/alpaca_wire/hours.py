"""Alpaca's clock (``GET /v2/clock``) as the core's value.

No recorded answer is at hand; the fields (timestamp, is_open, next_open, next_close) are those of
Alpaca's reference of its trading API.
"""

from fin_agent.adapters.alpaca_wire.orders import instant
from fin_agent.domain.errors import InvalidValue
from fin_agent.domain.session import VenueHours


def hours_of(document: object) -> VenueHours:
    """What the clock says, whole or not at all.

    Raises:
        InvalidValue: a field is missing or no time.
    """
    if not isinstance(document, dict):
        raise InvalidValue(f"expected a clock, got {type(document).__name__}")
    is_open = document.get("is_open")
    if not isinstance(is_open, bool):
        raise InvalidValue(f"is_open is {is_open!r:.40}")
    times = [document.get(name) for name in ("timestamp", "next_open", "next_close")]
    if not all(isinstance(text, str) for text in times):
        raise InvalidValue("the clock lacks a time")
    at, opens, closes = (instant(str(text)) for text in times)
    return VenueHours(at, is_open, opens, closes)
