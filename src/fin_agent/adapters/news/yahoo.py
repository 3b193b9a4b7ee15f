"""Yahoo, no key: headlines by symbol (one call each), and when earnings are reported."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from fin_agent.adapters.headlines import answer, plain_text
from fin_agent.adapters.http.answers import Kind
from fin_agent.adapters.http.body import Epoch, batches, drift
from fin_agent.adapters.http.questions import Allowance, Asking, Told
from fin_agent.adapters.vendors.yahoo import YahooWeb
from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.news import Headline
from fin_agent.domain.session import TradingSession
from fin_agent.ports import CalendarPort, NewsPort

_BATCH = 100  # symbols a call for quotes


class _Item(BaseModel):
    title: str
    publisher: str = ""
    providerPublishTime: Epoch
    relatedTickers: list[str] = []


class _Search(BaseModel):
    news: list[_Item]


class _Row(BaseModel):
    symbol: str
    earningsTimestamp: Epoch | None = None
    earningsTimestampStart: Epoch | None = None
    earningsTimestampEnd: Epoch | None = None
    isEarningsDateEstimate: bool = False


class _Result(BaseModel):
    result: list[dict[str, Any]]


class _Quotes(BaseModel):
    quoteResponse: _Result


_SEARCH = TypeAdapter(_Search)
_QUOTES = TypeAdapter(_Quotes)


class Yahoo(NewsPort):
    """Yahoo's news search and the earnings times of its quotes."""

    def __init__(self, web: YahooWeb, calendar: CalendarPort) -> None:
        self._web = web
        self._calendar = calendar

    async def headlines(
        self, symbols: Sequence[str], at: datetime
    ) -> Mapping[str, Evidence[tuple[Headline, ...]]]:
        async with self._web.lane.plan(len(symbols), "news") as allowance:
            found = await asyncio.gather(*(self._news(s, at, allowance) for s in symbols))
        return dict(zip(symbols, found, strict=True))

    async def earnings(
        self, symbols: Sequence[str], session: TradingSession
    ) -> Mapping[str, Evidence[bool]]:
        """Whether the time that Yahoo tells lies between the previous close and today's open."""
        closed = self._calendar.previous(session.date).close
        found: dict[str, Evidence[bool]] = {}
        for group in batches([*dict.fromkeys(symbols)], _BATCH):
            found |= await self._earnings(group, closed, session.open)
        return found

    async def _news(
        self, symbol: str, at: datetime, allowance: Allowance
    ) -> Evidence[tuple[Headline, ...]]:
        name = symbol.replace(".", "-")
        params = {"q": name, "newsCount": "20", "quotesCount": "0"}
        try:
            told = await self._web.json(
                "/v1/finance/search", params, _SEARCH, Asking(Kind.NEWS, "news", allowance)
            )
        except (Unavailable, Refused) as error:
            return Missing(str(error))
        found = (
            Headline(
                symbol,
                plain_text(item.title),
                f"yahoo/{plain_text(item.publisher)}",
                datetime.fromtimestamp(item.providerPublishTime, UTC),
                told.at,
            )
            for item in told.value.news
            if name in item.relatedTickers
        )
        return answer(found, "yahoo", told.at, at)

    async def _earnings(
        self, symbols: Sequence[str], closed: datetime, opened: datetime
    ) -> dict[str, Evidence[bool]]:
        names = {symbol: symbol.replace(".", "-") for symbol in symbols}
        params = {"symbols": ",".join(names.values()), "formatted": "false"}
        try:
            told = await self._web.json(
                "/v7/finance/quote", params, _QUOTES, Asking(Kind.QUOTE, "quote")
            )
        except (Unavailable, Refused) as error:
            return {symbol: Missing(str(error)) for symbol in symbols}
        rows = {row.get("symbol"): row for row in told.value.quoteResponse.result}
        return {
            symbol: _reported(Told(rows.get(name), told.at), closed, opened)
            for symbol, name in names.items()
        }


def _reported(
    told: Told[dict[str, Any] | None], closed: datetime, opened: datetime
) -> Evidence[bool]:
    if told.value is None:
        return Missing("yahoo sent no row for it")
    try:
        row = _Row.model_validate(told.value, strict=True)
    except ValidationError as error:
        return Missing(f"yahoo changed its format: {drift(error)}")
    times = [row.earningsTimestamp]
    if row.earningsTimestampStart == row.earningsTimestampEnd:  # a range is a guess
        times.append(row.earningsTimestampStart)
    known = [datetime.fromtimestamp(at, UTC) for at in times if at is not None]
    if not known:
        return Missing("yahoo tells no earnings date")
    is_reported = any(closed <= at <= opened for at in known)
    flaw = "yahoo: the earnings date is an estimate" if row.isEarningsDateEstimate else None
    return Known(is_reported, "yahoo", told.at, degraded=flaw if is_reported else None)
