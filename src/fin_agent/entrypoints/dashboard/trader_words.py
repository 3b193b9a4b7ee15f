"""The trader's words for what the API names: rules, fates, limits, exits, evidence."""

import re
from collections.abc import Iterable, Mapping

from fin_agent.entrypoints import outcomes
from fin_agent.entrypoints.dashboard.words import DASH, clean

_RULES: Mapping[str, str] = {
    "fx": "no usable exchange rate",
    "instrument_type": "no common stock or ADR",
    "kid": "no key information document",
    "locked": "locked by you or by a cool-down",
    "history": "too few daily bars, or outdated",
    "quote": "no fresh price",
    "halted": "trading halted",
    "corporate_action": "looks like an unrecorded split",
    "price_range": "price outside the range",
    "liquidity": "too little traded a day",
    "gap_min": "gap too small",
    "gap_max": "gap too large",
    "direction": "gap down, shorting is off",
    "relative_volume": "ordinary volume",
    "evidence": "too little evidence for a score",
    "score": "score too low",
    "rank": "behind the best picks",
    "selected": "selected",
}
_EXITS: Mapping[str, str] = {
    "target": "target reached",
    "stop": "stopped out",
    "flat": "flat before the close",
    "daily_loss": "daily loss cap",
    "manual": "by hand",
    "close": "marked out at the close",
}
_ORDER_STATES: Mapping[str, str] = {
    "PENDING": "not sent yet",
    "SENDING": "being sent",
    "UNKNOWN": "no answer: being looked up",
    "ACKED": "works at the broker",
    "FILLED": "filled",
    "CANCELLED": "cancelled",
    "EXPIRED": "expired",
    "REJECTED": "rejected by the broker",
    "DEAD": "never reached the broker",
}
_UNITS: Mapping[str, str] = {
    "gap_min": " %",
    "gap_max": " %",
    "direction": " %",
    "relative_volume": " x",
    "history": " bars",
    "quote": " s",
    "score": " points",
}
_NAMED_RULES = re.compile("|".join(sorted(_RULES, key=len, reverse=True)))
STATES: Mapping[str, str] = {
    "ACTIVE": "entries are allowed",
    "REDUCING": "no new entries, exits go on",
    "HALTED": "entries are off until you resume",
}
BADGES: Mapping[str, str] = {
    "DELAYED": "a price or volume in it is late",
    "REPAIRED": "bars in it were filled in after a gap",
    "FALLBACK": "a second source answered instead of the first",
    "MISSING": "an input is missing; it is not scored as 0",
}


def rule_words(rule: str) -> str:
    """Why a rule takes a symbol out."""
    return _RULES.get(rule, clean(rule))


def change_words(change: str) -> str:
    """What would have admitted a symbol; other rules that it fails are named in words."""
    head, colon, rest = change.partition(": also fails ")
    said = _NAMED_RULES.sub(lambda found: _RULES[found[0]], rest)
    return clean(f"{head}{': also ' if colon else ''}{said}")


def measured_words(rule: str, value: object) -> str:
    """A value that a rule measured or needs, with its unit; a dash where there is none."""
    if value is None:
        return DASH
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        unit = _UNITS.get(rule, "")
        text = f"{value:,.2f}" if unit else f"{value:,.4f}"
        return f"{text.rstrip('0').rstrip('.')}{unit}"
    return clean(value)


def order_words(state: str) -> str:
    """Where an order stands."""
    return _ORDER_STATES.get(state, clean(state))


def limits(names: Iterable[str]) -> str:
    """Broken limits in words."""
    return clean(outcomes.limit_words(names))


def exit_words(reason: str) -> str:
    """How a trade ended."""
    return _EXITS.get(reason, clean(reason))


def fate_words(fate: str | None) -> str:
    """What became of a plan."""
    return clean(outcomes.fate_words(fate, armed="armed, waits for its trigger"))
