"""Minutes that a stream did not see whole, and their repair by another source."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fin_agent.adapters.sources import MinuteSource
from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.evidence import Evidence, Missing
from fin_agent.domain.market import Bar
from fin_agent.domain.session import TradingSession
from fin_agent.ports import TimerPort

_PATIENCE_S = 10.0


@dataclass(slots=True)
class Gaps:
    """Times without a stream, in ms since 1970; the last one may still be open."""

    spans: list[tuple[float, float]] = field(default_factory=list)
    _since: float | None = None

    def open(self, since_ms: float) -> None:
        if self._since is None:
            self._since = since_ms

    def close(self, until_ms: float) -> None:
        if self._since is not None:
            self.spans.append((self._since, until_ms))
            self._since = None

    def touch(self, start_ms: float, end_ms: float) -> bool:
        """Whether any gap lies in a time; gaps that ended before it are forgotten."""
        if self._since is not None and self._since < end_ms:
            return True
        self.spans = [span for span in self.spans if span[1] > start_ms]
        return any(first < end_ms for first, _ in self.spans)


@dataclass(frozen=True, slots=True)
class Filled:
    """Bars by minute and symbol, and why some are not there (empty: every one is known)."""

    bars: dict[int, dict[str, Bar]]
    source: str = ""
    unknown: tuple[str, ...] = ()
    why: str = ""


async def back_filled(
    source: MinuteSource | None,
    session: TradingSession,
    symbols: Sequence[str],
    first: int,
    last: int,
) -> Filled:
    """The bars of minutes first..last as another source knows them; it never fails, it says."""
    if source is None:
        return Filled({}, unknown=tuple(symbols), why="no source of minute bars is configured")
    try:
        async with asyncio.timeout(_PATIENCE_S):
            told = await source.minute_bars(symbols, session, first, last)
    except (Unavailable, Refused) as error:
        return Filled({}, source.name, tuple(symbols), str(error))
    except TimeoutError:
        why = f"{source.name} did not answer within {_PATIENCE_S:g} s"
        return Filled({}, source.name, tuple(symbols), why)
    return _sorted_out(source.name, symbols, told, range(first, last + 1))


async def patiently_filled(
    ask: Callable[[Sequence[str]], Awaitable[Filled]],
    symbols: Sequence[str],
    last: int,
    waits: AsyncIterator[None],
) -> Filled:
    """Ask again, after each wait, about symbols that have no bar of the newest minute yet.

    A source is sure of a minute when a later trade came, or half a minute has passed.
    """
    told = await ask(symbols)
    async for _ in waits:
        silent = [symbol for symbol in symbols if symbol not in told.bars.get(last, {})]
        if not silent:
            break
        again = await ask(silent)
        for minute, bars in again.bars.items():
            told.bars.setdefault(minute, {}).update(bars)
        told = Filled(told.bars, again.source or told.source, again.unknown, again.why)
    return told


async def waits_until(
    end: datetime, after_s: Sequence[float], timer: TimerPort
) -> AsyncGenerator[None, None]:
    """The moments so many seconds after the end of a minute; those that are over are left out."""
    for each in after_s:
        left_s = (end - timer.now()).total_seconds() + each
        if left_s > 0:
            await timer.sleep(left_s)
            yield


def _sorted_out(
    name: str,
    symbols: Sequence[str],
    told: Mapping[str, Evidence[tuple[Bar, ...]]],
    asked: range,
) -> Filled:
    bars: dict[int, dict[str, Bar]] = {}
    reasons: dict[str, str] = {}
    for symbol in symbols:
        found = told.get(symbol, Missing(f"{name} sent nothing about it"))
        if isinstance(found, Missing):
            reasons[symbol] = found.reason
            continue
        if found.degraded is not None:
            reasons[symbol] = found.degraded
        for bar in found.value:
            if bar.minute in asked:
                bars.setdefault(bar.minute, {})[symbol] = bar
    return Filled(bars, name, tuple(reasons), next(iter(reasons.values()), ""))
