"""The rate that several sources agree on; what is missing, old, absurd or disputed says so."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from fin_agent.adapters.fx.fixed import usable
from fin_agent.adapters.sources import FxSource
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.provider import ProviderFellBack
from fin_agent.ports import FxPort

_BANDS = {"EUR": (0.8, 1.6)}  # the euro was never outside since 1999
_OTHERS = (0.0, float("inf"))  # ``usable`` bounds them
_AGREE = 0.01  # of the rate: a day's usual range
_CHECK_S = 4 * 86400.0  # over a long weekend an old rate still tells a wrong one
_OLD_AGREE = 0.03


class AgreedFx(FxPort):
    """Asks every source; the first usable one in order is taken and checked by the others."""

    def __init__(
        self,
        sources: Sequence[FxSource],
        currency: str,
        tell: Callable[[DomainEvent], None],
    ) -> None:
        self._sources = sources
        self._currency = currency
        self._tell = tell

    async def rate(self, at: datetime) -> Evidence[float]:
        if self._currency == "USD":
            return Known(1.0, "config", at)
        told = await asyncio.gather(*(s.usd_per(self._currency) for s in self._sources))
        fresh: list[Known[float]] = []
        old: list[Known[float]] = []
        reasons: list[str] = []
        for rate in told:
            found = self._judged(rate, at)
            if isinstance(found, Known):
                fresh.append(found)
            else:
                reasons.append(found.reason)
                old += [rate] if isinstance(rate, Known) and self._can_check(rate, at) else []
        if not fresh:
            return Missing("; ".join(reasons) or "no fx source is configured")
        chosen = _checked(fresh, old, reasons)
        self._tell_fallback(chosen, reasons)
        return chosen

    def _judged(self, rate: Evidence[float], at: datetime) -> Evidence[float]:
        if isinstance(rate, Missing):
            return rate
        least, most = _BANDS.get(self._currency, _OTHERS)
        if not least <= rate.value <= most:
            return Missing(f"fx {rate.value:g} is outside {least:g}..{most:g} ({rate.source})")
        return usable(rate, at)

    def _can_check(self, rate: Known[float], at: datetime) -> bool:
        age = rate.age_s(at)
        least, most = _BANDS.get(self._currency, _OTHERS)
        return age is not None and age <= _CHECK_S and least <= rate.value <= most

    def _tell_fallback(self, chosen: Known[float], reasons: Sequence[str]) -> None:
        first = self._sources[0].name
        if chosen.source != first and reasons:
            self._tell(ProviderFellBack("fx", first, chosen.source, 1, reasons[0]))


def _checked(
    fresh: Sequence[Known[float]], old: Sequence[Known[float]], reasons: Sequence[str]
) -> Known[float]:
    """The first rate; of two fresh ones that disagree the lower, which buys less."""
    first, *others = fresh
    flaws: list[str] = []
    lowest = first
    for other in others:
        if _apart(first, other) > _AGREE:
            flaws.append(_disputed(first, other))
            lowest = min(lowest, other, key=lambda rate: rate.value)
    flaws += [_disputed(first, other) for other in old if _apart(first, other) > _OLD_AGREE]
    if not others and not old:
        flaws.append("; ".join(("no second source confirms it", *reasons)))
    named = "; ".join(flaws) or first.degraded
    return Known(lowest.value, lowest.source, lowest.as_of, lowest.delay_s, named)


def _apart(one: Known[float], other: Known[float]) -> float:
    return abs(one.value / other.value - 1.0)


def _disputed(one: Known[float], other: Known[float]) -> str:
    return f"{one.source} says {one.value:.4f} and {other.source} {other.value:.4f}"
