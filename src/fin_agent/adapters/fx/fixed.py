"""USD per unit of the account currency; what is missing, stale or absurd is Missing."""

from datetime import datetime

from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.ports import FxPort

LEAST, MOST = 0.5, 2.0
_STALE_S = 24 * 3600.0


class FixedFx(FxPort):
    """The rate from the configuration (``fx.fixed``), or 1 for a USD account."""

    def __init__(self, rate: float | None, currency: str) -> None:
        self._rate = 1.0 if rate is None and currency == "USD" else rate
        self._currency = currency

    async def rate(self, at: datetime) -> Evidence[float]:
        if self._rate is None:
            pair = f"{self._currency}/USD"
            return Missing(f"no {pair} rate: set fx.fixed, or configure a source in fx.use")
        return usable(Known(self._rate, "config", at), at)


def usable(rate: Known[float], at: datetime) -> Evidence[float]:
    """A rate that may be used at an instant, or why not (strategy.md section 8)."""
    if not LEAST <= rate.value <= MOST:
        return Missing(f"fx {rate.value:g} is outside {LEAST:g}..{MOST:g} ({rate.source})")
    age = rate.age_s(at)
    if age is None or age > _STALE_S:
        return Missing(f"fx is older than 24 h ({rate.source})")
    return rate
