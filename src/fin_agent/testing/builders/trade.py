"""What the agent makes of a symbol: candidate, plan, order, fill, trade."""

# ruff: noqa: PLR0913 - a builder takes one argument per field

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from fin_agent.domain.candidate import FactorScore, GapClass, Grade, TradeCandidate, classify
from fin_agent.domain.entry import OrderKind
from fin_agent.domain.errors import InvalidValue
from fin_agent.domain.indicators import gap_pct as gap_of
from fin_agent.domain.journal import TradeRecord
from fin_agent.domain.market import Side
from fin_agent.domain.matching import Bracket, FillRules
from fin_agent.domain.money import ZERO, decimal_of
from fin_agent.domain.news import Headline
from fin_agent.domain.order import Fill, OrderIntent, OrderState
from fin_agent.domain.plan import Levels, PlanRules, TradePlan, levels_at
from fin_agent.domain.risk import ApprovedPlan, RiskProfile, RiskRules, Taken
from fin_agent.domain.session import NEW_YORK, TradingSession
from fin_agent.testing.builders.market import DAY, OPEN, SYMBOL, Amount, a_session, usd

NO_LIMITS = RiskRules(
    risk_per_trade_pct=Decimal(100),
    max_position=Decimal(10**15),
    max_exposure=Decimal(10**15),
    daily_loss_cap=Decimal(10**15),
    max_entries=1_000,
    lot=Decimal("0.0001"),
)
"""Limits that no builder's plan breaks, so that an approval has exactly the asked quantity."""

SLIP = FillRules(participation_pct=Decimal(100))
"""Fill rules with 5 bps of slippage, where one order may take a whole bar."""
FREE_FILLS = replace(SLIP, slippage_bps=ZERO)
"""Fill rules without slippage, where one order may take a whole bar."""


def a_candidate(
    symbol: str = SYMBOL,
    *,
    price: float = 105.0,
    prev_close: float = 100.0,
    rvol: float | None = 2.0,
    atr14: float | None = 2.0,
    atr5: float | None = 2.0,
    adv: float | None = 50_000_000.0,
    gap_pct: float | None = None,
    gap_class: GapClass | None = None,
    factors: Mapping[str, FactorScore] | None = None,
    composite: float = 60.0,
    coverage: float = 1.0,
    grade: Grade = Grade.B,
    headlines: Sequence[Headline] = (),
    degraded: Sequence[str] = (),
    kid_missing: bool = False,
    rank: int = 1,
) -> TradeCandidate:
    """A scored symbol; its side, gap and class follow from price, previous close and volume."""
    gap = gap_of(price, prev_close) if gap_pct is None else gap_pct
    return TradeCandidate(
        symbol=symbol,
        side=Side.LONG if gap > 0 else Side.SHORT,
        gap_pct=gap,
        gap_class=gap_class or classify(gap, rvol),
        rvol=rvol,
        price=price,
        prev_close=prev_close,
        atr14=atr14,
        atr5=atr5,
        adv=adv,
        factors=factors if factors is not None else {"volatility": FactorScore(composite, 1.0)},
        composite=composite,
        coverage=coverage,
        grade=grade,
        headlines=tuple(headlines),
        degraded=tuple(degraded),
        kid_missing=kid_missing,
        rank=rank,
    )


def levels(entry: Amount = 100, stop: Amount = 97, target: Amount = 109) -> Levels:
    """Entry, stop and target; a stop above the entry makes it a short."""
    at, out, goal = usd(entry), usd(stop), usd(target)
    side = Side.LONG if out < at else Side.SHORT
    return Levels(side, at, out, goal, _percent(at, out), _percent(at, goal))


def _percent(entry: Decimal, level: Decimal) -> float:
    return round(float(abs(level / entry - 1)) * 100, 6)


def a_plan(
    candidate: TradeCandidate | None = None,
    *,
    entry: str = "market",
    reference: Amount | None = None,
    at: Levels | None = None,
    rules: PlanRules | None = None,
    plan_id: str | None = None,
    day: date = DAY,
) -> TradePlan:
    """A plan of a candidate; its levels are ``at``, else they follow from the reference price.

    Without a candidate there is one whose side is that of the levels.
    """
    if candidate is None:
        is_short = at is not None and at.side is Side.SHORT
        candidate = a_candidate(price=95.0) if is_short else a_candidate()
    rules = rules or PlanRules()
    if at is None:
        price = decimal_of(candidate.price) if reference is None else usd(reference)
        at = levels_at(candidate, price, rules)
    return TradePlan(plan_id or f"plan-{candidate.symbol}", day, candidate, entry, at, rules)


