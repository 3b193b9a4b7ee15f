"""A second, scalar reading of the strategy's scan, to check what the simulated days show.

Nothing here uses the agent: gates, factors and entries are written again, short and slow, for the
default settings, longs only and a neutral mood of all headlines.
"""

from collections import defaultdict
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from fin_agent.domain.session import TradingSession
from fin_agent.testing.simulated import DemoCalendar, SimulatedMarket, simulate_demo

NEW_YORK = ZoneInfo("America/New_York")
PROFILE = {-330: 0.0, -150: 0.004, -90: 0.010, -30: 0.022, -5: 0.035, 0: 0.04}
SCAN, REFRESH = -90, -5  # 08:00 and 09:25, minutes from the open


class Bar(NamedTuple):
    open: float
    high: float
    low: float
    close: float
    volume: int


class Inputs(NamedTuple):
    symbol: str
    price: float
    prev_close: float
    gap: float
    rvol: float
    adv: float
    composite: float


FIRST_DATE = date(2025, 1, 6)


def a_calendar(first: date = FIRST_DATE) -> DemoCalendar:
    """80 weekdays of history and two full sessions; holidays do not matter here."""
    days = [first + timedelta(days=offset) for offset in range(116)]
    *past, one, two = [day for day in days if day.weekday() < 5][:82]
    return DemoCalendar(tuple(past), (a_session(one), a_session(two)))


def a_session(day: date) -> TradingSession:
    opened = datetime(day.year, day.month, day.day, 9, 30, tzinfo=NEW_YORK)
    return TradingSession(day, opened, opened.replace(hour=16, minute=0))


@cache
def market() -> SimulatedMarket:
    return simulate_demo(a_calendar())


@cache
def bars(number: int) -> dict[str, dict[int, Bar]]:
    table = market().days[number].bars
    opened = np.datetime64(int(market().days[number].session.open.timestamp() * 1000), "ms")
    minutes = ((table.timestamp - opened) // np.timedelta64(1, "m")).tolist()
    columns = (table.open, table.high, table.low, table.close, table.volume)
    result: dict[str, dict[int, Bar]] = defaultdict(dict)
    rows = zip(table.symbol.tolist(), minutes, *(c.tolist() for c in columns), strict=True)
    for symbol, minute, *values in rows:
        result[symbol][minute] = Bar(*values)
    return result


@cache
def history(number: int) -> dict[str, list[Bar]]:
    day = market().days[number].session.date
    table = market().completed_before(day)
    columns = (table.open, table.high, table.low, table.close, table.volume)
    result: dict[str, list[Bar]] = defaultdict(list)
    for symbol, *values in zip(table.symbol.tolist(), *(c.tolist() for c in columns), strict=True):
        result[symbol].append(Bar(*values))
    return result


def atr(past: list[Bar], count: int) -> float:
    ranges = [
        max(bar.high, before.close) - min(bar.low, before.close)
        for before, bar in zip(past[-count - 1 :], past[-count:], strict=False)
    ]
    return sum(ranges) / count


def headlines(number: int, symbol: str, at: int) -> int:
    day = market().days[number]
    scan = day.session.open + timedelta(minutes=at)
    return sum(
        row.symbol == symbol and scan - timedelta(days=1) <= row.received_at <= scan
        for row in day.news
    )


def composite(number: int, symbol: str, at: int, gap: float, rvol: float, price: float) -> float:
    past, size = history(number)[symbol], abs(gap)
    shape = 20 + (size - 4) * 20 / 6 if size <= 10 else max(0.0, 50 - size)
    kind = 30 if rvol > 3 and size > 5 else 10 if size > 10 else 20 if rvol > 2 and size <= 8 else 5
    volatility = min(100.0, shape + min(30.0, 1000 * atr(past, 14) / price) + kind)
    count = headlines(number, symbol, at)
    shorts = {row.symbol: row.short_float_pct for row in market().universe}[symbol] or 0
    catalyst = min(50, 10 * count) + (min(30.0, 15 * (rvol - 1)) if rvol > 2 else 0)
    catalyst += 30 * market().days[number].earnings_reported.get(symbol, False)
    catalyst = min(100.0, catalyst + (20 if shorts > 20 and gap > 0 else 0))
    euros = price / market().days[number].eur_usd
    tier = 40 if 10 <= euros <= 100 else 20 if 5 <= euros <= 200 else 10
    liquidity = min(100.0, (min(60.0, 20 * rvol) if rvol > 1 else 0) + tier)
    total = 0.4 * volatility + 0.3 * catalyst + 0.2 * liquidity
    return (total + 5) if count else total / 0.9


@cache
def inputs(number: int, symbol: str, at: int = SCAN) -> Inputs | None:
    seen = {m: bar for m, bar in bars(number)[symbol].items() if m < at}
    past = history(number)[symbol]
    if not seen or max(seen) + 1 < at - 15:
        return None
    price, prev_close = seen[max(seen)].close, past[-1].close
    gap = round(100 * (price / prev_close - 1), 6)
    usual = sum(bar.volume for bar in past[-20:]) / 20 * PROFILE[at]
    rvol = round(sum(bar.volume for bar in seen.values()) / usual, 6)
    adv = sum(bar.close * bar.volume for bar in past[-20:]) / 20 / market().days[number].eur_usd
    score = composite(number, symbol, at, gap, rvol, price) if len(past) > 20 else 0.0
    return Inputs(symbol, price, prev_close, gap, rvol, adv, score)


def verdict(number: int, symbol: str, at: int = SCAN) -> str:
    row = next(row for row in market().universe if row.symbol == symbol)
    value = inputs(number, symbol, at)
    if row.type not in {None, "stock", "adr"}:
        return "instrument_type"
    if len(history(number)[symbol]) < 21:
        return "history"
    if value is None:
        return "quote"
    euros = value.price / market().days[number].eur_usd
    ratio = 1 + value.gap / 100
    checks = {
        "halted": symbol not in market().days[number].halted,
        "corporate_action": all(
            abs(ratio * split - 1) > 0.02 and abs(ratio / split - 1) > 0.02
            for split in (2, 3, 4, 5, 10, 20)
        ),
        "price_range": 2 <= euros <= 300,
        "liquidity": value.adv >= 5_000_000,
        "gap_min": abs(value.gap) >= 4,
        "gap_max": abs(value.gap) <= 20,
        "direction": value.gap > 0,
        "relative_volume": value.rvol >= 1.5,
        "score": value.composite >= 50,
    }
    return next((rule for rule, passed in checks.items() if not passed), "kept")


def picks(number: int, at: int = SCAN) -> list[Inputs]:
    kept = [
        inputs(number, row.symbol, at)
        for row in market().universe
        if verdict(number, row.symbol, at) == "kept"
    ]
    return sorted((value for value in kept if value), key=lambda value: -value.composite)


def entry(value: Inputs) -> tuple[str, float]:
    if value.gap > 6 and value.rvol > 3:
        return "pullback", value.prev_close + 0.5 * (value.price - value.prev_close)
    if value.gap <= 6:
        return "vwap", 0.995 * value.price
    return ("opening_range", 1.01 * value.price) if value.rvol > 2.5 else ("market", value.price)
