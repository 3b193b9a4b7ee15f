"""Live market data: last trades, as a program of yours on this machine tells them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, TypeAdapter

from fin_agent.adapters.http.answers import Kind
from fin_agent.adapters.http.body import Instant, Number
from fin_agent.adapters.http.lane import LaneRules
from fin_agent.adapters.http.network import Network, VendorApi
from fin_agent.adapters.http.questions import Asking
from fin_agent.adapters.sources import QuoteSource, absent, trade_today
from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.session import TradingSession


class _Trade(BaseModel):
    price: Number
    at: Instant


_TRADES = TypeAdapter(dict[str, _Trade])


class LocalQuotes(QuoteSource):
    """Asks ``/last?symbols=A,B`` and is answered ``{"A": {"price": 1.5, "at": "...Z"}}``."""

    name = "local_quotes"

    def __init__(self, network: Network, port: int = 8750) -> None:
        lane = network.lane(LaneRules(self.name))
        self._api = VendorApi(network, lane, f"http://127.0.0.1:{port}")

    async def last_trades(
        self, symbols: Sequence[str], session: TradingSession, at: datetime
    ) -> Mapping[str, Evidence[float]]:
        del at
        wanted = {"symbols": ",".join(symbols)}
        try:
            told = await self._api.json("/last", wanted, _TRADES, Asking(Kind.QUOTE))
        except (Unavailable, Refused) as error:
            return absent(symbols, str(error))
        return {
            symbol: trade_today(Known(trade.price, self.name, trade.at), session, told.at)
            if (trade := told.value.get(symbol))
            else Missing(f"{self.name} does not know it")
            for symbol in symbols
        }
