"""Who fell silent: a connection that only answers pings is as bad as none, and looks healthy.

Seconds are real ones, whatever clock the session runs by: silence is a matter of the network.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class WatchRules:
    """Seconds. A symbol is stale after ``quiet_s`` while another one trades.

    ``lively_s``: a symbol that traded that often on average was cut off, it did not just rest.
    """

    quiet_s: float = 4.5  # seen by looking once a second: within 6 s
    resubscribe_s: float = 5.0
    reconnect_s: float = 15.0
    again_s: float = 30.0
    lively_s: float = 0.25


class Remedy(StrEnum):
    """What silence asks for."""

    NONE = "none"
    RESUBSCRIBE = "resubscribe"
    RECONNECT = "reconnect"


@dataclass(slots=True)
class _Silence:
    ticks: int
    heard: float
    asked: float = float("-inf")
    first: float = 0.0
    first_ticks: int = 0


@dataclass(slots=True)
class StreamWatch:
    """Told the ticks of every symbol now and then, says what is to be done about silence."""

    rules: WatchRules
    stale: frozenset[str] = frozenset()
    cut_off: frozenset[str] = frozenset()
    _symbols: dict[str, _Silence] = field(default_factory=dict)
    _heard: float = 0.0
    _asked: float = float("-inf")

    def begin(self, ticks: Mapping[str, int], now: float) -> None:
        """A connection begins, or the market opens: silence counts from here."""
        self._symbols = {
            symbol: _Silence(count, now, first=now, first_ticks=count)
            for symbol, count in ticks.items()
        }
        self._heard, self._asked = now, float("-inf")
        self.stale = self.cut_off = frozenset()

    def look(self, ticks: Mapping[str, int], now: float) -> tuple[Remedy, tuple[str, ...]]:
        """What to do, and about which symbols."""
        self._note(ticks, now)
        silent_s = now - self._heard
        if silent_s >= self.rules.reconnect_s:
            self._mark(now, every=True)
            return Remedy.RECONNECT, ()
        if silent_s >= self.rules.resubscribe_s:
            self._mark(now, every=True)
            if self._asked >= self._heard:
                return Remedy.NONE, ()
            self._asked = now
            return Remedy.RESUBSCRIBE, tuple(self._symbols)
        self._mark(now, every=False)
        again = [s for s in sorted(self.stale) if now - self._symbols[s].asked > self.rules.again_s]
        for symbol in again:
            self._symbols[symbol].asked = now
        return (Remedy.RESUBSCRIBE if again else Remedy.NONE), tuple(again)

    def _note(self, ticks: Mapping[str, int], now: float) -> None:
        for symbol, silence in self._symbols.items():
            count = ticks[symbol]
            if count != silence.ticks:
                silence.ticks, silence.heard = count, now
                self._heard = now

    def _mark(self, now: float, *, every: bool) -> None:
        quiet = {s for s, found in self._symbols.items() if now - found.heard > self.rules.quiet_s}
        self.stale = frozenset(self._symbols if every else quiet)
        self.cut_off = frozenset(s for s in quiet if self._was_lively(self._symbols[s]))

    def _was_lively(self, silence: _Silence) -> bool:
        traded = silence.ticks - silence.first_ticks
        return traded > 0 and (silence.heard - silence.first) / traded <= self.rules.lively_s
