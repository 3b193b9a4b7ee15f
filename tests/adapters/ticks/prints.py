"""Prints and sessions for the tests of what is made of them."""

from dataclasses import dataclass

from fin_agent.testing.builders import a_session

SESSION = a_session()
OPEN_MS = SESSION.open.timestamp() * 1000.0
LATER = OPEN_MS + 86_400_000.0


@dataclass(frozen=True)
class Print:
    """A print without a number, ``at_ms`` in ms since 1970."""

    price: float
    at_ms: float
    size: float = 100.0
    symbol: str = "A"


def at(seconds: float) -> float:
    """An instant by seconds from the open."""
    return OPEN_MS + seconds * 1000.0
