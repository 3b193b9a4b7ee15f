"""NewsAPI, free key: articles by company name, 24 hours late on the free plan; 100 calls a day.

Its terms allow the free plan for development only. A symbol without a name in the universe is not
asked about: tickers are words of other languages.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import BaseModel, TypeAdapter

from fin_agent.adapters.headlines import answer, company_words, plain_text
from fin_agent.adapters.http.answers import Kind
from fin_agent.adapters.http.body import Instant
from fin_agent.adapters.http.network import VendorApi
from fin_agent.adapters.http.questions import Allowance, Asking
from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.evidence import Evidence, Missing
from fin_agent.domain.news import WINDOW, Headline
from fin_agent.domain.session import TradingSession
from fin_agent.ports import NewsPort

_LATE_S = 86400.0


class _Source(BaseModel):
    name: str


class _Article(BaseModel):
    source: _Source
    title: str | None
    publishedAt: Instant


class _Answer(BaseModel):
    status: str
    articles: list[_Article]


_ANSWER = TypeAdapter(_Answer)


class Newsapi(NewsPort):
    """Articles that have the company's name in their title."""

    def __init__(self, api: VendorApi, names: Mapping[str, str]) -> None:
        self._api = api
        self._names = names

    async def headlines(
        self, symbols: Sequence[str], at: datetime
    ) -> Mapping[str, Evidence[tuple[Headline, ...]]]:
        async with self._api.lane.plan(len(symbols)) as allowance:
            found = await asyncio.gather(*(self._news(s, at, allowance) for s in symbols))
        return dict(zip(symbols, found, strict=True))

    async def earnings(
        self, symbols: Sequence[str], session: TradingSession
    ) -> Mapping[str, Evidence[bool]]:
        del session
        return dict.fromkeys(symbols, Missing("newsapi tells no earnings dates"))

    async def _news(
        self, symbol: str, at: datetime, allowance: Allowance
    ) -> Evidence[tuple[Headline, ...]]:
        name = company_words(self._names.get(symbol, ""))
        if not name:
            return Missing(f"newsapi: the universe has no company name for {symbol}")
        params = {
            "q": f'"{name}"',
            "searchIn": "title",
            "from": (at - WINDOW).strftime("%Y-%m-%dT%H:%M:%S"),
            "language": "en",
            "sortBy": "publishedAt",
            "pageSize": "100",
        }
        try:
            told = await self._api.json(
                "/v2/everything", params, _ANSWER, Asking(Kind.NEWS, allowance=allowance)
            )
        except (Unavailable, Refused) as error:
            return Missing(str(error))
        if told.value.status != "ok":
            return Missing(f"newsapi answers {plain_text(told.value.status)[:40]}")
        found = (
            Headline(
                symbol,
                plain_text(article.title or ""),
                f"newsapi/{plain_text(article.source.name)}",
                article.publishedAt,
                told.at,
            )
            for article in told.value.articles
        )
        return replace(answer(found, "newsapi", told.at, at), delay_s=_LATE_S)
