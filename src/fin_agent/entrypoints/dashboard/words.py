"""How the dashboard says things: a missing value is a dash, never 0.

Text from outside (headlines, reasons, log lines) is shown only after ``html.escape`` or in a
data frame, whose cells are drawn and never interpreted. ``inert`` is for places that read markdown.
"""

from datetime import datetime, timedelta
from string import punctuation
from zoneinfo import ZoneInfo

DASH = "\N{EN DASH}"
NEW_YORK = ZoneInfo("America/New_York")

_SUB_DOLLAR = 1
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400
_ESCAPED = {ord(mark): f"\\{mark}" for mark in punctuation}
_CONTROL = (*range(32), *range(127, 160))
_UNSEEN = (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF)
_FORBIDDEN = dict.fromkeys((*_CONTROL, *_UNSEEN))


def clean(text: object, longest: int = 240) -> str:
    """Text from outside as one line: no control, escape, direction or zero-width characters."""
    line = " ".join(str(text).split()).translate(_FORBIDDEN)
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def inert(text: object, longest: int = 240) -> str:
    """Text for a place that reads markdown, with every mark taken literally."""
    return clean(text, longest).translate(_ESCAPED)


def money(value: float | None, currency: str = "", *, sign: bool = False) -> str:
    """An amount with two decimals; -0.00 is 0.00."""
    if value is None:
        return DASH
    amount = round(value, 2) + 0.0
    text = f"{amount:+,.2f}" if sign and amount else f"{amount:,.2f}"
    return f"{text} {currency}".rstrip()


def price(value: float | None) -> str:
    """A price in USD: cents from 1 USD on, four decimals below."""
    if value is None:
        return DASH
    return f"{value:,.2f}" if abs(value) >= _SUB_DOLLAR else f"{value:.4f}"


def number(value: float | None, digits: int = 2, unit: str = "", *, sign: bool = False) -> str:
    """A plain number; ``unit`` follows after a space; -0.00 is 0.00."""
    if value is None:
        return DASH
    amount = round(value, digits) + 0.0
    text = f"{amount:+,.{digits}f}" if sign and amount else f"{amount:,.{digits}f}"
    return f"{text} {unit}".rstrip()


def percent(value: float | None, digits: int = 2, *, sign: bool = False) -> str:
    """A number that is a percentage already."""
    return number(value, digits, "%", sign=sign)


def share(value: float | None, digits: int = 0) -> str:
    """A share of 0 to 1 as a percentage."""
    return percent(None if value is None else 100 * value, digits)


def shares(value: float | None) -> str:
    """A quantity without needless zeros."""
    if value is None:
        return DASH
    return f"{value:,.4f}".rstrip("0").rstrip(".")


def in_r(value: float | None) -> str:
    """A result in units of what the stop would have lost."""
    return number(value, 2, "R", sign=True)


def clock(at: datetime | None, zone: ZoneInfo = NEW_YORK, *, seconds: bool = False) -> str:
    """The clock time in a zone, New York's by default."""
    if at is None:
        return DASH
    return at.astimezone(zone).strftime("%H:%M:%S" if seconds else "%H:%M")


def moment(at: datetime | None, zone: ZoneInfo = NEW_YORK) -> str:
    """Date and clock time in a zone."""
    return DASH if at is None else at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def age(seconds: float | None) -> str:
    """How long ago: ``8 s``, ``12 min``, ``3 h``, ``2 d``."""
    if seconds is None:
        return DASH
    for length, unit in ((_DAY_S, "d"), (_HOUR_S, "h"), (_MINUTE_S, "min")):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def span(value: timedelta) -> str:
    """A stretch of time, as ``age``."""
    return age(value.total_seconds())


def zone_of(name: str | None) -> ZoneInfo:
    """The browser's zone; New York when it does not say one that is known."""
    try:
        return ZoneInfo(name or "America/New_York")
    except (KeyError, ValueError, OSError):
        return NEW_YORK


def plural(count: int, noun: str) -> str:
    """``1 trade``, ``2 trades``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
