"""The daily side of the bar store, shared by the plug-ins that trade on stored bars.

What was read stays in memory until an import changes the store. Days are days since 1970.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import NamedTuple

import numpy as np

from fin_agent.adapters.bars.adjustment import Splits
from fin_agent.adapters.bars.columns import days_since_1970
from fin_agent.adapters.bars.correlations import correlations
from fin_agent.adapters.bars.features import DailyColumns, FeatureReader
from fin_agent.adapters.bars.panel import BarReader, DailyPanel
from fin_agent.adapters.bars.rounding import Flags, Floats, Ints
from fin_agent.adapters.bars.scan_columns import Marks, Universe
from fin_agent.adapters.bars.store import DAILY, no_rows
from fin_agent.domain.market import Instrument
from fin_agent.domain.snapshot import CorporateActions

_FINGERPRINT_DATES = 61  # closes for 60 returns
_DIGEST_SIZE = 32  # bytes of SHA-256
_MOST = 0.5  # of the store's symbols: beyond it, filtering rows costs more than it saves


class DailyHistory:
    """Daily bars as traded on the session they are asked for."""

    def __init__(self, store: BarReader) -> None:
        self._store = store
        self._generation: int | None = None
        self._panel = _loaded(DailyPanel(no_rows(DAILY), (), Splits(())))
        self._view: UniverseHistory | None = None
        self._digests: _Digests | None = None

    async def of(self, instruments: Sequence[Instrument]) -> "UniverseHistory":
        """The daily columns of a universe; bars are read off the event loop."""
        view, asked = self._view, tuple(instruments)
        if view is None or view.asked != asked or not self._is_current(view.loaded):
            universe = view.universe if view and view.asked == asked else Universe(asked)
            if not self._has(universe.symbols):
                await asyncio.to_thread(self._load, universe.symbols)
            view = self._view = UniverseHistory(universe, asked, self._panel)
        return view

    def splits(self) -> Splits:
        """Every split on file."""
        return self._with(()).panel.splits

    def bars(self, symbols: Sequence[str], day: date) -> dict[str, tuple[float, ...]]:
        """Open, high, low, close (USD, as traded) and volume of a day's bars, by symbol."""
        panel = self._begun_with(symbols).panel
        rows, has_bar = panel.today(panel.as_of(days_since_1970(day)))
        found = ((symbol, panel.position[symbol]) for symbol in sorted({*symbols}))
        return {
            symbol: tuple(float(column[rows[place]]) for column in panel.rows[1:])
            for symbol, place in found
            if has_bar[place]
        }

    def closes(
        self, symbols: Sequence[str], before: date, sessions: int
    ) -> Mapping[str, dict[str, float]]:
        """The last closes before a day, by symbol and ISO date."""
        panel, day = self._with(symbols).panel, days_since_1970(before)
        return {symbol: panel.closes(symbol, day, sessions) for symbol in symbols}

    def correlations(
        self, symbols: Sequence[str], before: date
    ) -> dict[tuple[str, str], float | None]:
        """The correlation of daily log returns of every two symbols before a day."""
        return correlations(self._begun_with(symbols).panel, symbols, days_since_1970(before))

    def digest(self, symbols: Sequence[str], day: date, *, with_day: bool) -> bytes:
        """A hash over the daily bars and splits that a session's decisions rest on.

        ``with_day`` adds the bars of the day itself; without any the hash is empty.
        """
        asked, digests = tuple(symbols), self._digests
        if digests is None or digests.asked != asked or not self._is_current(digests.loaded):
            digests = self._digests = _Digests(self._with(symbols), asked)
        return digests.before(days_since_1970(day), with_day=with_day)

    def _with(self, symbols: Sequence[str]) -> "_Loaded":
        return self._panel if self._has(symbols) else self._load(symbols)

    def _begun_with(self, symbols: Sequence[str]) -> "_Loaded":
        """What the session was opened or scanned with: it rests on one state of the store."""
        position = self._panel.panel.position
        return self._panel if all(s in position for s in symbols) else self._load(symbols)

    def _is_current(self, loaded: "_Loaded") -> bool:
        return loaded is self._panel and self._generation == self._store.generation

    def _has(self, symbols: Sequence[str]) -> bool:
        position = self._panel.panel.position
        return self._generation == self._store.generation and all(s in position for s in symbols)

    def _load(self, symbols: Sequence[str]) -> "_Loaded":
        generation, stored = self._store.generation, self._store.symbols()
        wanted = {*symbols, *self._panel.panel.symbols}
        if len(wanted) >= _MOST * len(stored):
            wanted.update(stored)
        chosen = None if wanted.issuperset(stored) else sorted(wanted)
        table = self._store.read_daily(None, None, chosen)
        self._panel = _loaded(DailyPanel(table, sorted(wanted), Splits(self._store.splits())))
        self._generation = generation
        return self._panel