def an_approval(
    plan: TradePlan | None = None, quantity: Amount = 10, *, fx: Amount = 1
) -> ApprovedPlan:
    """The risk gate's yes to a quantity, given by limits that nothing breaks.

    Raises:
        InvalidValue: the plan breaks a limit that no rule can widen (no lot, for example).
    """
    plan = plan or a_plan(at=levels())
    profile = RiskProfile(NO_LIMITS, Taken(equity=Decimal(10**15), fx=usd(fx)))
    answer = profile.assess(plan, plan.levels, {}, planned=usd(quantity))
    if not isinstance(answer, ApprovedPlan):
        msg = f"the builder's own limits refused: {answer.breaches}"
        raise InvalidValue(msg)
    return answer


def an_intent(
    kind: OrderKind = OrderKind.MARKET,
    quantity: Amount = 10,
    *,
    at: Levels | None = None,
    plan: TradePlan | None = None,
    client_order_id: str | None = None,
    state: OrderState = OrderState.PENDING,
    session: TradingSession | None = None,
    fx: Amount = 1,
) -> OrderIntent:
    """An order intent at these levels; long from 100 with its stop at 97 and its target at 109."""
    session = session or a_session()
    if plan is None:
        plan = a_plan(at=at or levels(), entry=_ENTRY_OF[kind])
    elif at is not None:
        plan = replace(plan, levels=at)
    return OrderIntent(
        client_order_id=client_order_id or f"fa-test-{plan.symbol}-EN1",
        approved=an_approval(plan, quantity, fx=fx),
        kind=kind,
        decided_at=session.open,
        valid_until=session.open + timedelta(minutes=120),
        quantity=usd(quantity),
        state=state,
    )


_ENTRY_OF = {
    OrderKind.MARKET: "market",
    OrderKind.LIMIT: "pullback",
    OrderKind.STOP: "opening_range",
}


def a_bracket(
    intent: OrderIntent | None = None,
    rules: FillRules | None = None,
    *,
    fx: Amount = 1,
    entry_end: int = 120,
) -> Bracket:
    """An intent at the paper venue, by default without slippage and with room for all of it."""
    return Bracket(intent or an_intent(), rules or FREE_FILLS, OPEN, usd(fx), entry_end)


def a_fill(
    quantity: Amount = 10,
    price: Amount = 100,
    reason: str = "entry",
    *,
    minute: int = 1,
    fees: Amount = 0,
    ambiguous: bool = False,
    symbol: str = SYMBOL,
    client_order_id: str | None = None,
) -> Fill:
    """An execution; every reason but ``entry`` is an exit's."""
    return Fill(
        client_order_id=client_order_id or f"fa-test-{symbol}-EN1",
        symbol=symbol,
        quantity=usd(quantity),
        price=usd(price),
        at=OPEN + timedelta(minutes=minute),
        minute=minute,
        reason=reason,
        is_entry=reason == "entry",
        fees=usd(fees),
        ambiguous=ambiguous,
    )


def a_trade(
    pnl: Amount = 10,
    r_multiple: float = 1.0,
    *,
    symbol: str = SYMBOL,
    day: date = DAY,
    exit_reason: str = "target",
    fees: Amount = 0,
    slippage_bps: float = 5.0,
    ambiguous: bool = False,
    kpi: bool | None = None,
) -> TradeRecord:
    """A closed trade of 10 shares from 100."""
    entered_at = datetime.combine(day, time(9, 31), NEW_YORK)
    return TradeRecord(
        trade_id=f"fa-test-{symbol}-{day}",
        plan_id=f"plan-{symbol}-{day}",
        symbol=symbol,
        session_date=day,
        side=Side.LONG,
        entry="market",
        quantity=Decimal(10),
        trigger_price=Decimal(100),
        stop=Decimal(97),
        target=Decimal(109),
        planned_quantity=Decimal(10),
        entry_time=entered_at,
        entry_price=Decimal(100),
        exit_time=entered_at + timedelta(hours=1),
        exit_price=Decimal(100) + usd(pnl) / 10,
        exit_reason=exit_reason,
        fees=usd(fees),
        pnl=usd(pnl),
        r_multiple=r_multiple,
        mae_r=min(0.0, r_multiple),
        mfe_r=max(0.0, r_multiple),
        slippage_bps=slippage_bps,
        ambiguous=ambiguous,
        kpi=kpi,
        gap_pct=5.0,
        gap_class=GapClass.COMMON.value,
        composite=60.0,
        grade=Grade.B.value,
    )
