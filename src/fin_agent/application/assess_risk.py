"""Assess: the same gate twice, as advice on a plan and as the binding word at its trigger."""

from collections.abc import Sequence

from fin_agent.application.desk import Day
from fin_agent.domain.entry import PlanTriggered
from fin_agent.domain.order import OrderIntent, OrderIntentCreated, Purpose, client_order_id
from fin_agent.domain.plan import SignalGenerated
from fin_agent.domain.risk import (
    ApprovedPlan,
    Breach,
    PlanAdvised,
    PlanApproved,
    PlanRejected,
    RejectedPlan,
    RiskProfile,
    Taken,
)


async def advise(day: Day, signal: SignalGenerated) -> Sequence[object]:
    """Judge a plan with nothing else planned, and say whether it still fits after its betters."""
    plan, rules = signal.plan, day.rules.risk
    taken = day.book.taken()
    correlations = await day.correlations(plan.symbol, taken.held)
    assessment = RiskProfile(rules, taken).assess(plan, plan.levels, correlations)
    so_far, together = day.cumulative or taken, assessment
    if so_far is not taken:
        beside = await day.correlations(plan.symbol, so_far.held)
        together = RiskProfile(rules, so_far).assess(plan, plan.levels, beside)
    cumulative: tuple[Breach, ...] = ()
    if isinstance(together, RejectedPlan):
        cumulative = together.breaches
    elif isinstance(assessment, ApprovedPlan):
        day.cumulative = _with(so_far, together)
    advice = PlanAdvised(assessment, cumulative)
    day.advice.append(advice)
    if day.live is not None:
        day.live.unsaved_advice.append(advice)
    day.record(advice, about=plan.plan_id)
    return [advice]


async def bind(day: Day, message: PlanTriggered) -> Sequence[object]:
    """The binding assessment: intent and reservation in one transaction, or refused for the day."""
    plan = message.plan
    levels = plan.at_trigger(message.trigger.price)
    taken = day.book.taken()
    correlations = await day.correlations(plan.symbol, taken.held)
    planned = next(a.assessment.sizing.quantity for a in day.advice if a.plan is plan)
    kind, minute = message.trigger.kind.value, message.minute
    assessment = RiskProfile(day.rules.risk, taken).assess(plan, levels, correlations, planned)
    if isinstance(assessment, RejectedPlan):
        day.fates[plan.symbol] = f"refused: {', '.join(assessment.breaches)}"
        day.record(PlanRejected(assessment, kind, minute), about=plan.plan_id)
        return []
    intent = _intent(day, message, assessment)
    created = OrderIntentCreated(intent)
    day.record(PlanApproved(assessment, kind, minute), about=plan.plan_id)
    day.record(created, about=plan.plan_id, valid_until=intent.valid_until)
    day.book.reserve(intent)
    day.fates[plan.symbol] = "ordered"
    day.owe(intents=[intent])
    return [created]


def _intent(day: Day, message: PlanTriggered, approved: ApprovedPlan) -> OrderIntent:
    plan, account = message.plan, day.rules.account
    end = day.session.entry_end(day.rules.session)
    cid = client_order_id(account, plan.session_date, plan.symbol, Purpose.ENTRY, 1, plan.plan_id)
    return OrderIntent(
        client_order_id=cid,
        approved=approved,
        kind=message.trigger.kind,
        decided_at=day.at,
        valid_until=day.session.time_of(end),
        quantity=approved.quantity,
    )


def _with(taken: Taken, approved: ApprovedPlan) -> Taken:
    """What would be taken if this plan had its order too."""
    symbol = approved.plan.symbol
    return Taken(
        equity=taken.equity,
        fx=taken.fx,
        exposure=taken.exposure + approved.sizing.value,
        day_loss=taken.day_loss,
        open_risk=taken.open_risk + approved.sizing.risk,
        entries=taken.entries + 1,
        symbols=taken.symbols | {symbol},
        held=(*taken.held, symbol),
        state=taken.state,
    )
