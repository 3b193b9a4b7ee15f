"""Minutes that a stream did not see whole, and their repair by another source."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from fin_agent.adapters.sources import MinuteSource
from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.evidence import Evidence, Missing
from fin_agent.domain.market import Bar
from fin_agent.domain.session import TradingSession
from fin_agent.ports import TimerPort

_PATIENCE_S = 10.0
_MINUTE = timedelta(minutes=1)


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


async def asked(
    source: MinuteSource | None,
    session: TradingSession,
    symbols: Sequence[str],
    minutes: tuple[int, int],
    again_s: Sequence[float],
    timer: TimerPort,
) -> Filled:
    """The bars of the minutes from the first to the last.

    Symbols without a bar of the newest minute are asked about again, ``again_s`` after its end: a
    source is sure of a minute when a later trade came, or half a minute has passed.
    """
    first, last = minutes
    told = await back_filled(source, session, symbols, first, last)
    end = session.open + (last + 1) * _MINUTE
    for after_s in again_s:
        silent = [symbol for symbol in symbols if symbol not in told.bars.get(last, {})]
        left_s = (end - timer.now()).total_seconds() + after_s
        if not silent or left_s <= 0:
            continue
        await timer.sleep(left_s)
        again = await back_filled(source, session, silent, first, last)
        for minute, bars in again.bars.items():
            told.bars.setdefault(minute, {}).update(bars)
        told = Filled(told.bars, again.source or told.source, again.unknown, again.why)
    return told


async def beats_while(
    asking: "asyncio.Task[Filled]", timer: TimerPort, every_s: float
) -> AsyncGenerator[None, None]:
    """A beat every so often until an answer is there: nobody waits for it with open positions.

    The question ends with the generator, so close it (``aclosing``).
    """
    try:
        while not asking.done():
            pause = asyncio.ensure_future(timer.sleep(every_s))
            try:
                await asyncio.wait([asking, pause], return_when=asyncio.FIRST_COMPLETED)
            finally:
                pause.cancel()
            if not asking.done():
                yield
    finally:
        asking.cancel()


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
