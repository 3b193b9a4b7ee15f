"""What became of a plan and which limit was broken, in the trader's words: reports and dashboard.

A name that is not known here is given back as it is; the caller cleans it.
"""

from collections.abc import Iterable, Mapping

LIMITS: Mapping[str, str] = {
    "state": "trading is stopped",
    "daily_loss": "what the day may still lose",
    "position": "position cap",
    "exposure": "exposure cap",
    "cash": "cash",
    "risk": "risk per trade",
    "min_value": "minimum order value",
    "correlation": "correlation with a held symbol",
    "max_entries": "number of entries",
    "kid": "no key information document",
    "grade": "evidence grade",
}
_FATES: Mapping[str, str] = {
    "ordered": "ordered, not filled yet",
    "filled": "filled",
    "expired: window": "no trigger inside the entry window",
    "expired: chase": "ran away: too far beyond the reference to chase",
    "expired: locked": "cancelled: no more entries that day",
    "expired: superseded": "replaced by a later scan",
}


def fate_words(fate: str | None, *, armed: str) -> str:
    """What became of a plan; ``armed`` is what to say of one that still waits."""
    if fate is None:
        return "nothing yet"
    if fate == "armed":
        return armed
    head, _, rest = fate.partition(": ")
    if head in {"refused", "not armed"}:
        when = "refused at its trigger" if head == "refused" else "not armed"
        return f"{when}: {limit_words(rest.split(', '))}"
    if head == "not filled":
        return f"ordered, never filled: {rest}" if rest else "ordered, never filled"
    return _FATES.get(fate, fate)


def limit_words(names: Iterable[str]) -> str:
    """Broken limits."""
    return ", ".join(LIMITS.get(name, name) for name in names)
