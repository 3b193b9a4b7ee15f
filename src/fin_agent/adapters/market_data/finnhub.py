"""Finnhub, free key: quotes of the regular session, profiles, the market's status.

``/quote`` tells no pre-market trade: before the open it is yesterday's close, which its time
gives away. An unknown symbol is answered with zeros. One call a symbol, so a scan asks for as many
as the quota allows, in the given order.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import BaseModel, TypeAdapter

from fin_agent.adapters.http.answers import Kind
from fin_agent.adapters.http.body import Epoch, Number
from fin_agent.adapters.http.questions import Allowance, Asking, Told
from fin_agent.adapters.sources import QuoteSource, trade_today
from fin_agent.adapters.vendors.finnhub import FinnhubSdk
from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.market import Instrument
from fin_agent.domain.session import TradingSession


@dataclass(frozen=True, slots=True)
class MarketStatus:
    """What Finnhub says about the US market now; ``session`` is its word, None when closed."""

    is_open: bool
    session: str | None
    holiday: str | None


class _Quote(BaseModel):
    c: Number
    o: Number
    t: Epoch


class _Profile(BaseModel):
    ticker: str
    name: str = ""
    exchange: str = ""
    finnhubIndustry: str = ""


class _Status(BaseModel):
    isOpen: bool
    session: str | None = None
    holiday: str | None = None
    t: Epoch


_QUOTE = TypeAdapter(_Quote)
_PROFILE = TypeAdapter(_Profile | dict[str, object])
_STATUS = TypeAdapter(_Status)


class Finnhub(QuoteSource):
    """Finnhub's prices, one symbol a call."""

    name = "finnhub"

    def __init__(self, sdk: FinnhubSdk) -> None:
        self._sdk = sdk

    async def last_trades(
        self, symbols: Sequence[str], session: TradingSession, at: datetime
    ) -> Mapping[str, Evidence[float]]:
        del at
        found = await self._quotes(symbols)
        return {symbol: _last(told, session) for symbol, told in found.items()}

    async def opens(
        self, symbols: Sequence[str], session: TradingSession, at: datetime
    ) -> Mapping[str, Evidence[float]]:
        del at
        found = await self._quotes(symbols)
        return {symbol: _open(told, session) for symbol, told in found.items()}

    async def profile(self, symbol: str) -> Evidence[Instrument]:
        """Name, exchange and industry of a symbol."""
        try:
            told = await self._sdk.ask(
                f"profile2 {symbol}",
                lambda client: client.company_profile2(symbol=symbol),
                _PROFILE,
                Asking(Kind.UNIVERSE),
            )
        except (Unavailable, Refused) as error:
            return Missing(str(error))
        profile = told.value
        if not isinstance(profile, _Profile):
            return Missing("finnhub knows no such symbol")
        facts = (profile.name or None, profile.exchange or None, profile.finnhubIndustry or None)
        return Known(Instrument(symbol, *facts), "finnhub", told.at)

    async def market_status(self) -> Evidence[MarketStatus]:
        """Whether the US market trades now: a check of our own calendar."""
        try:
            told = await self._sdk.ask(
                "market_status US",
                lambda client: client.market_status(exchange="US"),
                _STATUS,
                Asking(Kind.QUOTE),
            )
        except (Unavailable, Refused) as error:
            return Missing(str(error))
        status = told.value
        found = MarketStatus(status.isOpen, status.session, status.holiday)
        return Known(found, "finnhub", datetime.fromtimestamp(status.t, UTC))

    async def _quotes(self, symbols: Sequence[str]) -> dict[str, Told[_Quote] | Missing]:
        wanted = [*dict.fromkeys(symbols)]
        async with self._sdk.lane.plan(len(wanted)) as allowance:
            found = await asyncio.gather(*(self._quote(symbol, allowance) for symbol in wanted))
        return dict(zip(wanted, found, strict=True))

    async def _quote(self, symbol: str, allowance: Allowance) -> Told[_Quote] | Missing:
        try:
            told = await self._sdk.ask(
                f"quote {symbol}",
                lambda client: client.quote(symbol),
                _QUOTE,
                Asking(Kind.QUOTE, allowance=allowance),
            )
        except (Unavailable, Refused) as error:
            return Missing(str(error))
        return told if told.value.t > 0 else Missing("finnhub knows no such symbol")


def _last(told: Told[_Quote] | Missing, session: TradingSession) -> Evidence[float]:
    if isinstance(told, Missing):
        return told
    traded = datetime.fromtimestamp(told.value.t, UTC)
    return trade_today(Known(told.value.c, "finnhub", traded), session, told.at)


def _open(told: Told[_Quote] | Missing, session: TradingSession) -> Evidence[float]:
    if isinstance(told, Missing):
        return told
    if datetime.fromtimestamp(told.value.t, UTC) < session.open:
        return Missing("finnhub: not open yet today")
    return trade_today(Known(told.value.o, "finnhub", session.open), session, told.at)
