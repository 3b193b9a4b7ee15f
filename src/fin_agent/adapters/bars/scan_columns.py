"""What a columnar cross-section is made of: universe, daily features and evidence as columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from math import isnan

import numpy as np
import numpy.typing as npt

from fin_agent.adapters.bars.features import DailyColumns
from fin_agent.adapters.bars.rounding import Flags, Floats
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.market import Instrument, InstrumentType
from fin_agent.domain.snapshot import CorporateActions, Snapshot

Objects = npt.NDArray[np.object_]
Kinds = npt.NDArray[np.integer]

_NO_ACTIONS = CorporateActions()
_NO_HALT_FEED = Missing("no halt feed")


class Universe:
    """The instruments sorted by symbol, with what never changes about them as columns.

    ``refused_types`` and ``without_kid`` are what those two gates refuse, ``can_short`` is false
    where the universe file says so.
    """

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        by_symbol = {instrument.symbol: instrument for instrument in instruments}
        self.symbols = tuple(sorted(by_symbol))
        self.instruments = listed = tuple(by_symbol[symbol] for symbol in self.symbols)
        self.position = {symbol: place for place, symbol in enumerate(self.symbols)}
        self.names = _objects(self.symbols)
        self.quoted = _objects([*map(encode_basestring_ascii, self.symbols)])
        self.type_texts = [_refused_type(instrument) for instrument in listed]
        self.refused_types = np.array([text is not None for text in self.type_texts], np.bool_)
        self.can_short = np.array([i.shortable is not False for i in listed], np.bool_)
        self.without_kid = self.refused_types.copy()
        for place in np.flatnonzero(self.refused_types).tolist():  # no packaged product is traded
            self.without_kid[place] = listed[place].is_packaged and not listed[place].kid

    def __len__(self) -> int:
        return len(self.symbols)

    def places(self, symbols: Sequence[str]) -> list[int]:
        """The places of those of the symbols that belong to the universe."""
        return [self.position[symbol] for symbol in symbols if symbol in self.position]


def _objects(texts: Sequence[str]) -> Objects:
    column = np.empty(len(texts), object)
    column[:] = texts
    return column


def _refused_type(instrument: Instrument) -> str | None:
    kind = instrument.type
    if not (kind is None or kind is InstrumentType.STOCK or kind is InstrumentType.ADR):
        return str(instrument.type)
    return "leveraged" if instrument.leveraged else None


@dataclass(frozen=True, slots=True)
class EvidenceColumn:
    """One piece of evidence for every symbol.

    ``kinds`` are templates: a ``Known`` whose source, delay and flaw hold for the symbols of that
    kind, or a ``Missing``. ``kind`` says which one each symbol has, ``values`` what is known,
    ``age_s`` how many seconds before the scan it was true (NaN: no time is known).
    """

    kinds: tuple[Known[float] | Missing, ...]
    kind: Kinds
    values: Floats
    age_s: Floats

    @classmethod
    def nothing(cls, count: int, missing: Missing) -> "EvidenceColumn":
        """The same absence for every symbol."""
        return cls((missing,), *_nothing(count))

    @property
    def is_known(self) -> Flags:
        known = [isinstance(kind, Known) for kind in self.kinds]
        if len({*known}) == 1:
            return np.full(len(self.kind), known[0])
        return np.asarray(np.array(known)[self.kind])

    def of(self, place: int, at: datetime) -> Evidence[float]:
        """One symbol's evidence, as the domain knows it."""
        kind = self.kinds[self.kind[place]]
        if isinstance(kind, Missing):
            return kind
        as_of = _before(at, float(self.age_s[place]))
        return Known(float(self.values[place]), kind.source, as_of, kind.delay_s, kind.degraded)


@lru_cache(maxsize=8)
def _nothing(count: int) -> tuple[Kinds, Floats, Floats]:
    kind, unknown = np.zeros(count, np.int8), np.full(count, np.nan)
    kind.flags.writeable = unknown.flags.writeable = False  # every scan shares them
    return kind, unknown, unknown


def _before(at: datetime, seconds: float) -> datetime | None:
    if seconds == 0:
        return at
    if isnan(seconds):
        return None
    instant = at.astimezone(UTC) - timedelta(seconds=seconds)  # a zone's clock may jump between
    return instant.astimezone(at.tzinfo)


@dataclass(frozen=True, slots=True)
class Marks:
    """What only few symbols have, by symbol: corporate actions today, halts, locks."""

    actions: Mapping[str, CorporateActions] = field(default_factory=dict)
    halted: Mapping[str, Evidence[bool]] = field(default_factory=dict)
    locks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScanColumns:
    """All that is known at one scan instant; every column is in the order of the universe."""

    at: datetime
    universe: Universe
    daily: DailyColumns
    price: EvidenceColumn
    rvol: EvidenceColumn
    marks: Marks = Marks()

    def snapshot(self, symbol: str) -> Snapshot:
        """One symbol, as the domain knows it."""
        place, marks = self.universe.position[symbol], self.marks
        return Snapshot(
            instrument=self.universe.instruments[place],
            at=self.at,
            price=self.price.of(place, self.at),
            daily=self.daily.of(place),
            rvol=self.rvol.of(place, self.at),
            halted=marks.halted.get(symbol, _NO_HALT_FEED),
            actions=marks.actions.get(symbol, _NO_ACTIONS),
            lock=marks.locks.get(symbol),
        )
