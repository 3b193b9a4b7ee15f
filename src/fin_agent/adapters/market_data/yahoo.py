"""Yahoo, no key: last trades, minutes and daily history; before the open without volume.

Before the open ``regularMarketPrice`` is yesterday's close and ``regularMarketPreviousClose`` the
one before: neither is ever read as today's price or as the previous close.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from math import isfinite
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, TypeAdapter, ValidationError

from fin_agent.adapters.http.answers import Kind
from fin_agent.adapters.http.body import Epoch, batches, drift
from fin_agent.adapters.http.questions import Allowance, Asking, Told
from fin_agent.adapters.sources import (
    DailyBars,
    DayBar,
    HistorySource,
    MinuteSource,
    QuoteSource,
    absent,
    trade_today,
)
from fin_agent.adapters.vendors import yahoo_chart
from fin_agent.adapters.vendors.yahoo import YahooWeb
from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.market import Bar
from fin_agent.domain.session import NEW_YORK, TradingSession
from fin_agent.ports import CalendarPort

_BATCH = 100  # symbols a call: more are cut off without a word
_DELAYED_S = 900.0
_PATH = "/v7/finance/quote"
_CHART = "/v8/finance/chart/"
_MINUTE = timedelta(minutes=1)
_SETTLED = timedelta(minutes=30)  # after the close; late prints are folded in until then


class _Row(BaseModel):
    """What is read of a quote; Yahoo sends 60 to 100 fields and changes them often."""

    symbol: str
    quoteSourceName: str = ""
    exchangeDataDelayedBy: float = 0.0
    preMarketPrice: float | None = None
    preMarketTime: Epoch | None = None
    regularMarketPrice: float | None = None
    regularMarketTime: Epoch | None = None
    regularMarketOpen: float | None = None
    postMarketPrice: float | None = None
    postMarketTime: Epoch | None = None

    @property
    def delay_s(self) -> float:
        """What the row says about its delay; "Delayed Quote" lags 15 minutes, whatever it says."""
        lag = 60.0 * self.exchangeDataDelayedBy
        return max(lag, _DELAYED_S if "Delayed" in self.quoteSourceName else 0.0)

    def newest(self, source: str) -> Known[float] | None:
        """The newest trade of the three sessions; the time decides, not ``marketState``."""
        pairs = (
            (self.preMarketTime, self.preMarketPrice),
            (self.regularMarketTime, self.regularMarketPrice),
            (self.postMarketTime, self.postMarketPrice),
        )
        known = [(at, price) for at, price in pairs if at is not None and price is not None]
        if not known:
            return None
        at, price = max(known)
        return Known(price, source, _instant(at), self.delay_s)


class _Result(BaseModel):
    result: list[dict[str, Any]]


class _Answer(BaseModel):
    quoteResponse: _Result


_ANSWER = TypeAdapter(_Answer)
_Rows = dict[str, Told[_Row] | Missing]


class Yahoo(QuoteSource, MinuteSource, HistorySource):
    """Yahoo's quotes in batches, its minutes and daily history one symbol a call."""

    name = "yahoo"

    def __init__(self, web: YahooWeb, calendar: CalendarPort) -> None:
        self._web = web
        self._calendar = calendar

    async def last_trades(
        self, symbols: Sequence[str], session: TradingSession, at: datetime
    ) -> Mapping[str, Evidence[float]]:
        del at
        rows = await self._rows(symbols)
        return {symbol: _last(rows[symbol], session) for symbol in symbols}

    async def opens(
        self, symbols: Sequence[str], session: TradingSession, at: datetime
    ) -> Mapping[str, Evidence[float]]:
        del at
        rows = await self._rows(symbols)
        return {symbol: _open(rows[symbol], session) for symbol in symbols}

    async def minute_bars(
        self, symbols: Sequence[str], session: TradingSession, first: int, last: int
    ) -> Mapping[str, Evidence[tuple[Bar, ...]]]:
        """One call a symbol; a running minute is never among them."""
        asked = yahoo_chart.Minutes(session, first, last)
        wanted = [*dict.fromkeys(symbols)]
        now = self._web.lane.now
        if now - session.open > yahoo_chart.KEPT:
            return absent(wanted, f"yahoo keeps minutes of {yahoo_chart.KEPT.days} days")
        if now < session.open + first * _MINUTE:
            return absent(wanted, "yahoo: these minutes have not begun")
        is_settled = now - session.close > _SETTLED
        kind = Kind.BARS if is_settled else Kind.ONCE  # a running day changes with every call
        async with self._web.lane.plan(len(wanted), "minutes") as allowance:
            ask = Asking(kind, "minutes", allowance)
            found = await asyncio.gather(*(self._minutes(s, asked, ask) for s in wanted))
        return dict(zip(wanted, found, strict=True))

    async def daily(
        self, symbols: Sequence[str], first: date, last: date
    ) -> Mapping[str, Evidence[DailyBars]]:
        """The bars of every session from first to last; a missing one is named."""
        sessions = {session.date for session in self._calendar.sessions(first, last)}
        async with self._web.lane.plan(len(symbols), "history") as allowance:
            found = await asyncio.gather(
                *(self._history(symbol, sessions, allowance) for symbol in symbols)
            )
        return dict(zip(symbols, found, strict=True))

    async def room(self, symbols: int) -> int:
        async with self._web.lane.plan(symbols, "history") as allowance:
            return allowance.granted

    async def _history(
        self, symbol: str, sessions: set[date], allowance: Allowance
    ) -> Evidence[DailyBars]:
        if not sessions:
            return Missing("yahoo: no session in that time")
        ask = Asking(Kind.BARS, "history", allowance)
        first, last = min(sessions), max(sessions)
        try:
            told = await self._web.daily(_yahoo_symbol(symbol), first, last, ask)
        except (Unavailable, Refused) as error:
            return Missing(str(error))
        return _history(told, sessions)

    async def _minutes(
        self, symbol: str, asked: yahoo_chart.Minutes, ask: Asking
    ) -> Evidence[tuple[Bar, ...]]:
        name, (start, end) = _yahoo_symbol(symbol), asked.span
        params = {
            "interval": "1m",
            "period1": str(start),
            "period2": str(end),
            "includePrePost": "true" if asked.has_extended else "false",
        }
        try:
            told = await self._web.json(_CHART + quote(name), params, yahoo_chart.ANSWER, ask)
        except (Unavailable, Refused) as error:
            return Missing(str(error))
        return yahoo_chart.minute_bars(told, name, asked)

    async def _rows(self, symbols: Sequence[str]) -> _Rows:
        """Every symbol's row; as many calls as the quota allows, each for 100 symbols."""
        groups = batches([*dict.fromkeys(symbols)], _BATCH)
        async with self._web.lane.plan(len(groups), "quote") as allowance:
            found = await asyncio.gather(*(self._group(group, allowance) for group in groups))
        return {symbol: row for rows in found for symbol, row in rows.items()}

    async def _group(self, symbols: Sequence[str], allowance: Allowance) -> _Rows:
        params = {"symbols": ",".join(map(_yahoo_symbol, symbols)), "formatted": "false"}
        try:
            told = await self._web.json(
                _PATH, params, _ANSWER, Asking(Kind.QUOTE, "quote", allowance)
            )
        except (Unavailable, Refused) as error:
            return {symbol: Missing(str(error)) for symbol in symbols}
        by_name = {row.get("symbol"): row for row in told.value.quoteResponse.result}
        return {symbol: _row(by_name.get(_yahoo_symbol(symbol)), told.at) for symbol in symbols}


