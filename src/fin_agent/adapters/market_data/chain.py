"""Several sources as one: what the first does not know is asked of the next.

A value from a fallback says so and why; what nobody knows names every reason. A last trade that is
too old is asked for again elsewhere, and the newer one stays.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TypeVar

from fin_agent.adapters.sources import (
    DailyBars,
    HistorySource,
    MinuteSource,
    QuoteSource,
    Source,
    VolumeSource,
)
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.market import Bar
from fin_agent.domain.provider import ProviderFellBack
from fin_agent.domain.session import TradingSession

T = TypeVar("T")
S = TypeVar("S", bound=Source)
Answers = Mapping[str, Evidence[T]]


class Chain(QuoteSource, VolumeSource, MinuteSource, HistorySource):
    """Sources in the order of trust; ``stale_s`` is when a last trade is too old to stay with."""

    name = "chain"

    def __init__(
        self,
        sources: Sequence[Source],
        tell: Callable[[DomainEvent], None],
        stale_s: float = 900.0,
    ) -> None:
        self._sources = sources
        self._tell = tell
        self._stale_s = stale_s

    async def last_trades(
        self, symbols: Sequence[str], session: TradingSession, at: datetime
    ) -> Mapping[str, Evidence[float]]:
        def is_old(trade: Known[float]) -> str | None:
            age = trade.age_s(at)
            if age is not None and age <= self._stale_s:
                return None
            told = "has no time" if age is None else f"is {age / 60:.0f} min old"
            return f"{trade.source}: the last trade {told}"

        return await self._ask(
            "last trade",
            QuoteSource,
            symbols,
            lambda source, left: source.last_trades(left, session, at),
            is_old,
        )

    async def opens(
        self, symbols: Sequence[str], session: TradingSession, at: datetime
    ) -> Mapping[str, Evidence[float]]:
        return await self._ask(
            "opening price",
            QuoteSource,
            symbols,
            lambda source, left: source.opens(left, session, at),
        )

    async def volumes(
        self, symbols: Sequence[str], session: TradingSession, at: datetime
    ) -> Mapping[str, Evidence[float]]:
        return await self._ask(
            "volume",
            VolumeSource,
            symbols,
            lambda source, left: source.volumes(left, session, at),
        )

    async def minute_bars(
        self, symbols: Sequence[str], session: TradingSession, first: int, last: int
    ) -> Mapping[str, Evidence[tuple[Bar, ...]]]:
        return await self._ask(
            "minute bars",
            MinuteSource,
            symbols,
            lambda source, left: source.minute_bars(left, session, first, last),
        )

    async def daily(
        self, symbols: Sequence[str], first: date, last: date
    ) -> Mapping[str, Evidence[DailyBars]]:
        return await self._ask(
            "daily bars",
            HistorySource,
            symbols,
            lambda source, left: source.daily(left, first, last),
        )

    async def room(self, symbols: int) -> int:
        """What one source has no call left for may be asked of the next."""
        found = 0
        for source in self._sources:
            if isinstance(source, HistorySource) and found < symbols:
                found += await source.room(symbols - found)
        return found

    async def _ask(
        self,
        what: str,
        kind: type[S],
        symbols: Sequence[str],
        call: Callable[[S, Sequence[str]], Awaitable[Answers[T]]],
        doubt: Callable[[Known[T]], str | None] = lambda _: None,
    ) -> dict[str, Evidence[T]]:
        """Ask source after source about what is still open; ``doubt`` says why a value is not it.

        Every symbol is in the answer. A doubtful value stays when nobody knows a newer one.
        """
        able = [source for source in self._sources if isinstance(source, kind)]
        asked = [*dict.fromkeys(symbols)]
        answer = _Answer[T](asked)
        for place, source in enumerate(able):
            left = answer.open
            if not left:
                break
            if place:
                self._tell_fallback(what, able[place - 1], source, answer)
            answer.add(source, await call(source, left), doubt)
        return answer.evidence(f"no source tells the {what}")

    def _tell_fallback(
        self, what: str, before: Source, after: Source, answer: "_Answer[T]"
    ) -> None:
        reason = answer.commonest_reason()
        self._tell(ProviderFellBack(what, before.name, after.name, len(answer.open), reason))


class _Answer(dict[str, Known[T]]):
    """What is known by symbol, and of the rest, why not."""

    def __init__(self, symbols: Sequence[str]) -> None:
        super().__init__()
        self.open = list(symbols)
        self._symbols = symbols
        self._reasons: dict[str, list[str]] = {symbol: [] for symbol in symbols}

    def add(
        self, source: Source, told: Answers[T], doubt: Callable[[Known[T]], str | None]
    ) -> None:
        """Take over what a source said about the open symbols."""
        still: list[str] = []
        for symbol in self.open:
            found = told.get(symbol, Missing(f"{source.name} sent nothing about it"))
            reasons = self._reasons[symbol]
            if isinstance(found, Missing):
                problem: str | None = found.reason
            else:
                problem = doubt(found)
                self._keep_newer(symbol, _marked(found, reasons))
            if problem is not None:
                reasons.append(problem)
                still.append(symbol)
        self.open = still

    def evidence(self, nobody: str) -> dict[str, Evidence[T]]:
        return {
            symbol: self.get(symbol) or Missing("; ".join(self._reasons[symbol]) or nobody)
            for symbol in self._symbols
        }

    def commonest_reason(self) -> str:
        """The last reason of most of the open symbols."""
        return Counter(self._reasons[symbol][-1] for symbol in self.open).most_common(1)[0][0]

    def _keep_newer(self, symbol: str, found: Known[T]) -> None:
        known = self.get(symbol)
        is_newer = known is None or known.as_of is None
        if not is_newer and known is not None and found.as_of is not None:
            is_newer = known.as_of is not None and found.as_of > known.as_of
        if is_newer:
            self[symbol] = found


def _marked(found: Known[T], reasons: Sequence[str]) -> Known[T]:
    """A value from a fallback names it and why the ones before did not do."""
    if not reasons:
        return found
    mark = f"from {found.source}: {'; '.join(reasons)}"
    return replace(found, degraded=f"{mark}; {found.degraded}" if found.degraded else mark)
