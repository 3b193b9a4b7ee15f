"""The last question before a byte leaves: may this order go out now?

It is asked after the intent is durable and before SENDING is, with nothing awaited between the
question and the write, so that no halt can slip in between (reliability.md section 3, step 2).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from fin_agent.application.desk import Day
from fin_agent.application.live_state import LiveState
from fin_agent.domain.entry import OrderKind
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.order import OrderIntent
from fin_agent.domain.risk import TradingState

_OPENING = timedelta(seconds=90)  # no regular bar is complete before


class Barrier(StrEnum):
    """Why an order may not be sent."""

    KILL = "kill"
    DATABASE = "database"
    STATE = "state"
    UNRECONCILED = "unreconciled"
    CLOCK = "clock"
    SESSION = "session"
    EXPIRED = "expired"
    DUPLICATE = "duplicate"
    FOREIGN = "foreign"
    HALTED = "halted"
    STALE = "stale"
    COLLAR = "collar"
    RUNAWAY = "runaway"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A barrier with what was found, for the log and the person."""

    barrier: Barrier
    found: str


def entry_refusal(day: Day, intent: OrderIntent) -> Refusal | None:
    """What stands in the way of an entry now; None when it may go."""
    live = day.live
    if live is None:
        return None
    checks = (_control, _venue, _time, _untradable, _market, _runaway)
    return next((found for check in checks if (found := check(day, live, intent))), None)


def exit_refusal(day: Day, intent: ExitIntent) -> Refusal | None:
    """What stands in the way of an exit: the closed market, where it would wait, or a loop."""
    live, now, session = day.live, day.now, day.session
    if live is None:
        return None
    if not live.is_simulated and not session.open <= now < session.close:
        return Refusal(Barrier.SESSION, "the exchange is closed; a day order would wait for days")
    found = live.limits.may_exit(intent.symbol, intent.client_order_id, now)
    return Refusal(Barrier.RUNAWAY, found) if found else None


def _control(day: Day, live: LiveState, _intent: OrderIntent) -> Refusal | None:
    reason = live.control.kill_reason()
    if reason is not None:
        return Refusal(Barrier.KILL, reason)
    sick = live.sickness()
    if sick is not None:
        return Refusal(Barrier.DATABASE, sick)
    if day.book.state is not TradingState.ACTIVE:
        return Refusal(Barrier.STATE, day.book.state.value)
    return None


def _venue(day: Day, live: LiveState, intent: OrderIntent) -> Refusal | None:
    if not live.is_reconciled:
        return Refusal(Barrier.UNRECONCILED, "the venue has not been compared yet")
    if intent.symbol in live.foreign:
        return Refusal(Barrier.FOREIGN, f"an order in {intent.symbol} that is not ours")
    others = (i for i in day.book.live_entries if i.symbol == intent.symbol)
    twin = next((i for i in others if i.client_order_id != intent.client_order_id), None)
    if twin is not None:
        return Refusal(Barrier.DUPLICATE, twin.client_order_id)
    return None


def _time(day: Day, live: LiveState, intent: OrderIntent) -> Refusal | None:
    now, session = _now(day, live), day.session
    doubt = live.clock_doubt()
    if doubt is not None:
        return Refusal(Barrier.CLOCK, doubt)
    if not session.open <= now < session.close:
        return Refusal(Barrier.SESSION, f"{now.isoformat()} is outside the session")
    age = now - intent.decided_at
    if now >= intent.valid_until or age > live.rules.signal_life:
        return Refusal(Barrier.EXPIRED, f"decided {_seconds(age)} ago")
    return None


def _untradable(_day: Day, live: LiveState, intent: OrderIntent) -> Refusal | None:
    if intent.symbol in live.untradable.halted:
        return Refusal(Barrier.HALTED, f"{intent.symbol} is halted at the exchange")
    if intent.symbol in live.untradable.stale:
        return Refusal(Barrier.STALE, f"nothing is heard of {intent.symbol} while others trade")
    return None


def _market(day: Day, live: LiveState, intent: OrderIntent) -> Refusal | None:
    now, rules = _now(day, live), live.rules
    known = live.prices.get(intent.symbol)
    if known is None:
        if now - day.session.open <= _OPENING:
            return None
        return Refusal(Barrier.STALE, f"no price of {intent.symbol} today")
    price, at = known
    if now - at > rules.quote_age:
        return Refusal(Barrier.STALE, f"the last price is {_seconds(now - at)} old")
    allowed = rules.collar_pct if intent.kind is OrderKind.MARKET else rules.resting_collar_pct
    distance = 100.0 * abs(float(intent.price) / price - 1.0)
    if distance > allowed:
        return Refusal(Barrier.COLLAR, f"{distance:.1f} % from the last price {price:g}")
    return None


def _runaway(day: Day, live: LiveState, intent: OrderIntent) -> Refusal | None:
    found = live.limits.may_enter(intent.symbol, intent.client_order_id, day.now)
    return Refusal(Barrier.RUNAWAY, found) if found else None


def _now(day: Day, live: LiveState) -> datetime:
    """The instant of sending; a venue that fills from bars has no time but that of its minutes.

    How late a minute was seen is judged where its trigger is (``LiveRules.minute_life``).
    """
    return day.at if live.is_simulated else day.now


def _seconds(age: timedelta) -> str:
    return f"{age.total_seconds():.0f} s"
