"""The bundled demo: two engineered sessions and the history before them, from one seed."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import numpy as np

from fin_agent.domain.session import TradingSession
from fin_agent.testing.simulated.headlines import (
    EARNINGS_REPORTED,
    EARNINGS_UNKNOWN,
    HEADLINES,
    HeadlineRow,
)
from fin_agent.testing.simulated.history import History, simulate_history
from fin_agent.testing.simulated.intraday import DayBefore, Minutes, simulate_minutes
from fin_agent.testing.simulated.process import GRID_MINUTES, REGULAR_MINUTES, stream
from fin_agent.testing.simulated.quotes import quotes_of
from fin_agent.testing.simulated.stories import EUR_USD, STORIES, Story, clock_minute
from fin_agent.testing.simulated.tables import (
    BarTable,
    DailyTable,
    DemoCalendar,
    SimulatedDay,
    SimulatedHalt,
    SimulatedHeadline,
    SimulatedMarket,
    concat_daily,
)
from fin_agent.testing.simulated.universe import COMPANIES, Company

DEFAULT_SEED = 7
_MINUTE_STREAM, _SHARED_STREAM = 4, 5
_NORMAL_VOLUME_SESSIONS = 20
_SCAN_MINUTE = clock_minute("08:00")
_EVENING_BEFORE = "-1"


def simulate_demo(calendar: DemoCalendar, seed: int = DEFAULT_SEED) -> SimulatedMarket:
    """Both demo days on the caller's dates; the same seed gives the same prices on any dates."""
    paths = simulate_history(COMPANIES, len(calendar.history_dates), seed)
    history = concat_daily(
        [_daily_table(company, paths[company.symbol], calendar) for company in COMPANIES]
    )
    first = _day(0, calendar.demo_sessions[0], history, seed)
    known = concat_daily([history, first.daily])
    second = _day(1, calendar.demo_sessions[1], known, seed)
    universe = tuple(company.instrument() for company in COMPANIES)
    return SimulatedMarket(seed=seed, universe=universe, history=history, days=(first, second))


def _daily_table(company: Company, path: History, calendar: DemoCalendar) -> DailyTable:
    listed = slice(-company.sessions if company.sessions else None, None)
    dates = np.array(calendar.history_dates, dtype="datetime64[D]")[listed]
    return DailyTable(
        symbol=np.full(len(dates), company.symbol),
        date=dates,
        open=path.open[listed],
        high=path.high[listed],
        low=path.low[listed],
        close=path.close[listed],
        volume=path.volume[listed].astype(np.int64),
    )


def _day(number: int, session: TradingSession, known: DailyTable, seed: int) -> SimulatedDay:
    stories = {story.symbol: story for story in STORIES[number]}
    market = stream(seed, _SHARED_STREAM, number).standard_normal(GRID_MINUTES)
    minutes: dict[str, Minutes] = {}
    for index, company in enumerate(COMPANIES):
        draws = stream(seed, _MINUTE_STREAM, number, index)
        story = stories.get(company.symbol)
        minutes[company.symbol] = simulate_minutes(_before(company, known), story, market, draws)
    bars = _bar_table(minutes, session)
    halts = tuple(_halt(story, session) for story in stories.values() if story.is_halt)
    scan = _instant(session, _SCAN_MINUTE)
    return SimulatedDay(
        session=session,
        eur_usd=EUR_USD[number],
        bars=bars,
        quotes=quotes_of(bars, {company.symbol: company.turnover for company in COMPANIES}),
        daily=_daily_of(minutes, session.date),
        news=tuple(_headline(row, session) for row in HEADLINES[number]),
        earnings_reported=_earnings(EARNINGS_REPORTED[number]),
        halted=tuple(halt.symbol for halt in halts if halt.start <= scan < halt.end),
        halts=halts,
    )


def _before(company: Company, known: DailyTable) -> DayBefore:
    rows = np.flatnonzero(known.symbol == company.symbol)
    return DayBefore(
        close=float(known.close[rows[-1]]),
        volatility=company.volatility / 100.0,
        normal_volume=float(known.volume[rows[-_NORMAL_VOLUME_SESSIONS:]].mean()),
    )


def _bar_table(minutes: Mapping[str, Minutes], session: TradingSession) -> BarTable:
    symbols = sorted(minutes)
    days = [minutes[symbol] for symbol in symbols]
    opened = np.datetime64(session.open.astimezone(UTC).replace(tzinfo=None), "ms")
    stamps = np.concatenate([day.minute for day in days]).astype("timedelta64[m]")
    return BarTable(
        symbol=np.repeat(np.array(symbols), [len(day.minute) for day in days]),
        timestamp=opened + stamps,
        open=np.concatenate([day.open for day in days]),
        high=np.concatenate([day.high for day in days]),
        low=np.concatenate([day.low for day in days]),
        close=np.concatenate([day.close for day in days]),
        volume=np.concatenate([day.volume for day in days]),
    )


def _daily_of(minutes: Mapping[str, Minutes], day: date) -> DailyTable:
    rows = []
    for symbol in sorted(minutes):
        bars = minutes[symbol]
        regular = (bars.minute >= 0) & (bars.minute < REGULAR_MINUTES)
        if regular.any():
            high, low = bars.high[regular].max(), bars.low[regular].min()
            first, last = bars.open[regular][0], bars.close[regular][-1]
            rows.append((symbol, first, high, low, last, int(bars.volume.sum())))
    symbols, first, high, low, last, volume = (
        np.array(column) for column in zip(*rows, strict=True)
    )
    dates = np.full(len(rows), day, dtype="datetime64[D]")
    return DailyTable(symbols, dates, first, high, low, last, volume.astype(np.int64))


def _halt(story: Story, session: TradingSession) -> SimulatedHalt:
    start, end = story.silence() or (0, 0)
    return SimulatedHalt(story.symbol, _instant(session, start), _instant(session, end))


def _headline(row: HeadlineRow, session: TradingSession) -> SimulatedHeadline:
    evening, clock = row.published.startswith(_EVENING_BEFORE), row.published.split()[-1]
    published = _instant(session, clock_minute(clock)) - timedelta(days=evening)
    received = published + timedelta(seconds=row.delay)
    return SimulatedHeadline(row.symbol, row.text, published, received)


def _earnings(reported: frozenset[str]) -> dict[str, bool]:
    return {
        company.symbol: company.symbol in reported
        for company in COMPANIES
        if company.kind in {"stock", "adr"} and company.symbol not in EARNINGS_UNKNOWN
    }


def _instant(session: TradingSession, minute: int) -> datetime:
    return session.open.astimezone(UTC) + timedelta(minutes=minute)
