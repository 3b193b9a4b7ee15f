"""Yahoo's exchange rates (``EURUSD=X``), traded from Sunday evening to Friday evening New York."""

from datetime import UTC, datetime

from pydantic import BaseModel, TypeAdapter

from fin_agent.adapters.http.answers import Kind
from fin_agent.adapters.http.body import Epoch, Number
from fin_agent.adapters.http.questions import Asking
from fin_agent.adapters.sources import FxSource
from fin_agent.adapters.vendors.yahoo import YahooWeb
from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.evidence import Evidence, Known, Missing


class _Row(BaseModel):
    symbol: str
    regularMarketPrice: Number
    regularMarketTime: Epoch


class _Result(BaseModel):
    result: list[_Row]


class _Answer(BaseModel):
    quoteResponse: _Result


_ANSWER = TypeAdapter(_Answer)


class Yahoo(FxSource):
    """The last traded rate."""

    name = "yahoo"

    def __init__(self, web: YahooWeb) -> None:
        self._web = web

    async def usd_per(self, currency: str) -> Evidence[float]:
        pair = f"{currency}USD=X"
        try:
            told = await self._web.json(
                "/v7/finance/quote", {"symbols": pair}, _ANSWER, Asking(Kind.FX, "quote")
            )
        except (Unavailable, Refused) as error:
            return Missing(str(error))
        for row in told.value.quoteResponse.result:
            if row.symbol == pair:
                at = datetime.fromtimestamp(row.regularMarketTime, UTC)
                return Known(row.regularMarketPrice, "yahoo", at)
        return Missing(f"yahoo sent no row for {pair}")
