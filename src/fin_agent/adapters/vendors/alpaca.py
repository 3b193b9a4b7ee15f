"""Alpaca's market data REST interface: bodies, pages and what makes a page an answer."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, TypeVar

from pydantic import BaseModel, Field, TypeAdapter

from fin_agent.adapters.http.answers import Kind
from fin_agent.adapters.http.body import Instant, Number, batches
from fin_agent.adapters.http.network import VendorApi
from fin_agent.adapters.http.questions import Asking, Told
from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.evidence import Missing

_SYMBOLS = 200  # a call: beyond it the URL gets too long
_ROWS = 10_000  # a page, Alpaca's most
_MOST_PAGES = 60
_MOST_USD, _MOST_SHARES = 1e7, 1e11


class Page(BaseModel):
    """One page of an answer; without a token it is the last one."""

    next_page_token: str | None


class AlpacaTrade(BaseModel):
    """A trade: time and price (USD)."""

    t: Instant
    p: Number


class AlpacaBar(BaseModel):
    """A bar by its START: open, high, low, close (USD) and shares."""

    t: Instant
    o: Number
    h: Number
    l: Number  # noqa: E741 - the vendor's name
    c: Number
    v: Number

    @property
    def is_sound(self) -> bool:
        """Whether its numbers can be true together: high, low, and no absurd size."""
        low, high = min(self.o, self.c), max(self.o, self.c)
        return 0 < self.l <= low and high <= self.h <= _MOST_USD and 0 <= self.v <= _MOST_SHARES


class AlpacaSnapshot(BaseModel):
    """What is read of a symbol's snapshot."""

    latestTrade: AlpacaTrade | None = None
    dailyBar: AlpacaBar | None = None


class _Bars(Page):
    bars: dict[str, list[AlpacaBar]] | None


class _Split(BaseModel):
    symbol: str
    ex_date: date
    new_rate: Annotated[Number, Field(gt=0)]
    old_rate: Annotated[Number, Field(gt=0)]


class _Actions(BaseModel):
    forward_splits: list[_Split] = []
    reverse_splits: list[_Split] = []


class _ActionsPage(Page):
    corporate_actions: _Actions


_SNAPSHOTS = TypeAdapter(dict[str, AlpacaSnapshot | None])
_BARS = TypeAdapter(_Bars)
_ACTIONS = TypeAdapter(_ActionsPage)
Snapshots = dict[str, Told[AlpacaSnapshot] | Missing]
P = TypeVar("P", bound=Page)


class AlpacaData:
    """Asks for many symbols a call and reads every page."""

    def __init__(self, api: VendorApi) -> None:
        self._api = api

    @property
    def now(self) -> datetime:
        return self._api.lane.now

    async def snapshots(self, symbols: Sequence[str]) -> Snapshots:
        groups = batches([*dict.fromkeys(symbols)], _SYMBOLS)
        parts = await asyncio.gather(*map(self._snapshot_group, groups))
        return {symbol: told for part in parts for symbol, told in part.items()}

    async def _snapshot_group(self, symbols: Sequence[str]) -> Snapshots:
        params = {"symbols": ",".join(symbols), "feed": "iex"}
        try:
            told = await self._api.json(
                "/v2/stocks/snapshots", params, _SNAPSHOTS, Asking(Kind.QUOTE)
            )
        except (Unavailable, Refused) as error:
            return {symbol: Missing(str(error)) for symbol in symbols}
        found: Snapshots = {}
        for symbol in symbols:
            snapshot = told.value.get(symbol)
            found[symbol] = (
                Missing("alpaca sent no snapshot of it")
                if snapshot is None
                else Told(snapshot, told.at)
            )
        return found

    async def bars(
        self,
        symbols: Sequence[str],
        timeframe: str,
        start: datetime,
        end: datetime,
        adjustment: str,
    ) -> dict[str, list[AlpacaBar] | Missing]:
        """Bars by symbol; a symbol of a group that failed has the reason instead."""

        async def group(names: Sequence[str]) -> dict[str, list[AlpacaBar] | Missing]:
            params = {
                "symbols": ",".join(names),
                "timeframe": timeframe,
                "start": instant_text(start),
                "end": instant_text(end),
                "adjustment": adjustment,
                "feed": "sip",
                "limit": str(_ROWS),
                "sort": "asc",
            }
            found: dict[str, list[AlpacaBar] | Missing] = {name: [] for name in names}
            try:
                pages = await self.pages("/v2/stocks/bars", params, _BARS, Kind.BARS)
            except (Unavailable, Refused) as error:
                return {name: Missing(str(error)) for name in names}
            for page in pages:
                for name, bars in (page.bars or {}).items():
                    kept = found.get(name)
                    if isinstance(kept, list):
                        kept += [bar for bar in bars if start <= bar.t <= end]
            return found

        groups = batches([*dict.fromkeys(symbols)], _SYMBOLS)
        parts = await asyncio.gather(*map(group, groups))
        return {symbol: bars for part in parts for symbol, bars in part.items()}

    async def splits(
        self, symbols: Sequence[str], first: date, last: date
    ) -> dict[str, list[tuple[date, float]]] | None:
        """Splits with ex-date in a time; None when Alpaca does not say."""
        found: dict[str, list[tuple[date, float]]] = {}
        try:
            for group in batches([*dict.fromkeys(symbols)], _SYMBOLS):
                params = {
                    "symbols": ",".join(group),
                    "types": "forward_split,reverse_split",
                    "start": first.isoformat(),
                    "end": last.isoformat(),
                    "limit": "1000",
                }
                for page in await self.pages("/v1/corporate-actions", params, _ACTIONS, Kind.BARS):
                    actions = page.corporate_actions
                    for split in (*actions.forward_splits, *actions.reverse_splits):
                        ratio = (split.ex_date, split.new_rate / split.old_rate)
                        found.setdefault(split.symbol, []).append(ratio)
        except (Unavailable, Refused):
            return None
        return found

    async def pages(
        self, path: str, params: dict[str, str], model: TypeAdapter[P], kind: Kind
    ) -> list[P]:
        """Every page of an answer.

        Raises:
            Unavailable: a page is missing: half an answer is none.
        """
        pages: list[P] = []
        token: str | None = ""
        while token is not None:
            if len(pages) >= _MOST_PAGES:
                raise Unavailable(f"alpaca sends more than {_MOST_PAGES} pages")
            more = {"page_token": token} if token else {}
            told = await self._api.json(path, {**params, **more}, model, Asking(kind))
            pages.append(told.value)
            token = told.value.next_page_token
        return pages


def instant_text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
