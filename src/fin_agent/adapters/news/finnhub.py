"""Finnhub, free key: company news (one call a symbol) and the earnings calendar (one for all).

Finnhub sends one release under several ids and stories of other companies under a symbol; equal
texts are one headline.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from pydantic import BaseModel, TypeAdapter

from fin_agent.adapters.headlines import answer, plain_text
from fin_agent.adapters.http.answers import Kind
from fin_agent.adapters.http.body import Epoch
from fin_agent.adapters.http.questions import Allowance, Asking
from fin_agent.adapters.vendors.finnhub import FinnhubSdk
from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.news import Headline
from fin_agent.domain.session import NEW_YORK, TradingSession
from fin_agent.ports import CalendarPort, NewsPort

_BEFORE_THE_OPEN, _AFTER_THE_CLOSE, _DURING = "bmo", "amc", "dmh"
_MOST_REPORTS = 1500  # Finnhub sends no more and does not say that it cut


class _Item(BaseModel):
    datetime: Epoch
    headline: str
    source: str


class _Report(BaseModel):
    date: date
    symbol: str
    hour: str | None = None


class _Calendar(BaseModel):
    earningsCalendar: list[_Report]


_ITEMS = TypeAdapter(list[_Item])
_CALENDAR = TypeAdapter(_Calendar)


class Finnhub(NewsPort):
    """Finnhub's news and earnings dates."""

    def __init__(self, sdk: FinnhubSdk, calendar: CalendarPort) -> None:
        self._sdk = sdk
        self._calendar = calendar

    async def headlines(
        self, symbols: Sequence[str], at: datetime
    ) -> Mapping[str, Evidence[tuple[Headline, ...]]]:
        async with self._sdk.lane.plan(len(symbols)) as allowance:
            found = await asyncio.gather(*(self._news(s, at, allowance) for s in symbols))
        return dict(zip(symbols, found, strict=True))

    async def earnings(
        self, symbols: Sequence[str], session: TradingSession
    ) -> Mapping[str, Evidence[bool]]:
        """Reports after the previous close or before today's open; "during" is still to come."""
        previous = self._calendar.previous(session.date)
        first, last = previous.date.isoformat(), session.date.isoformat()
        try:
            told = await self._sdk.ask(
                f"earnings_calendar {first} {last}",
                lambda client: client.earnings_calendar(_from=first, to=last, symbol=""),
                _CALENDAR,
                Asking(Kind.NEWS),
            )
        except (Unavailable, Refused) as error:
            return dict.fromkeys(symbols, Missing(str(error)))
        reports: dict[str, list[_Report]] = {}
        for report in told.value.earningsCalendar:
            reports.setdefault(report.symbol, []).append(report)
        found: dict[str, Evidence[bool]] = {
            symbol: _reported(reports[symbol], previous.date, session, told.at)
            for symbol in symbols
            if symbol in reports
        }
        is_cut = len(told.value.earningsCalendar) >= _MOST_REPORTS
        rest = (
            Missing("finnhub's earnings calendar is cut off")
            if is_cut
            else Known(value=False, source="finnhub", as_of=told.at)
        )
        return {symbol: found.get(symbol, rest) for symbol in symbols}

    async def _news(
        self, symbol: str, at: datetime, allowance: Allowance
    ) -> Evidence[tuple[Headline, ...]]:
        day = at.astimezone(NEW_YORK).date()
        first, last = (day - timedelta(days=1)).isoformat(), day.isoformat()
        try:
            told = await self._sdk.ask(
                f"company_news {symbol} {first} {last}",
                lambda client: client.company_news(symbol, _from=first, to=last),
                _ITEMS,
                Asking(Kind.NEWS, allowance=allowance),
            )
        except (Unavailable, Refused) as error:
            return Missing(str(error))
        found = (
            Headline(
                symbol,
                plain_text(item.headline),
                f"finnhub/{plain_text(item.source)}",
                datetime.fromtimestamp(item.datetime, UTC),
                told.at,
            )
            for item in told.value
        )
        return answer(found, "finnhub", told.at, at)


def _reported(
    reports: Sequence[_Report], previous: date, session: TradingSession, at: datetime
) -> Evidence[bool]:
    """Whether one of them is since the previous close; of an unknown hour it is taken to be."""

    def counts(report: _Report) -> bool:
        if report.date == session.date:
            return report.hour not in {_AFTER_THE_CLOSE, _DURING}
        is_after_close = report.hour not in {_BEFORE_THE_OPEN, _DURING}
        return report.date > previous or (report.date == previous and is_after_close)

    counted = [report for report in reports if counts(report)]
    is_unclear = bool(counted) and not any(report.hour for report in counted)
    flaw = "finnhub: the hour of the report is not known" if is_unclear else None
    return Known(bool(counted), "finnhub", at, degraded=flaw)
