"""Values of the domain with sensible defaults: a test names only what it is about.

Amounts may be given as numbers or text; approvals are made by the risk gate like all others.
"""

from fin_agent.testing.builders.market import (
    DAY,
    OPEN,
    SCAN,
    SYMBOL,
    YESTERDAY,
    Amount,
    a_bar,
    a_context,
    a_headline,
    a_session,
    a_snapshot,
    an_instrument,
    usd,
)
from fin_agent.testing.builders.trade import (
    FREE_FILLS,
    NO_LIMITS,
    SLIP,
    a_bracket,
    a_candidate,
    a_fill,
    a_plan,
    a_trade,
    an_approval,
    an_intent,
    levels,
)

__all__ = [
    "DAY",
    "FREE_FILLS",
    "NO_LIMITS",
    "OPEN",
    "SCAN",
    "SLIP",
    "SYMBOL",
    "YESTERDAY",
    "Amount",
    "a_bar",
    "a_bracket",
    "a_candidate",
    "a_context",
    "a_fill",
    "a_headline",
    "a_plan",
    "a_session",
    "a_snapshot",
    "a_trade",
    "an_approval",
    "an_instrument",
    "an_intent",
    "levels",
    "usd",
]
