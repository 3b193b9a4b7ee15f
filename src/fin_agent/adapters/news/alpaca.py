"""Alpaca, free key: Benzinga's headlines for many symbols in one call; no earnings dates."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, TypeAdapter

from fin_agent.adapters.headlines import answer, plain_text
from fin_agent.adapters.http.answers import Kind
from fin_agent.adapters.http.body import Instant, batches
from fin_agent.adapters.vendors.alpaca import AlpacaData, Page, instant_text
from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.evidence import Evidence, Missing
from fin_agent.domain.news import WINDOW, Headline
from fin_agent.domain.session import TradingSession
from fin_agent.ports import NewsPort

_SYMBOLS = 50  # a call: its pages hold 50 headlines


class _Item(BaseModel):
    headline: str
    source: str
    created_at: Instant
    symbols: list[str]


class _News(Page):
    news: list[_Item]


_NEWS = TypeAdapter(_News)


class Alpaca(NewsPort):
    """Alpaca's news by symbol."""

    def __init__(self, data: AlpacaData) -> None:
        self._data = data

    async def headlines(
        self, symbols: Sequence[str], at: datetime
    ) -> Mapping[str, Evidence[tuple[Headline, ...]]]:
        found: dict[str, Evidence[tuple[Headline, ...]]] = {}
        for group in batches([*dict.fromkeys(symbols)], _SYMBOLS):
            found |= await self._group(group, at)
        return found

    async def earnings(
        self, symbols: Sequence[str], session: TradingSession
    ) -> Mapping[str, Evidence[bool]]:
        del session
        return dict.fromkeys(symbols, Missing("alpaca tells no earnings dates"))

    async def _group(
        self, symbols: Sequence[str], at: datetime
    ) -> dict[str, Evidence[tuple[Headline, ...]]]:
        params = {
            "symbols": ",".join(symbols),
            "start": instant_text(at - WINDOW),
            "end": instant_text(at),
            "limit": "50",
            "sort": "desc",
            "include_content": "false",
        }
        try:
            pages = await self._data.pages("/v1beta1/news", params, _NEWS, Kind.NEWS)
        except (Unavailable, Refused) as error:
            return {symbol: Missing(str(error)) for symbol in symbols}
        received = self._data.now
        by_symbol: dict[str, list[Headline]] = {symbol: [] for symbol in symbols}
        for item in (item for page in pages for item in page.news):
            text, source = plain_text(item.headline), f"alpaca/{plain_text(item.source)}"
            for symbol in item.symbols:
                if symbol in by_symbol:
                    told = Headline(symbol, text, source, item.created_at, received)
                    by_symbol[symbol].append(told)
        return {
            symbol: answer(items, "alpaca", received, at) for symbol, items in by_symbol.items()
        }
