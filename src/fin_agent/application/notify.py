"""Tell: which event a person hears of, how loudly, and in which words.

Pure: an event goes in, a notice comes out. What an event carries from outside is made inert here:
no channel can mistake it for markup, for a link or for a call to somebody.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from fin_agent.domain.events import Event, derived_id
from fin_agent.domain.notice import Notice, Severity
from fin_agent.domain.session import NEW_YORK

Payload = Mapping[str, Any]


class Level(StrEnum):
    """How a kind of notice reaches a person; ``silent`` makes no sound, ``off`` is not sent."""

    ON = "on"
    SILENT = "silent"
    OFF = "off"


class Kind(NamedTuple):
    """A kind of notice by default; ``about`` says when it is sent."""

    level: Level
    severity: Severity
    about: str


_INFO, _WARNING, _CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL
KINDS: Mapping[str, Kind] = {
    "scan": Kind(Level.ON, _INFO, "a scan is done: what it ranked"),
    "order_sent": Kind(Level.OFF, _INFO, "an entry order is about to be sent"),
    "order_refused": Kind(Level.ON, _WARNING, "the venue refused an order"),
    "order_unknown": Kind(Level.ON, _WARNING, "nobody knows yet whether an order arrived"),
    "entry_filled": Kind(Level.ON, _INFO, "shares were bought, or sold short"),
    "plan_rejected": Kind(Level.SILENT, _INFO, "the risk gate refused a plan at its trigger"),
    "plan_expired": Kind(Level.OFF, _INFO, "a plan ended without an order"),
    "stop_hit": Kind(Level.ON, _INFO, "a position left at its stop"),
    "target_hit": Kind(Level.ON, _INFO, "a position left at its target"),
    "position_closed": Kind(Level.ON, _INFO, "a position left for any other reason"),
    "daily_loss": Kind(Level.ON, _WARNING, "the daily loss cap is reached and latched"),
    "halted": Kind(Level.ON, _CRITICAL, "the agent or the venue stopped entries, and why"),
    "halted_by_you": Kind(Level.SILENT, _INFO, "you stopped entries"),
    "resumed": Kind(Level.SILENT, _INFO, "you allowed entries again"),
    "not_flat": Kind(Level.ON, _CRITICAL, "something is held, or unsure, after the close"),
    "day_summary": Kind(Level.ON, _INFO, "the day is over and flat: its result"),
    "provider_suspended": Kind(Level.SILENT, _INFO, "a provider is left alone for a while"),
    "provider_fell_back": Kind(Level.OFF, _INFO, "one provider was asked instead of another"),
    "quota": Kind(Level.ON, _WARNING, "a provider's quota is used to 80 %"),
    "signal_expired": Kind(Level.SILENT, _WARNING, "an event came too late to be acted on"),
    "error": Kind(Level.ON, _WARNING, "something a person should know, with its remedy"),
    "critical_error": Kind(Level.ON, _CRITICAL, "something a person must act on"),
}
_LONGEST = 400  # characters of one value: more is nobody's sentence
_SHOWN = 5  # names of a list
_EXITS = {"stop": "stop_hit", "target": "target_hit"}
_INERT = str.maketrans(
    {
        "<": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}",
        ">": "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}",
        "@": "\N{FULLWIDTH COMMERCIAL AT}",
        "&": "\N{FULLWIDTH AMPERSAND}",
        "*": "\N{ASTERISK OPERATOR}",
        "`": "'",
        "~": "\N{TILDE OPERATOR}",
        "|": "\N{DIVIDES}",
        "[": "(",
        "]": ")",
        "#": "\N{FULLWIDTH NUMBER SIGN}",
        "\\": "/",
    }
)


def inert(value: object) -> str:
    """A value as one plain line: no control or direction characters, no markup, no mention."""
    spaced = "".join(" " if c.isspace() else c for c in str(value))
    printed = (c for c in spaced if c == " " or unicodedata.category(c)[0] not in "CZ")
    text = " ".join("".join(printed).split())
    cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    bare = re.sub(r"(?<!\w)_+|_+(?!\w)", "-", cut)
    return bare.translate(_INERT).replace("://", ": ")


class Words(NamedTuple):
    """What is said of an event, under the name of its kind."""

    kind: str
    title: str
    text: str


def notice_of(
    event: Event, levels: Mapping[str, Level], currency: str, now: datetime
) -> Notice | None:
    """What a person is told of an event; None when it is nothing, or off.

    ``currency`` is the account's, ``now`` the machine's time.
    """
    teller = _TOLD.get(event.type)
    words = None if teller is None else teller(json.loads(event.payload), currency)
    if words is None:
        return None
    kind = KINDS[words.kind]
    level = levels.get(words.kind, kind.level)
    if level is Level.OFF:
        return None
    at = event.occurred_at.astimezone(NEW_YORK)
    return Notice(
        notice_id=derived_id("notice", event.event_id),
        kind=words.kind,
        severity=kind.severity,
        title=words.title,
        text=f"{words.text} ({at:%H:%M} New York)",
        made_at=now,
        silent=level is Level.SILENT,
    )


def told_types() -> frozenset[str]:
    """The types of event that a person may be told of."""
    return frozenset(_TOLD)


def _money(value: object, currency: str) -> str:
    return f"{Decimal(str(value)):+.2f} {currency}"


def _price(value: object) -> str:
    return f"{Decimal(str(value)):f}"


def _named(symbols: list[str]) -> str:
    more = f" and {len(symbols) - _SHOWN} more" if len(symbols) > _SHOWN else ""
    return ", ".join(map(inert, symbols[:_SHOWN])) + more


def _scan(told: Payload, _: str) -> Words:
    ranked = [str(candidate["symbol"]) for candidate in told["ranked"]]
    text = f"Ranked: {_named(ranked)}" if ranked else "Nothing passed the gates: no trade today"
    return Words("scan", f"Scan: {len(ranked)} candidates", text)


def _order_sent(told: Payload, _: str) -> Words:
    symbol, side = inert(told["symbol"]), inert(told["side"])
    text = f"{_price(told['quantity'])} {symbol} {side}, {inert(told['kind'])} at {told['price']}"
    return Words("order_sent", f"Order {symbol}", text)


def _order_moved(told: Payload, _: str) -> Words | None:
    symbol, reason = inert(told["symbol"]), inert(told["reason"])
    if told["state"] == "REJECTED":
        return Words("order_refused", f"Order refused: {symbol}", reason or "without a reason")
    if told["state"] == "UNKNOWN":
        text = "Nobody knows whether it arrived; the agent looks it up and sends nothing twice"
        return Words("order_unknown", f"Order unknown: {symbol}", text)
    return None


def _fill(told: Payload, _: str) -> Words | None:
    if told["reason"] != "entry":
        return None
    symbol = inert(told["symbol"])
    text = f"{_price(told['quantity'])} {symbol} at {_price(told['price'])} USD"
    return Words("entry_filled", f"Entry filled: {symbol}", text)


def _plan_rejected(told: Payload, _: str) -> Words:
    symbol, reasons = inert(told["symbol"]), _named([str(b) for b in told["breaches"]])
    return Words("plan_rejected", f"Plan refused: {symbol}", reasons)


def _plan_expired(told: Payload, _: str) -> Words:
    symbol = inert(told["symbol"])
    return Words("plan_expired", f"Plan over: {symbol}", f"No entry: {inert(told['reason'])}")


def _trade(told: Payload, currency: str) -> Words:
    symbol, reason = inert(told["symbol"]), inert(told["exit_reason"])
    names = {"stop": f"Stop hit: {symbol}", "target": f"Target hit: {symbol}"}
    text = (
        f"{_price(told['quantity'])} {symbol} out at {_price(told['exit_price'])} USD,"
        f" {_money(told['pnl'], currency)}, {float(told['r_multiple']):+.2f} R"
    )
    title = names.get(reason, f"Closed ({reason}): {symbol}")
    return Words(_EXITS.get(reason, "position_closed"), title, text)


def _daily_loss(told: Payload, currency: str) -> Words:
    text = (
        f"The day stands at {_money(told['day_pnl'], currency)}, the cap is {told['cap']}"
        f" {currency}: everything goes out, no entry any more today"
    )
    return Words("daily_loss", "Daily loss cap reached", text)


def _halted(told: Payload, _: str) -> Words:
    if told["by"] == "person":
        return Words("halted_by_you", "Entries are off", inert(told["reason"]))
    remedy = "look at the venue, then: fin-agent resume --reason TEXT"
    return Words("halted", "Trading HALTED", f"{inert(told['reason'])}; {remedy}")


def _resumed(told: Payload, _: str) -> Words:
    return Words("resumed", "Entries are on again", inert(told["reason"]))


def _closed(told: Payload, currency: str) -> Words:
    result = (
        f"{told['trades']} trades, {_money(told['pnl'], currency)},"
        f" equity {Decimal(str(told['equity'])):.2f} {currency}"
    )
    if told["flat"]:
        return Words("day_summary", "Day over, flat verified", result)
    remedy = "look at the venue, sell there by hand, then: fin-agent resume --reason TEXT"
    return Words("not_flat", "NOT FLAT after the close", f"{result}; {remedy}")


def _suspended(told: Payload, _: str) -> Words:
    provider = inert(told["provider"])
    text = f"Left alone for {told['seconds']} s: {inert(told['reason'])}"
    return Words("provider_suspended", f"Provider suspended: {provider}", text)


def _fell_back(told: Payload, _: str) -> Words:
    provider, other = inert(told["provider"]), inert(told["fallback"])
    text = f"{inert(told['what'])} of {told['symbols']} symbols from {other}"
    return Words("provider_fell_back", f"Asked instead of {provider}: {other}", text)


def _quota(told: Payload, _: str) -> Words:
    provider, share = inert(told["provider"]), 100 * told["used"] / told["limit"]
    text = f"{told['used']} of {told['limit']} calls in {told['period_s']} s"
    return Words("quota", f"Quota of {provider} used to {share:.0f} %", text)


def _signal_expired(told: Payload, _: str) -> Words:
    text = f"{inert(told['type'])} came too late for {inert(told['consumer'])}: not acted on"
    return Words("signal_expired", "Too late", text)


def _error(told: Payload, _: str) -> Words:
    text = "; ".join(filter(None, (inert(told["problem"]), inert(told["remedy"]))))
    if told["critical"]:
        return Words("critical_error", "Act now", text)
    return Words("error", "Attention", text)


_TOLD: Mapping[str, Callable[[Payload, str], Words | None]] = {
    "CandidatesRanked": _scan,
    "OrderIntentCreated": _order_sent,
    "OrderMoved": _order_moved,
    "FillRecorded": _fill,
    "PlanRejected": _plan_rejected,
    "PlanExpired": _plan_expired,
    "TradeRecorded": _trade,
    "SessionLocked": _daily_loss,
    "TradingHalted": _halted,
    "TradingResumed": _resumed,
    "SessionClosed": _closed,
    "ProviderSuspended": _suspended,
    "ProviderFellBack": _fell_back,
    "QuotaWarning": _quota,
    "SignalExpired": _signal_expired,
    "ErrorRaised": _error,
}
