"""Alpaca, free key: last trades at IEX in real time, the whole tape's bars 15 minutes late.

Only the consolidated tape (feed ``sip``) counts for volume: IEX holds 2.5 % of it. Bars younger
than 15 minutes are refused on the free plan, so what is asked for ends 16 minutes ago. Halts are
not in Alpaca's REST interface (they come over its websocket, and from Nasdaq Trader).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from fin_agent.adapters.http.questions import Told
from fin_agent.adapters.sources import (
    DailyBars,
    DayBar,
    HistorySource,
    MinuteSource,
    QuoteSource,
    VolumeSource,
    absent,
    trade_today,
)
from fin_agent.adapters.vendors.alpaca import AlpacaBar, AlpacaData, AlpacaSnapshot
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.market import Bar
from fin_agent.domain.session import NEW_YORK, TradingSession
from fin_agent.ports import CalendarPort

_LATE = timedelta(minutes=16)
_MINUTE = timedelta(minutes=1)
_IEX = "alpaca/iex"
_SIP = "alpaca/sip"


class Alpaca(QuoteSource, VolumeSource, MinuteSource, HistorySource):
    """Alpaca's market data, many symbols a call."""

    name = "alpaca"

    def __init__(self, data: AlpacaData, calendar: CalendarPort) -> None:
        self._data = data
        self._calendar = calendar

    async def last_trades(
        self, symbols: Sequence[str], session: TradingSession, at: datetime
    ) -> Mapping[str, Evidence[float]]:
        del at
        found = await self._data.snapshots(symbols)
        return {symbol: _last(found[symbol], session) for symbol in symbols}

    async def opens(
        self, symbols: Sequence[str], session: TradingSession, at: datetime
    ) -> Mapping[str, Evidence[float]]:
        del at
        found = await self._data.snapshots(symbols)
        return {symbol: _open(found[symbol], session) for symbol in symbols}

    async def volumes(
        self, symbols: Sequence[str], session: TradingSession, at: datetime
    ) -> Mapping[str, Evidence[float]]:
        until = _whole_minute(at - _LATE)
        if until <= session.pre_market_open:
            return absent(symbols, f"{_SIP}: the tape comes 16 minutes late, nothing is known yet")
        span = session.pre_market_open, until - _MINUTE
        bars = await self._data.bars(symbols, "1Min", *span, "raw")
        return {symbol: _volume(bars[symbol], until, at) for symbol in symbols}

    async def minute_bars(
        self, symbols: Sequence[str], session: TradingSession, first: int, last: int
    ) -> Mapping[str, Evidence[tuple[Bar, ...]]]:
        """Bars of the whole tape; minutes that are too young are left out and named."""
        newest = _whole_minute(self._data.now - _LATE) - _MINUTE
        asked = session.open + last * _MINUTE
        start, end = session.open + first * _MINUTE, min(asked, newest)
        if end < start:
            return absent(symbols, f"{_SIP}: the tape comes 16 minutes late")
        flaw = f"{_SIP}: the last 16 minutes are missing" if end < asked else None
        bars = await self._data.bars(symbols, "1Min", start, end, "raw")
        return {symbol: _minutes(bars[symbol], session, flaw) for symbol in symbols}

    async def daily(
        self, symbols: Sequence[str], first: date, last: date
    ) -> Mapping[str, Evidence[DailyBars]]:
        sessions = self._calendar.sessions(first, last)
        if not sessions:
            return absent(symbols, "alpaca: no session in that time")
        start = datetime.combine(sessions[0].date, datetime.min.time(), NEW_YORK)
        bars = await self._data.bars(symbols, "1Day", start, sessions[-1].close, "split")
        splits = await self._data.splits(symbols, first, last)
        days = {session.date for session in sessions}
        return {symbol: _history(bars[symbol], symbol, days, splits) for symbol in symbols}


def _last(told: Told[AlpacaSnapshot] | Missing, session: TradingSession) -> Evidence[float]:
    if isinstance(told, Missing):
        return told
    trade = told.value.latestTrade
    if trade is None:
        return Missing(f"{_IEX} knows no trade")
    return trade_today(Known(trade.p, _IEX, trade.t), session, told.at)


def _open(told: Told[AlpacaSnapshot] | Missing, session: TradingSession) -> Evidence[float]:
    if isinstance(told, Missing):
        return told
    bar = told.value.dailyBar
    if bar is None or bar.t.astimezone(NEW_YORK).date() != session.date or told.at < session.open:
        return Missing(f"{_IEX}: not open yet today")
    flaw = f"{_IEX}: its first trade, not the opening auction"
    return trade_today(Known(bar.o, _IEX, session.open, degraded=flaw), session, told.at)


def _volume(bars: list[AlpacaBar] | Missing, until: datetime, at: datetime) -> Evidence[float]:
    if isinstance(bars, Missing):
        return bars
    volume = sum(bar.v for bar in bars if bar.is_sound and bar.t < until)
    if volume <= 0:
        clock = until.astimezone(NEW_YORK).strftime("%H:%M")
        return Missing(f"{_SIP}: nothing traded until {clock}")
    return Known(volume, _SIP, until, (at - until).total_seconds())


def _minutes(
    bars: list[AlpacaBar] | Missing, session: TradingSession, flaw: str | None
) -> Evidence[tuple[Bar, ...]]:
    if isinstance(bars, Missing):
        return bars
    found = [
        Bar(session.minute_of(bar.t), bar.o, bar.h, bar.l, bar.c, bar.v)
        for bar in bars
        if bar.is_sound and bar.v > 0
    ]
    unsound = sum(not bar.is_sound for bar in bars)
    flaws = [flaw, f"{_SIP}: {unsound} bars that cannot be" if unsound else None]
    named = "; ".join(text for text in flaws if text) or None
    as_of = bars[-1].t + _MINUTE if bars else None
    return Known(tuple(found), _SIP, as_of, _LATE.total_seconds(), named)


def _history(
    bars: list[AlpacaBar] | Missing,
    symbol: str,
    sessions: set[date],
    splits: dict[str, list[tuple[date, float]]] | None,
) -> Evidence[DailyBars]:
    if isinstance(bars, Missing):
        return bars
    rows = {bar.t.astimezone(NEW_YORK).date(): bar for bar in bars if bar.is_sound}
    found = [
        DayBar(day, bar.o, bar.h, bar.l, bar.c, bar.v)
        for day, bar in sorted(rows.items())
        if day in sessions
    ]
    if not found:
        return Missing(f"alpaca sent none of {len(sessions)} daily bars")
    missing = len(sessions) - len(found)
    flaws = [
        f"alpaca: {missing} of {len(sessions)} daily bars missing" if missing else None,
        "alpaca: split records unknown" if splits is None else None,
    ]
    known = tuple((splits or {}).get(symbol, ()))
    history = DailyBars(
        tuple(found), is_adjusted=True, splits=known, knows_splits=splits is not None
    )
    as_of = datetime.combine(found[-1].date, datetime.min.time(), NEW_YORK)
    named = "; ".join(text for text in flaws if text) or None
    return Known(history, _SIP, as_of, degraded=named)


def _whole_minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