class UniverseHistory:
    """The daily columns of one universe, in its order."""

    def __init__(
        self, universe: Universe, asked: tuple[Instrument, ...], loaded: "_Loaded"
    ) -> None:
        self.universe = universe
        self.asked = asked
        self.loaded = loaded
        self._days: Ints | None = None
        places = np.array([loaded.panel.position[s] for s in universe.symbols], np.int64)
        is_all = universe.symbols == loaded.panel.symbols
        self._places = None if is_all else places

    def before(self, day: date, previous: date) -> DailyColumns:
        """Every symbol's features before a session, as traded on its day."""
        as_of = self.loaded.panel.as_of(days_since_1970(day))
        features = self.loaded.features.before(as_of, days_since_1970(previous))
        return features if self._places is None else features.take(self._places)

    def opens(self, day: date) -> tuple[Floats, Flags]:
        """The opens of a day's bars in USD, and who has one."""
        panel = self.loaded.panel
        rows, has_bar = panel.today(panel.as_of(days_since_1970(day)))
        opens = panel.rows.open.take(rows) if panel.rows.total else np.full(len(rows), np.nan)
        if self._places is None:
            return opens, has_bar
        return opens[self._places], has_bar[self._places]

    def days_from(self, day: int, count: int) -> list[int]:
        """A day and the days with bars after it, so many in all."""
        if self._days is None:
            self._days = self.loaded.panel.days(range(len(self.loaded.panel.symbols)))
        first = int(self._days.searchsorted(day, "right"))
        return [day, *self._days[first : first + count - 1].tolist()]

    def ahead(
        self, days: Sequence[int], previous: Sequence[int]
    ) -> tuple[DailyColumns, Floats, Flags]:
        """Features, opens and who has a bar, as above, of coming sessions: a row each."""
        panel = self.loaded.panel
        as_of = panel.look_ahead(days)
        features = self.loaded.features.ahead(as_of, previous)
        rows, has_bar = zip(*map(panel.today, as_of), strict=True)
        opens, has = panel.rows.open.take(np.array(rows)), np.array(has_bar)
        if self._places is None:
            return features, opens, has
        return features.take(self._places), opens[:, self._places], has[:, self._places]

    def marks(self, day: date) -> Marks:
        """The splits with ex-date on a day: prices before it are adjusted for them."""
        symbols = self.loaded.panel.splits.on(days_since_1970(day))
        return Marks({symbol: CorporateActions(split_known=True) for symbol in symbols})


class _Loaded(NamedTuple):
    """What is kept about one state of the store."""

    panel: DailyPanel
    features: FeatureReader


def _loaded(panel: DailyPanel) -> _Loaded:
    return _Loaded(panel, FeatureReader(panel))


class _Digests:
    """Hashes of daily bars by date, so that a backtest hashes each bar once."""

    def __init__(self, loaded: _Loaded, asked: tuple[str, ...]) -> None:
        self.loaded = loaded
        self.asked = asked
        symbols = sorted({*asked})
        self._panel = loaded.panel
        self._symbols = frozenset(symbols)
        self._head = "\n".join(symbols).encode()
        places = [loaded.panel.position[s] for s in symbols]
        self._days = loaded.panel.days(places)
        # A slice of everything is a view: the usual universe is all that was loaded.
        is_all = len(places) == len(loaded.panel.symbols)
        self._places = slice(None) if is_all else np.array(places, np.int64)
        self._known = bytearray(_DIGEST_SIZE * len(self._days))
        self._is_known = bytearray(len(self._days))
        self._is_full = bytearray(len(self._days))  # 1: every symbol has a bar of that day

    def before(self, day: int, *, with_day: bool) -> bytes:
        last = int(self._days.searchsorted(day, "right" if with_day else "left"))
        first = max(0, last - _FINGERPRINT_DATES)
        if with_day and (not last or self._days[last - 1] != day):
            return b""
        for each in range(first, last):
            if not self._is_known[each]:
                self._learn(each)
        total = sha256(self._head)
        total.update(self._known[first * _DIGEST_SIZE : last * _DIGEST_SIZE])
        as_of = self._panel.as_of(day)
        total.update(as_of.bars[self._places].tobytes())
        if 0 in self._is_full[first:last]:  # the last bars may lie before those dates
            for column in self.loaded.features.before(as_of, day)[1:-1]:
                total.update(column[self._places].tobytes())
        total.update(repr(self._splits(int(self._days[first]) if last else day, day)).encode())
        return total.digest()

    def _learn(self, place: int) -> None:
        """Hash the bars of one day: a backtest does so once for each, whatever days it asks for."""
        day = int(self._days[place])
        rows, has_bar = self._panel.today(self._panel.as_of(day))
        rows, has_bar = rows[self._places], has_bar[self._places]
        is_full = bool(has_bar.all())
        found = sha256(str(day).encode())
        for column in self._panel.rows[1:]:
            values = column.take(rows)
            found.update((values if is_full else np.where(has_bar, values, np.nan)).tobytes())
        self._known[place * _DIGEST_SIZE : (place + 1) * _DIGEST_SIZE] = found.digest()
        self._is_known[place], self._is_full[place] = True, is_full

    def _splits(self, first: int, last: int) -> list[tuple[str, tuple[int, ...], float]]:
        symbols = sorted(self._panel.splits.between(first, last) & self._symbols)
        splits = ((symbol, self._panel.splits[symbol]) for symbol in symbols)
        return [
            (symbol, tuple(day for day in s.ex_days if first < day <= last), s.divisor(first, last))
            for symbol, s in splits
        ]
