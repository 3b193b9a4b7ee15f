"""Alpha Vantage's exchange rate, a spare: one of 25 calls a day."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, Field, TypeAdapter

from fin_agent.adapters.http.answers import Kind
from fin_agent.adapters.http.questions import Asking
from fin_agent.adapters.sources import FxSource
from fin_agent.adapters.vendors.alpha_vantage import AlphaVantageApi
from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.evidence import Evidence, Known, Missing


class _Rate(BaseModel):
    rate: Annotated[float, Field(alias="5. Exchange Rate", gt=0, allow_inf_nan=False)]
    refreshed: Annotated[datetime, Field(alias="6. Last Refreshed")]
    zone: Annotated[str, Field(alias="7. Time Zone")]


class _Answer(BaseModel):
    told: Annotated[_Rate, Field(alias="Realtime Currency Exchange Rate")]


_ANSWER = TypeAdapter(_Answer)


class AlphaVantage(FxSource):
    """The rate with its time, which is UTC."""

    name = "alpha_vantage"

    def __init__(self, api: AlphaVantageApi) -> None:
        self._api = api

    async def usd_per(self, currency: str) -> Evidence[float]:
        params = {"from_currency": currency, "to_currency": "USD"}
        try:
            answer = await self._api.query(
                "CURRENCY_EXCHANGE_RATE", params, _ANSWER, Asking(Kind.FX)
            )
        except (Unavailable, Refused) as error:
            return Missing(str(error))
        told = answer.value.told
        if told.zone != "UTC":
            return Missing(f"alpha_vantage tells the time of its rate in {told.zone[:20]}")
        return Known(told.rate, "alpha_vantage", told.refreshed.replace(tzinfo=UTC))
