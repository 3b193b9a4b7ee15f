"""Turns evidence by symbol, as live sources give it, into a column."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from fin_agent.adapters.bars.scan_columns import EvidenceColumn
from fin_agent.domain.evidence import Evidence, Known, Missing


def evidence_column(
    evidence: Mapping[str, Evidence[float]],
    symbols: Sequence[str],
    at: datetime,
    absent: Missing,
) -> EvidenceColumn:
    """One column in the order of the symbols; ``absent`` is for those nobody was asked about.

    What became true in the seconds after ``at``, while a live scan asks, counts as true at it.
    """
    kinds: dict[Known[float] | Missing, int] = {absent: 0}
    kind = np.zeros(len(symbols), np.int32)
    values = np.full(len(symbols), np.nan)
    ages = np.full(len(symbols), np.nan)
    for place, symbol in enumerate(symbols):
        told = evidence.get(symbol, absent)
        if isinstance(told, Known):
            age = told.age_s(at)
            values[place] = told.value
            ages[place] = np.nan if age is None else max(0.0, age)
            told = replace(told, value=0.0, as_of=None)
        kind[place] = kinds.setdefault(told, len(kinds))
    return EvidenceColumn(tuple(kinds), kind, values, ages)
