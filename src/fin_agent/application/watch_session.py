"""Watch: armed plans wait for their trigger on completed bars, in order of rank."""

from collections.abc import Sequence

from fin_agent.application.desk import Day
from fin_agent.domain.entry import Decision, EntryWatch, Expiry, PlanExpired, PlanTriggered
from fin_agent.domain.risk import PlanAdvised
from fin_agent.ports import MinuteBars


async def arm(day: Day, advice: PlanAdvised) -> Sequence[object]:
    """Start waiting for the trigger of an approved plan; a plan with a breach is only shown."""
    plan = advice.plan
    if plan.symbol in day.book.entered:
        return []  # its order is its fate, whatever a later scan says
    if not advice.is_approved:
        day.fates[plan.symbol] = f"not armed: {', '.join(advice.breaches)}"
        return []
    entry = dict(day.desk.entries)[plan.entry]
    day.watches.append(entry.watch(plan, day.rules.session))
    day.watches.sort(key=lambda watch: watch.plan.rank)
    day.fates[plan.symbol] = "armed"
    return []


def at_open(day: Day) -> list[PlanTriggered | PlanExpired]:
    """What the opening instant decides, or the scan when it came later."""
    minute = max(0, day.session.minute_of(day.at))
    return _settle(day, [(watch, watch.at_open()) for watch in day.watches], minute)


def before_scan(watches: Sequence[EntryWatch], minute: MinuteBars) -> None:
    """Let watches see a minute that was over before the scan: VWAP and range go back to it."""
    for watch in watches:
        bar = minute.bars.get(watch.plan.symbol)
        if bar is not None:
            watch.after_bar(bar)


def after(day: Day, minute: MinuteBars) -> list[PlanTriggered | PlanExpired]:
    """What the end of a minute decides: first by the bar, then by the time."""
    end, bars = minute.minute + 1, minute.bars
    found: list[tuple[EntryWatch, Decision]] = []
    for watch in day.watches:
        bar = bars.get(watch.plan.symbol)
        decision = watch.after_bar(bar) if bar is not None else None
        found.append((watch, decision or watch.at_minute(end)))
    return _settle(day, found, end)


async def expire(day: Day, message: PlanExpired) -> Sequence[object]:
    """Record that a plan ended without an order."""
    day.fates[message.plan.symbol] = f"expired: {message.reason}"
    day.record(message, about=message.plan.plan_id)
    return []


def _settle(
    day: Day, found: Sequence[tuple[EntryWatch, Decision]], minute: int
) -> list[PlanTriggered | PlanExpired]:
    decided = [(watch, decision) for watch, decision in found if decision is not None]
    if not decided:
        return []
    done = {id(watch) for watch, _ in decided}
    day.watches = [watch for watch in day.watches if id(watch) not in done]
    return [
        PlanExpired(watch.plan, decision, minute)
        if isinstance(decision, Expiry)
        else PlanTriggered(watch.plan, decision, minute)
        for watch, decision in decided
    ]