def _row(row: dict[str, Any] | None, received: datetime) -> Told[_Row] | Missing:
    if row is None:
        return Missing("yahoo sent no row for it")
    try:
        return Told(_Row.model_validate(row, strict=True), received)
    except ValidationError as error:
        return Missing(f"yahoo changed its format: {drift(error)}")


def _last(told: Told[_Row] | Missing, session: TradingSession) -> Evidence[float]:
    if isinstance(told, Missing):
        return told
    trade = told.value.newest("yahoo")
    return (
        Missing("yahoo knows no trade") if trade is None else trade_today(trade, session, told.at)
    )


def _open(told: Told[_Row] | Missing, session: TradingSession) -> Evidence[float]:
    """The opening price counts once a regular trade of today is known."""
    if isinstance(told, Missing):
        return told
    row = told.value
    traded = None if row.regularMarketTime is None else _instant(row.regularMarketTime)
    if row.regularMarketOpen is None or traded is None or traded < session.open:
        return Missing("yahoo: not open yet today")
    opened = Known(row.regularMarketOpen, "yahoo", session.open, row.delay_s)
    return trade_today(opened, session, told.at)


def _history(told: Told[Any], sessions: set[date]) -> Evidence[DailyBars]:
    bars: list[DayBar] = []
    splits: list[tuple[date, float]] = []
    dividends: list[tuple[date, float]] = []
    for text, *values in told.value:
        day = date.fromisoformat(text)
        *prices, dividend, split = values
        if split not in {0.0, 1.0} and isfinite(split):
            splits.append((day, split))
        if dividend > 0:
            dividends.append((day, dividend))
        if day in sessions and all(isfinite(value) for value in prices):
            bars.append(DayBar(day, *prices))
    missing = len(sessions) - len(bars)
    if not bars:
        return Missing(f"yahoo sent none of {len(sessions)} daily bars")
    flaw = f"yahoo: {missing} of {len(sessions)} daily bars missing" if missing else None
    history = DailyBars(
        tuple(bars), is_adjusted=True, splits=tuple(splits), dividends=tuple(dividends)
    )
    as_of = datetime.combine(bars[-1].date, datetime.min.time(), NEW_YORK)
    return Known(history, "yahoo", as_of, degraded=flaw)


def _yahoo_symbol(symbol: str) -> str:
    """BRK.B of the exchanges is BRK-B here."""
    return symbol.replace(".", "-")


def _instant(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)
