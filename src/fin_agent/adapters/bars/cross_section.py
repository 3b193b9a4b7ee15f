"""Judges every symbol of the universe at once.

The gates of ``domain.gates`` are the definition; a property test keeps this equal to them.
"""

from collections.abc import Mapping

import numpy as np

from fin_agent.adapters.bars.rounding import Flags, Floats, rounded_column
from fin_agent.adapters.bars.scan_columns import EvidenceColumn, ScanColumns, Universe
from fin_agent.adapters.bars.verdicts import (
    GATE_NUMBER,
    ColumnarVerdicts,
    Judged,
    JudgedAhead,
)
from fin_agent.domain.evidence import Known, Missing
from fin_agent.domain.gates import SPLIT_RATIOS, SPLIT_TOLERANCE, ScanContext, split_ratio_near
from fin_agent.domain.money import rounded
from fin_agent.domain.snapshot import Snapshot
from fin_agent.domain.verdict import CrossSection

_LEAST_SPLIT_MOVE = min(SPLIT_RATIOS) * (1 - 2 * SPLIT_TOLERANCE)


class ColumnarSection(CrossSection):
    """A cross-section in columns; a symbol becomes an object only when somebody looks at it."""

    def __init__(self, columns: ScanColumns, ahead: JudgedAhead | None = None) -> None:
        self.at = columns.at
        self.symbols = columns.universe.symbols
        self.columns = columns
        self._ahead = ahead

    def snapshot(self, symbol: str) -> Snapshot:
        return self.columns.snapshot(symbol)

    def judge(self, context: ScanContext) -> ColumnarVerdicts:
        found = None if self._ahead is None else self._ahead(context)
        if found is None:
            return ColumnarVerdicts(self.columns, context, judged(self.columns, context))
        return ColumnarVerdicts(self.columns, context, *found)


def judged(columns: ScanColumns, context: ScanContext) -> Judged:
    """The first gate that fails each symbol, and what the gates measured."""
    if isinstance(context.fx, Missing):
        everything = np.full(len(columns.universe), GATE_NUMBER["fx"], np.int8)
        return Judged(everything, *(columns.price.values,) * 3)
    found, move = _measured(columns, context)
    _decide(found, {**_failed(columns, context, found), **_marked(columns, move)})
    return found


def judged_together(columns: ScanColumns, context: ScanContext) -> tuple[Judged, Flags]:
    """The same for many sessions, each of which is a row, and where that is not enough.

    Marks are left out, and so is what moved like a split: such sessions are judged one by one.
    """
    found, move = _measured(columns, context)
    _decide(found, _failed(columns, context, found))
    return found, np.asarray(_moved_like_a_split(move).any(axis=1))


def _measured(columns: ScanColumns, context: ScanContext) -> tuple[Judged, Floats]:
    """What gates measure before any of them has decided, and price / previous close."""
    with np.errstate(all="ignore"):
        price = np.where(columns.price.is_known, columns.price.values, np.nan)
        move = price / columns.daily.prev_close
        own = (price / context.rate, columns.daily.adv / context.rate)
        measured = rounded_column(np.array([100.0 * (move - 1.0), *own]))
    return Judged(np.zeros(price.shape, np.int8), *measured), move


def _decide(found: Judged, fails: Mapping[str, Flags]) -> None:
    """Write down the first gate that fails each symbol."""
    for rule, number in reversed(GATE_NUMBER.items()):
        if rule in fails:
            np.copyto(found.gate, number, where=fails[rule])


def _failed(columns: ScanColumns, context: ScanContext, found: Judged) -> dict[str, Flags]:
    """NaN passes no comparison, so what is not known fails; an earlier gate has said so then."""
    rules, daily, universe = context.rules, columns.daily, columns.universe
    size = np.abs(found.gap)
    return {
        "instrument_type": universe.refused_types,
        "kid": universe.without_kid,
        "history": (daily.bars < rules.min_history) | ~daily.ends_yesterday,
        "price_range": (found.price < rules.min_price) | (found.price > rules.max_price),
        "liquidity": ~((found.adv >= rules.min_adv) | (rules.min_adv <= 0)),
        "gap_min": ~(size >= rules.min_gap_pct),
        "gap_max": ~(size <= rules.max_gap_pct),
        "direction": ~((found.gap > 0) | (universe.can_short & rules.allow_short)),
        "relative_volume": _thin(columns.rvol, context),
        "quote": _without_quote(columns.price, rules.max_quote_age_s),
    }


def _without_quote(evidence: EvidenceColumn, oldest_s: float) -> Flags:
    price = evidence.values
    is_price = evidence.is_known & (price > 0) & (price < np.inf)
    return ~(is_price & (evidence.age_s <= oldest_s))


def _thin(rvol: EvidenceColumn, context: ScanContext) -> Flags:
    known, enough = rvol.is_known, rvol.values >= context.rules.min_rvol
    return known & ~enough if context.rules.rvol_missing == "keep" else ~(known & enough)


def _marked(columns: ScanColumns, move: Floats) -> dict[str, Flags]:
    """The gates that refuse few symbols, if any."""
    universe, marks = columns.universe, columns.marks
    refused = {
        "locked": [*marks.locks],
        "halted": [s for s, e in marks.halted.items() if isinstance(e, Known) and e.value],
        "corporate_action": _split_like(columns, move),
    }
    return {rule: _flags(universe, symbols) for rule, symbols in refused.items() if symbols}


def _flags(universe: Universe, symbols: list[str]) -> Flags:
    flags = np.zeros(len(universe), np.bool_)
    flags[universe.places(symbols)] = True
    return flags


def _split_like(columns: ScanColumns, move: Floats) -> list[str]:
    """Few symbols move like a split: those are asked one by one."""
    actions, symbols = columns.marks.actions, columns.universe.symbols
    found = [symbol for symbol, action in actions.items() if action.unadjusted is not None]
    for place in np.flatnonzero(_moved_like_a_split(move)).tolist():
        action = actions.get(symbols[place])
        if action is None or not action.split_known:
            near = split_ratio_near(rounded(float(move[place])))
            found += [symbols[place]] if near is not None else []
    return found


def _moved_like_a_split(move: Floats) -> Flags:
    return np.asarray((move >= _LEAST_SPLIT_MOVE) | (move <= 1 / _LEAST_SPLIT_MOVE))
