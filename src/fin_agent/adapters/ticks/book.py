"""Every symbol's minutes, built print by print; what cannot be a print is counted and left out.

A doubtful print is quarantined, never the process: the rest of its frame is folded.
"""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from msgspec.structs import replace

from fin_agent.adapters.ticks.minute import SymbolLine
from fin_agent.adapters.ticks.trades import Change, Doubt, Heard, NamedTick, Tick
from fin_agent.domain.market import Bar
from fin_agent.domain.session import TradingSession

MINUTE_MS = 60_000.0
_MOST_PRICE = 1e7  # USD: no share costs more (Berkshire Hathaway A is below 1e6)
_MOST_SIZE = 1e9  # shares: more than any company's volume of a day
_CONFIRMED_BY = 3  # prints in a row that agree
_AGREEMENT = 1.1
_SAMPLES = 32


@dataclass(slots=True)
class TickStatistics:
    """Counts since the start; ``samples`` are the last doubtful prints, to look at."""

    folded: int = 0
    excluded: int = 0
    reordered: int = 0
    late: int = 0
    confirmed_jumps: int = 0
    before_open: int = 0
    after_close: int = 0
    taken_back: int = 0
    taken_back_late: int = 0
    doubts: Counter[Doubt] = field(default_factory=Counter)
    samples: deque[tuple[Doubt, str]] = field(default_factory=lambda: deque(maxlen=_SAMPLES))


