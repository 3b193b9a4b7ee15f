"""A made-up half-day: prices by minute, prints by slot, and the daily bars before it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from random import Random

from fin_agent.adapters.calendar import ExchangeCalendar
from fin_agent.domain.market import Bar
from fin_agent.domain.session import NEW_YORK, TradingSession
from tests.servers.yahoo import MinuteRow

DAY = date(2025, 11, 28)  # the exchange closes at 13:00
LAST = date(2025, 11, 26)  # the session before
GAPS = {"ALFA": 5.0, "BETA": 8.2, "GAMA": 9.1, "DELT": 5.6, "EPSI": 7.4, "ZETA": 1.2, "ETAA": 25.0}
REFERENCE = "SPY"
CLOSE = 40.0  # of every symbol on the session before
_HISTORY = 82
_SLOTS = 6  # a minute
_SEED = 7


@dataclass(frozen=True)
class Course:
    """One symbol's regular minutes."""

    symbol: str
    bars: tuple[Bar, ...]


def session_of(calendar: ExchangeCalendar) -> TradingSession:
    found = calendar.session(DAY)
    assert found is not None
    assert found.is_half_day
    return found


def courses(session: TradingSession, seed: str = f"{_SEED}") -> dict[str, Course]:
    """Every symbol's day: a walk from its gap, the same on every machine."""
    found = {}
    for symbol, gap in {**GAPS, REFERENCE: 0.1}.items():
        dice = Random(f"{seed} {symbol}")
        price, drift = CLOSE * (1 + gap / 100), dice.uniform(-0.0006, 0.0008)
        bars = []
        for minute in range(session.minutes):
            begin, price = price, price * (1 + drift + dice.uniform(-0.003, 0.003))
            high = max(begin, price) * (1 + dice.uniform(0, 0.001))
            low = min(begin, price) * (1 - dice.uniform(0, 0.001))
            opened, high, low, close = (round(value, 2) for value in (begin, high, low, price))
            bars.append(Bar(minute, opened, high, low, close, dice.randrange(40, 90) * 600.0))
        found[symbol] = Course(symbol, tuple(bars))
    return found


def daily_csv(calendar: ExchangeCalendar, last: date = LAST) -> str:
    """The daily bars of the sessions but the last: up and down by up to 3 %, up to ``CLOSE``.

    The last one is fetched by the agent itself.
    """
    days = [s.date for s in calendar.sessions(last - timedelta(days=138), last - timedelta(days=1))]
    lines = ["symbol,date,open,high,low,close,volume"]
    for symbol in GAPS:
        dice = Random(f"{_SEED} {symbol} daily")
        closes = [CLOSE]
        for _ in range(_HISTORY):
            closes.append(closes[-1] * (1 + dice.uniform(-0.03, 0.03)))
        for day, (before, close) in zip(days[-_HISTORY:], pairwise(closes[::-1]), strict=True):
            high, low = max(before, close) * 1.02, min(before, close) * 0.98
            values = (f"{value:.2f}" for value in (before, high, low, close))
            lines.append(f"{symbol},{day},{','.join(values)},2000000")
    return "\n".join(lines) + "\n"


def minute_rows(course: Course, session: TradingSession) -> list[MinuteRow]:
    """The same minutes as Yahoo's charts tell them."""
    start = int(session.open.timestamp())
    return [
        (start + 60 * bar.minute, bar.open, bar.high, bar.low, bar.close, bar.volume)
        for bar in course.bars
    ]


@dataclass(frozen=True)
class Slot:
    """What the stream sends from one instant on: frames of prints, ready to go."""

    at: datetime
    frames: Mapping[str, str]
    prints: int  # a frame


def slots(session: TradingSession, days: dict[str, Course], prints_a_minute: int) -> Iterator[Slot]:
    """The session's prints in order of time, ``prints_a_minute`` of each symbol."""
    count = max(_SLOTS, prints_a_minute // _SLOTS * _SLOTS)
    each = count // _SLOTS
    for minute in range(session.minutes):
        begin = session.open + timedelta(minutes=minute)
        begin_ms = int(begin.timestamp() * 1000)
        told = {symbol: prices_of(course.bars[minute], count) for symbol, course in days.items()}
        for slot in range(_SLOTS):
            places = range(slot * each, (slot + 1) * each)
            frames = {
                symbol: _frame(
                    symbol, prices, days[symbol].bars[minute].volume / count, places, begin_ms
                )
                for symbol, prices in told.items()
            }
            yield Slot(begin + timedelta(seconds=60 * slot / _SLOTS), frames, each)
    after = int(session.close.timestamp() * 1000)
    last = {s: _frame(s, [c.bars[-1].close], 1.0, range(1), after + 1) for s, c in days.items()}
    yield Slot(session.close, last, 1)


def _frame(symbol: str, prices: Sequence[float], size: float, places: range, begin_ms: int) -> str:
    step = 60_000 // len(prices)
    prints = [
        {"s": symbol, "p": prices[n], "t": begin_ms + n * step, "v": size, "c": ["1"]}
        for n in places
    ]
    return json.dumps({"data": prints, "type": "trade"}, separators=(",", ":"))


def prices_of(bar: Bar, count: int) -> list[float]:
    """Prints that make this bar: open first, close last, high and low between."""
    inner = [bar.high, bar.low, *([round((bar.high + bar.low) / 2, 2)] * (count - 4))]
    return [bar.open, *inner, bar.close]


def new_york(clock: str, day: date = DAY) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), NEW_YORK)
