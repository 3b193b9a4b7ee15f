"""Judges the coming sessions of a backtest together: numpy asks little more for many than for one.

Every number is made from its own symbol and session alone, so it is the same bit by bit as when
sessions are judged one by one (property test). Nothing of a later session reaches an earlier one.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np

from fin_agent.adapters.bars.cross_section import judged_together
from fin_agent.adapters.bars.features import DailyColumns
from fin_agent.adapters.bars.history import UniverseHistory
from fin_agent.adapters.bars.rounding import Flags, Floats
from fin_agent.adapters.bars.scan_columns import EvidenceColumn, ScanColumns
from fin_agent.adapters.bars.verdicts import Judged, Texts, measured_texts
from fin_agent.domain.evidence import Known, Missing
from fin_agent.domain.gates import ScanContext

_SESSIONS = 32


class OpeningColumns(NamedTuple):
    """What a scan at the open sees of one session, or of several: then each is a row."""

    daily: DailyColumns
    opens: Floats
    has_bar: Flags


class Kinds(NamedTuple):
    """What a scan says about a price that is missing or known, and about missing volume."""

    price: tuple[Missing, Known[float]]
    no_volume: Missing

    def columns(
        self, at: datetime, history: UniverseHistory, seen: OpeningColumns, age_s: float
    ) -> ScanColumns:
        """The scan columns of these sessions, without marks."""
        ages = np.full(seen.opens.shape, age_s)
        price = EvidenceColumn(self.price, seen.has_bar.view(np.int8), seen.opens, ages)
        rvol = EvidenceColumn.nothing(seen.opens.shape[-1], self.no_volume)
        return ScanColumns(at, history.universe, seen.daily, price, rvol)


class Lookahead:
    """Begins with the second of two sessions that follow each other."""

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds
        self._asked: tuple[UniverseHistory, int] | None = None
        self._block: _Block | None = None

    def of(self, history: UniverseHistory, day: int, previous: int) -> "SessionAhead | None":
        """What is known together with other sessions; None: look at this one alone."""
        follows, self._asked = self._asked == (history, previous), (history, day)
        block = self._block
        if block is None or block.history is not history or day not in block.rows:
            days = history.days_from(previous, _SESSIONS + 1) if follows else []
            if days[1:2] != [day]:  # nobody has a bar on it
                return None
            block = self._block = _Block(history, days)
        row = block.rows[day]
        if block.previous[row] != previous:
            return None
        return SessionAhead(block, row, self._kinds)


class _Block:
    """Sessions that follow each other; the first day is only what the second one's is before."""

    def __init__(self, history: UniverseHistory, days: Sequence[int]) -> None:
        self.history = history
        self.previous, coming = days[:-1], days[1:]
        self.rows = {day: row for row, day in enumerate(coming)}
        self.seen = OpeningColumns(*history.ahead(coming, self.previous))
        self._last: tuple[ScanContext, _Judgement] | None = None

    def judged(self, context: ScanContext, kinds: Kinds) -> "_Judgement":
        """Under the rules and the rate of this context."""
        last = self._last
        if last is None or last[0].rules != context.rules or last[0].rate != context.rate:
            columns = kinds.columns(context.at, self.history, self.seen, 0.0)
            found, alone = judged_together(columns, context)
            last = self._last = (context, _Judgement(found, alone, measured_texts(found)))
        return last[1]


class _Judgement(NamedTuple):
    """``alone`` are the sessions that must be judged one by one."""

    found: Judged
    alone: Flags
    texts: Texts | None


class SessionAhead:
    """One session of a block."""

    def __init__(self, block: _Block, row: int, kinds: Kinds) -> None:
        self._block = block
        self._row = row
        self._kinds = kinds

    @property
    def seen(self) -> OpeningColumns:
        daily, opens, has_bar = self._block.seen
        return OpeningColumns(daily.session(self._row), opens[self._row], has_bar[self._row])

    def judged(self, context: ScanContext) -> tuple[Judged, Texts | None] | None:
        """What the gates decide; None when the session must be judged alone."""
        if isinstance(context.fx, Missing):
            return None
        together, row = self._block.judged(context, self._kinds), self._row
        if together.alone[row]:
            return None
        texts = None if together.texts is None else together.texts[row]
        return Judged._make(column[row] for column in together.found), texts
