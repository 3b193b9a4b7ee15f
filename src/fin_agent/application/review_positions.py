"""Review: what a later scan says of the positions that are held; it moves no order."""

from collections.abc import Sequence

from fin_agent.application.commands import ReviewPositions
from fin_agent.application.desk import Day
from fin_agent.domain.evidence import value_of
from fin_agent.domain.position import PositionReviewed


async def review_positions(day: Day, _command: ReviewPositions) -> Sequence[object]:
    """One record a position, in order of symbol; a symbol that was not scanned has none."""
    if day.section is None or day.verdicts is None:
        return []
    scores = {candidate.symbol: candidate.composite for candidate in day.candidates}
    scanned = {*day.section.symbols}
    for symbol, trade in sorted(day.book.open.items()):
        if symbol not in scanned:
            continue
        price = value_of(day.section.snapshot(symbol).price)
        position = trade.position
        reviewed = PositionReviewed(position, day.verdicts[symbol], price, scores.get(symbol))
        day.record(reviewed, about=position.intent.client_order_id)
    return []
