"""Plan: the first entry that fits each selected candidate, with its levels at the reference."""

from collections.abc import Sequence

from fin_agent.application.commands import DrawPlans
from fin_agent.application.desk import Day
from fin_agent.domain.candidate import TradeCandidate
from fin_agent.domain.entry import Entry
from fin_agent.domain.events import derived_id
from fin_agent.domain.plan import SignalGenerated, TradePlan, levels_at


async def plan_trades(day: Day, command: DrawPlans) -> Sequence[object]:
    """One plan a candidate, in order of rank; a symbol that has an order intent keeps it."""
    signals = []
    for candidate in command.candidates:
        name, entry = _first_fit(candidate, day.desk.entries)
        levels = levels_at(candidate, entry.reference(candidate), day.rules.plan)
        plan_id = derived_id(
            day.rules.account, day.session.date, command.at.isoformat(), candidate.symbol, name
        )
        plan = TradePlan(plan_id, day.session.date, candidate, name, levels, day.rules.plan)
        signal = SignalGenerated(plan)
        day.record(signal, about=plan_id, valid_until=day.session.close)
        signals.append(signal)
    day.planned = tuple(signal.plan.symbol for signal in signals)
    return signals


def _first_fit(
    candidate: TradeCandidate, entries: Sequence[tuple[str, Entry]]
) -> tuple[str, Entry]:
    for name, entry in entries:
        if entry.applies(candidate):
            return name, entry
    return entries[-1]
