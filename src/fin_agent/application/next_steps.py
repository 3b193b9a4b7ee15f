"""What brings every order and position one step further, again and again while a session runs."""

from datetime import datetime

from fin_agent.application.commands import (
    CoverPositions,
    FlattenPositions,
    Reconcile,
    RecordReport,
    ResolveOrders,
    Trouble,
)
from fin_agent.application.desk import Day
from fin_agent.application.live_state import LiveState
from fin_agent.ports import SimulatedVenue

_AWAKE = "keep the machine awake and its clock in step while the exchange is open"


def next_steps(day: Day, live: LiveState, now: datetime, flat_at: int) -> list[object]:
    """The messages of this moment; ``flat_at`` is the minute from which nothing is held."""
    messages: list[object] = []
    for what in live.interruptions():
        live.is_reconciled, live.positions_at = live.is_simulated, None
        messages.append(Trouble(f"{what}; no entry until all is compared again", _AWAKE))
    if not isinstance(day.desk.venue, SimulatedVenue):
        messages += [*heard(day), ResolveOrders()]
        compares_positions = live.comparison_due(now)
        if compares_positions is not None:
            messages.append(Reconcile(positions=compares_positions))
        minute = day.session.minute_of(now)
        if minute >= flat_at and not live.all_out:  # a crash may have come in between
            messages.append(FlattenPositions(minute, "flat"))
    return [*messages, CoverPositions()]


def heard(day: Day) -> list[object]:
    """What the venue said since it was asked last."""
    return [RecordReport(report) for report in day.desk.venue.drain()]
