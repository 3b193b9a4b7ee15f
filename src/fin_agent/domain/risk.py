"""Risk is the gate between a plan and an order.

An order is built from an ``ApprovedPlan``, and only ``RiskProfile.assess`` makes one: code that
would send an unchecked plan does not type-check. All amounts are account currency; ``fx`` is USD
per unit of it; prices of levels are USD.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from fin_agent.domain.candidate import Grade
from fin_agent.domain.construction import quickly_made
from fin_agent.domain.events import DomainEvent, significant
from fin_agent.domain.money import WHOLE_SHARE, ZERO, floor_to_lot
from fin_agent.domain.plan import Levels, TradePlan

_PERCENT = Decimal(100)


class Breach(StrEnum):
    """A limit that a plan breaks, in the order of strategy.md section 9."""

    STATE = "state"
    DAILY_LOSS = "daily_loss"
    POSITION = "position"
    EXPOSURE = "exposure"
    CASH = "cash"
    RISK = "risk"
    MIN_VALUE = "min_value"
    CORRELATION = "correlation"
    MAX_ENTRIES = "max_entries"
    KID = "kid"
    GRADE = "grade"


_IN_ORDER = tuple(Breach)


class TradingState(StrEnum):
    """ACTIVE admits entries; REDUCING and HALTED admit none, exits always pass."""

    ACTIVE = "ACTIVE"
    REDUCING = "REDUCING"
    HALTED = "HALTED"


@dataclass(frozen=True, slots=True)
class RiskRules:
    """The ``risk`` settings and what the account allows; amounts in account currency."""

    risk_per_trade_pct: Decimal = Decimal("2.0")
    max_position: Decimal = Decimal(250)
    max_exposure: Decimal = Decimal(500)
    daily_loss_cap: Decimal = Decimal(33)
    max_entries: int = 5
    max_correlation: float = 0.70
    min_order_value: Decimal = ZERO
    lot: Decimal = WHOLE_SHARE
    allow_borrowing: bool = False
    grades: frozenset[Grade] = frozenset(Grade)


@quickly_made
@dataclass(frozen=True, slots=True)
class Taken:
    """What the session has taken on so far, in account currency.

    ``equity`` is bankroll + realised result to date, today included. ``exposure`` is positions at
    cost + live reservations at their trigger. ``open_risk`` is what the stops of positions and
    reservations may still lose from the last mark. ``entries`` counts order intents of the day,
    ``symbols`` has one order intent behind it each, ``held`` has a position or live reservation.
    """

    equity: Decimal
    fx: Decimal
    exposure: Decimal = ZERO
    day_loss: Decimal = ZERO
    open_risk: Decimal = ZERO
    entries: int = 0
    symbols: frozenset[str] = frozenset()
    held: tuple[str, ...] = ()
    state: TradingState = TradingState.ACTIVE


@quickly_made
@dataclass(frozen=True, slots=True)
class Sizing:
    """Every term of the size in shares (strategy.md section 8), and the one that binds."""

    allowed: Mapping[Breach, Decimal]
    quantity: Decimal
    bound_by: Breach | None
    price: Decimal
    risk_per_share: Decimal
    taken: Taken
    correlations: Mapping[str, float | None]

    @property
    def value(self) -> Decimal:
        """Order value in account currency."""
        return self.quantity * self.price

    @property
    def risk(self) -> Decimal:
        """What the stop would lose, in account currency."""
        return self.quantity * self.risk_per_share


@quickly_made
@dataclass(frozen=True, slots=True)
class ApprovedPlan:
    """A plan inside every limit, sized; the only thing an order is made of."""

    plan: TradePlan
    levels: Levels
    sizing: Sizing

    @property
    def quantity(self) -> Decimal:
        """Shares, a multiple of the lot."""
        return self.sizing.quantity


@quickly_made
@dataclass(frozen=True, slots=True)
class RejectedPlan:
    """A plan outside at least one limit; every one is named."""

    plan: TradePlan
    levels: Levels
    sizing: Sizing
    breaches: tuple[Breach, ...]


@quickly_made
@dataclass(frozen=True, slots=True)
class RiskProfile:
    """The limits of one session and what has been taken of them."""

    rules: RiskRules
    taken: Taken

    def assess(
        self,
        plan: TradePlan,
        levels: Levels,
        correlations: Mapping[str, float | None],
        planned: Decimal | None = None,
    ) -> ApprovedPlan | RejectedPlan:
        """Size a plan and judge it against every limit.

        ``correlations`` holds the correlation with every held symbol (None: not computable, which
        passes). ``planned`` is the quantity of the advice: a binding size is never above it.
        """
        sizing = self._size(levels, correlations, planned)
        breaches = self._breaches(plan, sizing)
        if sizing.quantity <= 0 and not breaches:
            breaches = (sizing.bound_by or Breach.POSITION,)
        if breaches:
            return RejectedPlan(plan, levels, sizing, breaches)
        return ApprovedPlan(plan, levels, sizing)

    def _size(
        self,
        levels: Levels,
        correlations: Mapping[str, float | None],
        planned: Decimal | None,
    ) -> Sizing:
        price = levels.entry / self.taken.fx
        per_share = levels.risk_per_share / self.taken.fx
        allowed = self._allowed(price, per_share)
        bound_by = min(allowed, key=allowed.__getitem__)
        quantity = floor_to_lot(allowed[bound_by], self.rules.lot)
        if planned is not None:
            quantity = min(quantity, planned)
        return Sizing(allowed, quantity, bound_by, price, per_share, self.taken, correlations)

    def _allowed(self, price: Decimal, per_share: Decimal) -> dict[Breach, Decimal]:
        rules, taken = self.rules, self.taken
        left_to_lose = rules.daily_loss_cap - taken.day_loss - taken.open_risk
        allowed = {
            Breach.DAILY_LOSS: left_to_lose / per_share,
            Breach.POSITION: rules.max_position / price,
            Breach.EXPOSURE: (rules.max_exposure - taken.exposure) / price,
            Breach.CASH: (taken.equity - taken.exposure) / price,
            Breach.RISK: taken.equity * rules.risk_per_trade_pct / _PERCENT / per_share,
        }
        if rules.allow_borrowing:
            del allowed[Breach.CASH]
        return allowed

    def _breaches(self, plan: TradePlan, sizing: Sizing) -> tuple[Breach, ...]:
        rules, taken, lot = self.rules, self.taken, self.rules.lot
        high = [c for c in sizing.correlations.values() if c is not None]
        broken = {breach for breach, shares in sizing.allowed.items() if shares < lot}
        if taken.state is not TradingState.ACTIVE:
            broken.add(Breach.STATE)
        if ZERO < sizing.value < rules.min_order_value:
            broken.add(Breach.MIN_VALUE)
        if high and max(high) > rules.max_correlation:
            broken.add(Breach.CORRELATION)
        if taken.entries >= rules.max_entries or plan.symbol in taken.symbols:
            broken.add(Breach.MAX_ENTRIES)
        if plan.candidate.kid_missing:
            broken.add(Breach.KID)
        if plan.grade not in rules.grades:
            broken.add(Breach.GRADE)
        return tuple(breach for breach in _IN_ORDER if breach in broken) if broken else ()


@dataclass(frozen=True, slots=True)
class PlanAdvised(DomainEvent):
    """The advice on a plan before the open: what the trader sees.

    ``cumulative`` are the breaches when the better-ranked plans are taken first.
    """

    assessment: ApprovedPlan | RejectedPlan
    cumulative: tuple[Breach, ...] = ()

    @property
    def plan(self) -> TradePlan:
        return self.assessment.plan

    @property
    def is_approved(self) -> bool:
        return isinstance(self.assessment, ApprovedPlan)

    @property
    def breaches(self) -> tuple[Breach, ...]:
        return () if isinstance(self.assessment, ApprovedPlan) else self.assessment.breaches

    def payload(self) -> dict[str, object]:
        return {
            **_assessed(self.assessment),
            "breaches": [*self.breaches],
            "cumulative": [*self.cumulative],
        }


@dataclass(frozen=True, slots=True)
class PlanApproved(DomainEvent):
    """The binding yes at the trigger: ``kind`` of order, ``minute`` of the decision."""

    approved: ApprovedPlan
    kind: str
    minute: int

    def payload(self) -> dict[str, object]:
        return {**_assessed(self.approved), "kind": self.kind, "minute": self.minute}


@dataclass(frozen=True, slots=True)
class PlanRejected(DomainEvent):
    """The binding no at the trigger: refused for the day."""

    rejected: RejectedPlan
    kind: str
    minute: int

    def payload(self) -> dict[str, object]:
        breaches = [breach.value for breach in self.rejected.breaches]
        trigger = {"kind": self.kind, "minute": self.minute}
        return {**_assessed(self.rejected), **trigger, "breaches": breaches}


def _assessed(assessment: ApprovedPlan | RejectedPlan) -> dict[str, object]:
    sizing, levels = assessment.sizing, assessment.levels
    taken = sizing.taken
    return {
        "allowed": {b: significant(float(n)) for b, n in sizing.allowed.items()},
        "bound_by": sizing.bound_by,
        "correlations": sizing.correlations,
        "day_loss": taken.day_loss,
        "equity": taken.equity,
        "exposure": taken.exposure,
        "open_risk": taken.open_risk,
        "plan_id": assessment.plan.plan_id,
        "quantity": sizing.quantity,
        "state": taken.state,
        "stop": levels.stop,
        "symbol": assessment.plan.symbol,
        "target": levels.target,
        "trigger": levels.entry,
    }
