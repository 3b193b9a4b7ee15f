"""Where a session stands, what became of it, and why there is none to live."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from fin_agent.adapters.clock import AcceleratedClock
from fin_agent.application.live import LiveDriver
from fin_agent.composition.bootstrap import App
from fin_agent.domain.control import StoredDay
from fin_agent.domain.journal import TradeRecord
from fin_agent.domain.session import NEW_YORK, TradingSession
from fin_agent.ports import ClockPort

_MINUTE = timedelta(minutes=1)
_LATE = timedelta(minutes=10)
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class DayEnd:
    """What became of one session."""

    session: TradingSession
    fates: dict[str, str]
    trades: list[TradeRecord]
    equity: Decimal
    pnl: Decimal
    is_flat: bool
    state: str
    decision_hash: str


def last_instant(session: TradingSession, stored: StoredDay) -> datetime | None:
    """Up to when a session has been lived by what is stored of it."""
    known = [event.occurred_at for event in stored.events[-1:]]
    if stored.minute is not None:
        known.append(session.open + (stored.minute + 1) * _MINUTE)
    return max(known, default=None)


def next_session(app: App, now: datetime) -> TradingSession:
    """The session that is under way, or the next one."""
    today = now.astimezone(NEW_YORK).date()
    coming = app.calendar.sessions(today, today + _WEEK)
    return next(session for session in coming if now < session.close)


def ended(driver: LiveDriver) -> DayEnd:
    day = driver.day
    return DayEnd(
        session=day.session,
        fates=dict(day.fates),
        trades=list(day.trades),
        equity=day.book.equity,
        pnl=day.book.realised,
        is_flat=not day.book.open,
        state=day.book.state.value,
        decision_hash=day.log.head,
    )


def no_minutes(app: App, session: TradingSession) -> str:
    there = sorted(app.minute_dates())
    span = f"stored are {there[0]} to {there[-1]}" if there else "none are stored"
    return (
        f"no minute bars for {session.date} ({span}); import some: fin-agent data import FILE,"
        " or run a stored day: fin-agent run --clock START@SPEED"
    )


def minute_of(at: datetime) -> datetime:
    """The minute of an instant, in New York."""
    return at.astimezone(NEW_YORK).replace(second=0, microsecond=0)


def clock_time(at: datetime) -> str:
    """The time of day in New York."""
    return f"{at.astimezone(NEW_YORK):%H:%M}"


def late_by(timer: ClockPort) -> timedelta:
    """How late a scan may be and keep its time; a clock that runs away is given more."""
    speed = timer.speed if isinstance(timer, AcceleratedClock) else 1.0
    return _LATE * max(1.0, speed / 60)
