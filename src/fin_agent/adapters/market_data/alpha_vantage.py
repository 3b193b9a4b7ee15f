"""Alpha Vantage, free key, a spare: daily bars as traded, and minutes of past sessions.

25 calls a day and one symbol a call. Numbers are strings, times are New York's and a bar is named
by its START. Daily bars are not adjusted for splits, and split records cost a paid plan.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field, TypeAdapter

from fin_agent.adapters.http.answers import Kind
from fin_agent.adapters.http.questions import Allowance, Asking
from fin_agent.adapters.sources import DailyBars, DayBar, HistorySource, MinuteSource
from fin_agent.adapters.vendors.alpha_vantage import AlphaVantageApi
from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.market import Bar
from fin_agent.domain.session import NEW_YORK, TradingSession
from fin_agent.ports import CalendarPort

_FLAW = "alpha_vantage: split records unknown"

Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Bar(BaseModel):
    open: Annotated[Amount, Field(alias="1. open")]
    high: Annotated[Amount, Field(alias="2. high")]
    low: Annotated[Amount, Field(alias="3. low")]
    close: Annotated[Amount, Field(alias="4. close")]
    volume: Annotated[Amount, Field(alias="5. volume")]

    @property
    def values(self) -> tuple[float, float, float, float, float]:
        return self.open, self.high, self.low, self.close, self.volume


class _Meta(BaseModel):
    zone: Annotated[str, Field(alias="6. Time Zone")]


class _Daily(BaseModel):
    bars: Annotated[dict[date, _Bar], Field(alias="Time Series (Daily)")]


class _Minutes(BaseModel):
    meta: Annotated[_Meta, Field(alias="Meta Data")]
    bars: Annotated[dict[datetime, _Bar], Field(alias="Time Series (1min)")]


_DAILY = TypeAdapter(_Daily)
_MINUTES = TypeAdapter(_Minutes)


class AlphaVantage(HistorySource, MinuteSource):
    """History of a few symbols."""

    name = "alpha_vantage"

    def __init__(self, api: AlphaVantageApi, calendar: CalendarPort) -> None:
        self._api = api
        self._calendar = calendar

    async def daily(
        self, symbols: Sequence[str], first: date, last: date
    ) -> Mapping[str, Evidence[DailyBars]]:
        """At most the last 100 sessions; the free plan sends no more."""
        days = {session.date for session in self._calendar.sessions(first, last)}
        async with self._api.lane.plan(len(symbols)) as allowance:
            found = [await self._daily(symbol, days, allowance) for symbol in symbols]
        return dict(zip(symbols, found, strict=True))

    async def room(self, symbols: int) -> int:
        async with self._api.lane.plan(symbols) as allowance:
            return allowance.granted

    async def minute_bars(
        self, symbols: Sequence[str], session: TradingSession, first: int, last: int
    ) -> Mapping[str, Evidence[tuple[Bar, ...]]]:
        async with self._api.lane.plan(len(symbols)) as allowance:
            found = await asyncio.gather(
                *(self._minutes(symbol, session, allowance) for symbol in symbols)
            )
        return {
            symbol: _between(told, first, last) for symbol, told in zip(symbols, found, strict=True)
        }

    async def _daily(
        self, symbol: str, days: set[date], allowance: Allowance
    ) -> Evidence[DailyBars]:
        params = {"symbol": symbol, "outputsize": "compact"}
        ask = Asking(Kind.BARS, allowance=allowance)
        try:
            told = await self._api.query("TIME_SERIES_DAILY", params, _DAILY, ask)
        except (Unavailable, Refused) as error:
            return Missing(str(error))
        rows = sorted(told.value.bars.items())
        bars = tuple(DayBar(day, *bar.values) for day, bar in rows if day in days)
        if not bars:
            return Missing(f"alpha_vantage sent none of {len(days)} daily bars")
        missing = len(days) - len(bars)
        flaw = f"; {missing} of {len(days)} daily bars missing" if missing else ""
        as_of = datetime.combine(bars[-1].date, datetime.min.time(), NEW_YORK)
        history = DailyBars(bars, is_adjusted=False, knows_splits=False)
        return Known(history, "alpha_vantage", as_of, degraded=_FLAW + flaw)

    async def _minutes(
        self, symbol: str, session: TradingSession, allowance: Allowance
    ) -> Evidence[tuple[Bar, ...]]:
        params = {
            "symbol": symbol,
            "interval": "1min",
            "month": session.date.strftime("%Y-%m"),
            "outputsize": "full",
            "adjusted": "false",
            "extended_hours": "true",
        }
        ask = Asking(Kind.BARS, allowance=allowance)
        try:
            told = await self._api.query("TIME_SERIES_INTRADAY", params, _MINUTES, ask)
        except (Unavailable, Refused) as error:
            return Missing(str(error))
        if told.value.meta.zone != "US/Eastern":
            return Missing(f"alpha_vantage tells its times in {told.value.meta.zone[:20]}")
        bars = tuple(
            Bar(session.minute_of(at.replace(tzinfo=NEW_YORK)), *bar.values)
            for at, bar in sorted(told.value.bars.items())
            if at.date() == session.date and bar.volume > 0
        )
        return Known(bars, "alpha_vantage", told.at)


def _between(told: Evidence[tuple[Bar, ...]], first: int, last: int) -> Evidence[tuple[Bar, ...]]:
    if isinstance(told, Missing):
        return told
    bars = tuple(bar for bar in told.value if first <= bar.minute <= last)
    return Known(bars, told.source, told.as_of, told.delay_s, told.degraded)
