"""Brings bars of a file and bars of the store together; what is stored wins if they differ."""

from dataclasses import dataclass

import numpy as np

from fin_agent.adapters.bars.columns import BarColumns, joined, together
from fin_agent.adapters.bars.rounding import Flags, Ints


@dataclass(frozen=True, slots=True)
class Merged:
    """A partition after an import, and the fate of each incoming row.

    ``at`` is the row of ``stored`` that each differing row met.
    """

    bars: BarColumns
    incoming: BarColumns
    stored: BarColumns
    new: Flags
    differs: Flags
    at: Ints

    @property
    def unchanged(self) -> int:
        return len(self.incoming) - int(self.new.sum()) - int(self.differs.sum())


def merge(stored: BarColumns, incoming: BarColumns, *, replace: bool) -> Merged:
    """Both sorted by symbol and time, without repetition; so is the result.

    What replaces also replaces the basis of prices, which differs where the values may not.
    """
    stored, incoming = together(stored, incoming)
    times = np.concatenate([stored.times, incoming.times])
    low = int(times.min())
    span = int(times.max()) - low + 1
    old, fresh = stored.keys(low, span), incoming.keys(low, span)
    at = np.searchsorted(old, fresh)
    found = np.zeros(len(fresh), np.bool_)
    inside = at < len(old)
    found[inside] = old[at[inside]] == fresh[inside]
    differs = found.copy()
    differs[found] = (stored.values[:, at[found]] != incoming.values[:, found]).any(axis=0)
    kept = np.ones(len(old), np.bool_)
    if replace:
        differs[found] |= stored.adjusted[at[found]] != incoming.adjusted[found]
        kept[at[differs]] = False
    taken = ~found | differs if replace else ~found
    both = joined(stored.take(kept), incoming.take(taken))
    order = np.argsort(np.concatenate([old[kept], fresh[taken]]), kind="stable")
    return Merged(both.take(order), incoming, stored, ~found, differs, at)
