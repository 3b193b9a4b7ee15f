"""How a report says things: amounts, prices, times and rules in the trader's words.

Text from outside (headlines, symbols, reasons) goes through ``clean`` before it is shown.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from rich.markup import escape

from fin_agent.domain.gates import ScanRules
from fin_agent.domain.news import one_line
from fin_agent.domain.session import NEW_YORK
from fin_agent.entrypoints import outcomes

SIMULATED = "SIMULATED"
SIMULATED_NOTE = "Simulated market: invented companies, nothing in it happened."

_SUB_DOLLAR = 1
_LONGEST_HEADLINE = 160
EXITS = {
    "target": "target",
    "stop": "stop",
    "flat": "flat",
    "daily_loss": "daily loss",
    "manual": "by hand",
    "close": "close",
}
_EXIT_WORDS = {
    "target": "target reached",
    "stop": "stopped out",
    "flat": "taken out flat before the close",
    "daily_loss": "taken out by the daily loss cap",
    "manual": "taken out by hand",
    "close": "marked out at the close",
}


def clean(text: str, longest: int = _LONGEST_HEADLINE) -> str:
    """Text from outside as one harmless line: no control, escape or direction characters."""
    line = one_line(text)
    return line if len(line) <= longest else line[: longest - 3].rstrip() + "..."


def safe(text: str, longest: int = 400) -> str:
    """Text from outside for a table cell: harmless, and never read as rich markup."""
    return escape(clean(text, longest))


def money(value: Decimal | float, currency: str = "", *, sign: bool = False) -> str:
    """An amount with two decimals: ``1,234.50 EUR``; -0.00 is 0.00."""
    amount = round(Decimal(value), 2) + 0
    text = f"{amount:+,.2f}" if sign and amount else f"{amount:,.2f}"
    return f"{text} {currency}".rstrip()


def price(value: Decimal | float) -> str:
    """A price in USD: cents from 1 USD on, four decimals below."""
    return f"{value:,.2f}" if abs(float(value)) >= _SUB_DOLLAR else f"{value:.4f}"


def shares(value: Decimal | float) -> str:
    """A quantity without needless zeros."""
    return f"{Decimal(value).normalize():,f}"


def counted(quantity: Decimal) -> str:
    """A quantity with its unit: ``1 share``, ``0.5 shares``."""
    return f"{shares(quantity)} share{'' if quantity == 1 else 's'}"


def percent(value: float | None, digits: int = 2, *, sign: bool = False) -> str:
    """A number that is a percentage already; a dash where there is none."""
    if value is None:
        return "-"
    text = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
    return f"{text} %"


def clock(at: datetime) -> str:
    """The New York clock time."""
    return f"{at.astimezone(NEW_YORK):%H:%M}"


def long_date(at: datetime) -> str:
    """``Monday 28 April 2025``, the same in every locale."""
    local = at.astimezone(NEW_YORK)
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year}"


def fate_words(fate: str | None) -> str:
    """What became of a plan, for a trader."""
    if fate is None:
        return "nothing"
    return clean(outcomes.fate_words(fate, armed="armed, not traded yet"))


def exit_words(reason: str) -> str:
    """How a trade ended, for a trader."""
    return _EXIT_WORDS.get(reason, clean(reason))


def limits(names: Iterable[str]) -> str:
    """Broken limits in words."""
    return clean(outcomes.limit_words(names))


def rule_words(rules: ScanRules) -> Mapping[str, str]:
    """Why each rule of the funnel takes a symbol out."""
    return {
        "fx": "no usable exchange rate",
        "instrument_type": "no common stock or ADR",
        "kid": "no key information document",
        "locked": "locked",
        "history": f"under {rules.min_history} daily bars or outdated",
        "quote": f"no price of the last {rules.max_quote_age_s / 60:.0f} min",
        "halted": "trading halted",
        "corporate_action": "looks like an unrecorded split",
        "price_range": f"price outside {rules.min_price:g} to {rules.max_price:g}",
        "liquidity": f"ADV under {rules.min_adv:,.0f}",
        "gap_min": f"gap under {rules.min_gap_pct:g} %",
        "gap_max": f"gap over {rules.max_gap_pct:g} %",
        "direction": "gap down, shorting not allowed",
        "relative_volume": f"relative volume under {rules.min_rvol:g}",
        "evidence": f"evidence under {rules.min_coverage:.0%} of the weight",
        "score": f"score under {rules.min_score:g}",
        "rank": f"behind the best {rules.top_n}",
    }


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