class TickBook:
    """One session's minutes in memory."""

    def __init__(
        self,
        session: TradingSession,
        symbols: Sequence[str],
        future_ms: float = 2000.0,
    ) -> None:
        self.lines = {symbol: SymbolLine(symbol) for symbol in symbols}
        self.statistics = TickStatistics()
        self.last: dict[str, tuple[float, float]] = {}
        self._future_ms = future_ms
        self._day_ms = session.pre_market_open.timestamp() * 1000.0
        self._open_ms = session.open.timestamp() * 1000.0
        self._minutes = session.minutes
        self._done = -1
        self._after_close_ms = -inf

    def refer(self, prices: Mapping[str, float]) -> None:
        """Last known prices in USD: without one, the first print of a symbol is believed."""
        for symbol, price in prices.items():
            if symbol in self.lines:
                self.lines[symbol].believe(price)

    @property
    def watermark_ms(self) -> float:
        """The time of the newest print of any symbol; -inf before the first."""
        newest = max((line.last_ms for line in self.lines.values()), default=-inf)
        return max(newest, self._after_close_ms)

    def take_frame(self, heard: Heard, now_ms: float) -> None:
        """Everything that a frame said, received at an instant."""
        statistics = self.statistics
        if heard.ticks:
            self.take(heard.ticks, now_ms)
        for tick in heard.named:
            self._take_slowly(tick, now_ms + self._future_ms)
        for change in heard.changes:
            self._change(change)
        statistics.excluded += heard.excluded
        if heard.doubts:
            statistics.doubts.update(heard.doubts)

    def take(self, ticks: Sequence[Tick], now_ms: float) -> None:
        """Fold prints: ordinary ones here and now, the others one by one.

        This loop is the cost of the live path; what it does not need to know is not in it.
        """
        lines, horizon = self.lines, now_ms + self._future_ms
        for tick in ticks:
            line = lines.get(tick.symbol)
            if line is None:
                self._doubt(Doubt.SYMBOL, tick)
                continue
            minute, price, at, size = line.minute, tick.price, tick.at_ms, tick.size
            if (
                minute.last_ms <= at < minute.end_ms
                and at <= horizon
                and line.low_ok < price < line.high_ok
                and 0.0 < size <= _MOST_SIZE
            ):
                minute.last_ms = at
                minute.close = price
                if price > minute.high:
                    minute.high = price
                elif price < minute.low:
                    minute.low = price
                minute.volume += size
                minute.prints += 1
                minute.ticks += 1
            else:
                self._take_slowly(tick, horizon)

    def hand_over(self, number: int) -> dict[str, Bar]:
        """The bars of a minute that is over, by symbol; no print can change it any more."""
        self._done = max(self._done, number)
        bars: dict[str, Bar] = {}
        for symbol, line in self.lines.items():
            minute = line.hand_over(number)
            if minute is None:
                continue
            self.statistics.folded += minute.ticks
            bar = minute.bar(number)
            if bar is not None:
                bars[symbol] = bar
                self.last[symbol] = (bar.close, minute.last_ms)
        return bars

    def newest(self, symbol: str) -> tuple[float, float] | None:
        """The newest price in USD and its time in ms; None before the first print."""
        line = self.lines[symbol]
        running = [m for m in line.open_minutes.values() if m.prints]
        if running:
            minute = max(running, key=lambda found: found.last_ms)
            return minute.close, minute.last_ms
        return self.last.get(symbol)

    def _take_slowly(self, tick: Tick, horizon: float) -> None:
        doubt = self._flaw(tick, horizon)
        if doubt is not None:
            self._doubt(doubt, tick)
            return
        line = self.lines[tick.symbol]
        if not line.low_ok < tick.price < line.high_ok and _has_price(tick):
            self._wait(line, tick)
        else:
            self._fold(line, tick)

    def _flaw(self, tick: Tick, horizon: float) -> Doubt | None:
        """What is wrong with a print by itself; comparisons are such that NaN fails them."""
        if tick.symbol not in self.lines:
            return Doubt.SYMBOL
        if not 0.0 < tick.price <= _MOST_PRICE:
            return Doubt.PRICE
        if not 0.0 < tick.size <= _MOST_SIZE:
            return Doubt.SIZE
        if not tick.at_ms >= self._day_ms:
            return Doubt.OLD
        return None if tick.at_ms <= horizon else Doubt.FUTURE

    def _wait(self, line: SymbolLine, tick: Tick) -> None:
        """Hold a price back that is far from the last one until three in a row agree on it."""
        waiting = line.waiting
        held = waiting and line.waiting_since == line.ticks and _agree(waiting[0], tick)
        if not held:
            for doubted in waiting:
                self._doubt(Doubt.JUMP, doubted)
            waiting.clear()
            line.waiting_since = line.ticks
        named = (one.key for one in waiting if isinstance(one, NamedTick))
        if isinstance(tick, NamedTick) and tick.key in named:
            self._doubt(Doubt.DUPLICATE, tick)
            return
        waiting.append(tick)
        if len(waiting) == _CONFIRMED_BY:
            line.waiting = []
            self.statistics.confirmed_jumps += 1
            for confirmed in waiting:
                self._fold(line, confirmed)
            line.believe(tick.price)

    def _fold(self, line: SymbolLine, tick: Tick) -> None:
        statistics, at = self.statistics, tick.at_ms
        number = int((at - self._open_ms) // MINUTE_MS)
        if number < 0 or number >= self._minutes:
            self._outside(line, tick, is_early=number < 0)
            return
        if number <= self._done:
            statistics.late += 1
            return
        minute = line.minute_at(number, self._open_ms + (number + 1) * MINUTE_MS)
        if isinstance(tick, NamedTick):
            if tick.key in minute.remembered:
                self._doubt(Doubt.DUPLICATE, tick)
                return
            minute.fold_named(tick)
        else:
            minute.fold(tick)
        if at < minute.last_ms or minute is not line.minute:
            statistics.reordered += 1
        if line.high_ok == inf:
            line.believe(tick.price)

    def _outside(self, line: SymbolLine, tick: Tick, *, is_early: bool) -> None:
        if not is_early:
            self.statistics.after_close += 1
            self._after_close_ms = max(self._after_close_ms, tick.at_ms)
            return
        self.statistics.before_open += 1
        line.earlier_ticks += 1
        if _has_price(tick):
            line.believe(tick.price)
            known = self.last.get(line.symbol)
            if known is None or known[1] <= tick.at_ms:
                self.last[line.symbol] = (tick.price, tick.at_ms)

    def _change(self, change: Change) -> None:
        line = self.lines.get(change.symbol)
        if line is None:
            self.statistics.doubts[Doubt.SYMBOL] += 1
            return
        for minute in line.open_minutes.values():
            print_ = minute.remembered.get(change.key)
            if print_ is not None:
                right = change.corrected and replace(change.corrected, at_ms=print_.at_ms)
                if right and (self._flaw(right, inf) or _is_far(line, right)):
                    self._doubt(Doubt.PRICE, right)
                    return
                if minute.change(change.key, right):
                    self.statistics.taken_back += 1
                    return
        self.statistics.taken_back_late += 1

    def _doubt(self, doubt: Doubt, tick: Tick) -> None:
        self.statistics.doubts[doubt] += 1
        what = f"{tick.symbol:.16} {tick.price!r} x {tick.size!r} at {tick.at_ms!r}"
        self.statistics.samples.append((doubt, what))


def _has_price(tick: Tick) -> bool:
    return not isinstance(tick, NamedTick) or tick.has_price


def _is_far(line: SymbolLine, tick: NamedTick) -> bool:
    return tick.has_price and not line.low_ok < tick.price < line.high_ok


def _agree(one: Tick, other: Tick) -> bool:
    return one.price / _AGREEMENT <= other.price <= one.price * _AGREEMENT
