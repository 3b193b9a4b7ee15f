"""A minute bar in the making, and the line of one symbol through the day."""

from math import inf, nan

from fin_agent.adapters.ticks.trades import NamedTick, Tick, TradeKey
from fin_agent.domain.market import Bar

_MOST_REMEMBERED = 20_000  # prints of one symbol and minute, so that they can be taken back
JUMP = 2.0
"""A price this many times the last one, or the last one this many times the price, is doubted."""


class OpenMinute:
    """Open, high, low, close (USD) and volume of the prints so far, in any order of arrival.

    Slots instead of a record: ``TickBook.take`` writes them for every print of the market.
    """

    __slots__ = (
        "close",
        "end_ms",
        "first_ms",
        "forgotten",
        "high",
        "last_ms",
        "low",
        "open",
        "prints",
        "remembered",
        "ticks",
        "volume",
    )

    def __init__(self, end_ms: float) -> None:
        self.end_ms = end_ms
        self._empty()

    def _empty(self) -> None:
        self.first_ms = inf
        self.last_ms = -inf
        self.open = self.close = nan
        self.high, self.low = -inf, inf
        self.volume = 0.0
        self.prints = 0  # with a price
        self.ticks = 0
        self.forgotten = 0  # beyond what is remembered
        self.remembered: dict[TradeKey, NamedTick] = {}

    def fold(self, tick: Tick) -> None:
        """Take a print in wherever it belongs by its own time; at the same time, the later wins."""
        price, at = tick.price, tick.at_ms
        self.prints += 1
        if at < self.first_ms:
            self.first_ms, self.open = at, price
        if at >= self.last_ms:
            self.last_ms, self.close = at, price
        self.high = max(self.high, price)
        self.low = min(self.low, price)
        self.volume += tick.size
        self.ticks += 1

    def fold_named(self, tick: NamedTick) -> None:
        """The same for a print that may be taken back."""
        if len(self.remembered) < _MOST_REMEMBERED:
            self.remembered[tick.key] = tick
        else:
            self.forgotten += 1
        if tick.has_price:
            self.fold(tick)
        else:
            self.volume += tick.size
            self.ticks += 1

    def change(self, key: TradeKey, corrected: NamedTick | None) -> bool:
        """Fold everything anew without a remembered print, or with its correction.

        False when not every print is remembered: then nothing is changed.
        """
        if self.forgotten:
            return False
        kept, ticks = [*self.remembered.items()], self.ticks
        self._empty()
        for name, tick in kept:
            if name != key:
                self.fold_named(tick)
            elif corrected is not None:
                self.fold_named(corrected)
        self.ticks = ticks
        return True

    def bar(self, minute: int) -> Bar | None:
        """The bar so far; None without a print that makes a price."""
        if not self.prints:
            return None
        return Bar(minute, self.open, self.high, self.low, self.close, self.volume)


class SymbolLine:
    """One symbol: its minute that runs, minutes not handed over yet, and the last good price.

    ``low_ok`` and ``high_ok`` bound what is believed at once; they move with each new minute.
    """

    __slots__ = (
        "earlier_ticks",
        "high_ok",
        "low_ok",
        "minute",
        "open_minutes",
        "symbol",
        "waiting",
        "waiting_since",
    )

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.minute = OpenMinute(-inf)
        self.open_minutes: dict[int, OpenMinute] = {}
        self.earlier_ticks = 0
        self.waiting: list[Tick] = []
        self.waiting_since = 0
        self.low_ok, self.high_ok = 0.0, inf

    @property
    def ticks(self) -> int:
        """Ticks folded since the start."""
        return self.earlier_ticks + sum(minute.ticks for minute in self.open_minutes.values())

    @property
    def last_ms(self) -> float:
        """When the newest print was made, as far as minutes that are still here know."""
        return max((minute.last_ms for minute in self.open_minutes.values()), default=-inf)

    def believe(self, price: float) -> None:
        self.low_ok, self.high_ok = price / JUMP, price * JUMP

    def minute_at(self, number: int, end_ms: float) -> OpenMinute:
        """The open minute of a number, made when it is the first print's; the newest one runs."""
        found = self.open_minutes.get(number)
        if found is None:
            found = self.open_minutes[number] = OpenMinute(end_ms)
            if end_ms > self.minute.end_ms:
                if self.minute.prints:
                    self.believe(self.minute.close)
                self.minute = found
        return found

    def hand_over(self, number: int) -> OpenMinute | None:
        """The minute of a number, which is closed for good."""
        found = self.open_minutes.pop(number, None)
        if found is None:
            return None
        self.earlier_ticks += found.ticks
        if found is self.minute:
            if found.prints:
                self.believe(found.close)
            self.minute = OpenMinute(-inf)
        return found
