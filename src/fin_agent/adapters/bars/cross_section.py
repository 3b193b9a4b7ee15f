"""Judges every symbol of the universe at once.

The gates of ``domain.gates`` are the definition; a property test keeps this equal to them.
"""

import numpy as np

from fin_agent.adapters.bars.rounding import Flags, Floats, rounded_column
from fin_agent.adapters.bars.scan_columns import EvidenceColumn, ScanColumns, Universe
from fin_agent.adapters.bars.verdicts import GATE_NUMBER, ColumnarVerdicts, Judged
from fin_agent.domain.evidence import Known, Missing
from fin_agent.domain.gates import SPLIT_RATIOS, SPLIT_TOLERANCE, ScanContext, split_ratio_near
from fin_agent.domain.money import rounded
from fin_agent.domain.snapshot import Snapshot
from fin_agent.domain.verdict import CrossSection

_LEAST_SPLIT_MOVE = min(SPLIT_RATIOS) * (1 - 2 * SPLIT_TOLERANCE)


class ColumnarSection(CrossSection):
    """A cross-section in columns; a symbol becomes an object only when somebody looks at it."""

    def __init__(self, columns: ScanColumns) -> None:
        self.at = columns.at
        self.symbols = columns.universe.symbols
        self.columns = columns

    def snapshot(self, symbol: str) -> Snapshot:
        return self.columns.snapshot(symbol)

    def judge(self, context: ScanContext) -> ColumnarVerdicts:
        return ColumnarVerdicts(self.columns, context, judged(self.columns, context))


def judged(columns: ScanColumns, context: ScanContext) -> Judged:
    """The first gate that fails each symbol, and what the gates measured."""
    if isinstance(context.fx, Missing):
        everything = np.full(len(columns.universe), GATE_NUMBER["fx"], np.int8)
        return Judged(everything, *(columns.price.values,) * 3)
    with np.errstate(all="ignore"):
        price = np.where(columns.price.is_known, columns.price.values, np.nan)
        move = price / columns.daily.prev_close
        own = (price / context.rate, columns.daily.adv / context.rate)
        measured = rounded_column(np.array([100.0 * (move - 1.0), *own]))
    found = Judged(np.zeros(len(price), np.int8), *measured)
    fails = {
        **_failed_by_numbers(columns, context, found),
        "quote": _without_quote(columns.price, price, context.rules.max_quote_age_s),
        **_marked(columns, move),
    }
    for rule, number in reversed(GATE_NUMBER.items()):
        if rule in fails:
            np.copyto(found.gate, number, where=fails[rule])
    return found


def _failed_by_numbers(
    columns: ScanColumns, context: ScanContext, found: Judged
) -> dict[str, Flags]:
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
    }


def _without_quote(evidence: EvidenceColumn, price: Floats, oldest_s: float) -> Flags:
    return ~((price > 0) & (price < np.inf) & (evidence.age_s <= oldest_s))


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
    suspects = (move >= _LEAST_SPLIT_MOVE) | (move <= 1 / _LEAST_SPLIT_MOVE)
    for place in np.flatnonzero(suspects).tolist():
        action = actions.get(symbols[place])
        if action is None or not action.split_known:
            near = split_ratio_near(rounded(float(move[place])))
            found += [symbols[place]] if near is not None else []
    return found
