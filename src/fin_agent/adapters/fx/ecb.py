"""The European Central Bank's reference rates: one a working day, observed at 14:15 Frankfurt."""

from datetime import date, datetime, time
from math import isfinite
from zoneinfo import ZoneInfo

from fin_agent.adapters.http.answers import Kind
from fin_agent.adapters.http.body import xml_of
from fin_agent.adapters.http.failure import Failure
from fin_agent.adapters.http.network import VendorApi
from fin_agent.adapters.http.questions import Asking
from fin_agent.adapters.sources import FxSource
from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.evidence import Evidence, Known, Missing

_CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"
_FRANKFURT = ZoneInfo("Europe/Berlin")
_OBSERVED = time(14, 15)

Rates = tuple[datetime, dict[str, float]]


class Ecb(FxSource):
    """USD per unit, over the euro where the currency is another one."""

    name = "ecb"

    def __init__(self, api: VendorApi) -> None:
        self._api = api

    async def usd_per(self, currency: str) -> Evidence[float]:
        try:
            told = await self._api.read(
                "/stats/eurofxref/eurofxref-daily.xml", {}, _rates, Asking(Kind.FX)
            )
        except (Unavailable, Refused) as error:
            return Missing(str(error))
        at, rates = told.value
        per_euro = 1.0 if currency == "EUR" else rates.get(currency)
        if per_euro is None:
            return Missing(f"ecb has no rate for {currency}")
        return Known(rates["USD"] / per_euro, "ecb", at)


def _rates(body: bytes) -> Rates:
    """Units of each currency per euro.

    Raises:
        Failure: the answer is no table of rates, or holds none for USD.
    """
    day = xml_of(body).find(f"{_CUBE}/{_CUBE}")
    if day is None:
        raise Failure("changed its format: no table of rates")
    try:
        at = datetime.combine(date.fromisoformat(day.attrib["time"]), _OBSERVED, _FRANKFURT)
        rates = {cube.attrib["currency"]: float(cube.attrib["rate"]) for cube in day}
    except (KeyError, ValueError) as error:
        raise Failure(f"changed its format: {error}") from None
    if "USD" not in rates or not all(isfinite(rate) and rate > 0 for rate in rates.values()):
        raise Failure("changed its format: a rate is missing or cannot be")
    return at, rates
