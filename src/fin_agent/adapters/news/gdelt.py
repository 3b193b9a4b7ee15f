"""GDELT, no key: articles of the world's press by company name; one call in five seconds.

It throttles with plain text, at times as a success, so it serves as a spare: for the few symbols
that nobody else knows about.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from pydantic import BaseModel, TypeAdapter

from fin_agent.adapters.headlines import answer, company_words, plain_text
from fin_agent.adapters.http.answers import Kind
from fin_agent.adapters.http.body import shaped
from fin_agent.adapters.http.failure import Failure
from fin_agent.adapters.http.network import VendorApi
from fin_agent.adapters.http.questions import Asking
from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.evidence import Evidence, Missing
from fin_agent.domain.news import Headline
from fin_agent.domain.session import TradingSession
from fin_agent.ports import NewsPort

_PAUSE_S = 5.0


class _Article(BaseModel):
    title: str
    seendate: str
    domain: str


class _Answer(BaseModel):
    articles: list[_Article] = []


_SHAPED = shaped(TypeAdapter(_Answer))


class Gdelt(NewsPort):
    """English articles of the last day that name the company."""

    def __init__(self, api: VendorApi, names: Mapping[str, str]) -> None:
        self._api = api
        self._names = names

    async def headlines(
        self, symbols: Sequence[str], at: datetime
    ) -> Mapping[str, Evidence[tuple[Headline, ...]]]:
        return {symbol: await self._news(symbol, at) for symbol in symbols}

    async def earnings(
        self, symbols: Sequence[str], session: TradingSession
    ) -> Mapping[str, Evidence[bool]]:
        del session
        return dict.fromkeys(symbols, Missing("gdelt tells no earnings dates"))

    async def _news(self, symbol: str, at: datetime) -> Evidence[tuple[Headline, ...]]:
        name = company_words(self._names.get(symbol, ""))
        if not name:
            return Missing(f"gdelt: the universe has no company name for {symbol}")
        params = {
            "query": f'"{name}" sourcelang:english',
            "mode": "artlist",
            "format": "json",
            "maxrecords": "75",
            "timespan": "24h",
            "sort": "datedesc",
        }
        try:
            told = await self._api.read("/api/v2/doc/doc", params, _articles, Asking(Kind.NEWS))
        except (Unavailable, Refused) as error:
            return Missing(str(error))
        found = (
            Headline(symbol, text, f"gdelt/{plain_text(domain)}", seen, told.at)
            for text, domain, seen in told.value
        )
        return answer(found, "gdelt", told.at, at)


def _articles(body: bytes) -> list[tuple[str, str, datetime]]:
    """Title, domain and time of every article.

    Raises:
        Failure: GDELT throttles, or it is no list of articles.
    """
    if b"limit requests" in body[:200]:
        raise Failure("is asked too often", is_transient=True, retry_after_s=_PAUSE_S)
    return [(_title(a.title), a.domain, _seen(a.seendate)) for a in _SHAPED(body).articles]


def _title(text: str) -> str:
    """GDELT puts blanks around punctuation."""
    return re.sub(r" ([,.;:!?%)])", r"\1", plain_text(text))


def _seen(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise Failure(f"changed its format: seendate is {text[:40]!r}") from None
