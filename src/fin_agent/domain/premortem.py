"""What may go wrong today, asked before the open: as if every approved plan were taken.

Amounts in account currency, prices USD.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

from fin_agent.domain.money import ZERO, decimal_of, rounded
from fin_agent.domain.risk import ApprovedPlan, Breach, PlanAdvised, RiskRules

_GAP_ATR = 2
_PERCENT = Decimal(100)


@dataclass(frozen=True, slots=True)
class Use:
    """How much of a limit the plans would take."""

    limit: Breach
    most: Decimal
    taken: Decimal

    @property
    def share(self) -> float:
        """What is taken as a part of the limit, 1 when it is used up."""
        return rounded(float(self.taken / self.most)) if self.most > 0 else 0.0


@dataclass(frozen=True, slots=True)
class PreMortem:
    """The figures of the morning; ``loss_at_gaps`` is None where an ATR is unknown.

    ``effective_bets``: risks added as if their correlations held; an unknown one counts as 1.
    """

    plans: int
    loss_at_stops: Decimal
    loss_at_gaps: Decimal | None
    effective_bets: float | None
    unknown_correlations: int
    uses: Sequence[Use]

    @property
    def binds_first(self) -> Breach | None:
        """The limit of which most is taken."""
        return max(self.uses, key=lambda use: use.share).limit if self.plans else None


def pre_mortem(
    advice: Sequence[PlanAdvised],
    rules: RiskRules,
    correlations: Mapping[tuple[str, str], float | None],
) -> PreMortem:
    """What the approved plans amount to; ``correlations`` by the sorted pair of symbols."""
    approved = [a.assessment for a in advice if isinstance(a.assessment, ApprovedPlan)]
    risks = {one.plan.symbol: float(one.sizing.risk) for one in approved}
    symbols = sorted(risks)
    pairs = [(a, b) for a in symbols for b in symbols if a < b]
    return PreMortem(
        plans=len(approved),
        loss_at_stops=sum((one.sizing.risk for one in approved), ZERO),
        loss_at_gaps=_at_gaps(approved),
        effective_bets=_bets(risks, correlations),
        unknown_correlations=sum(1 for pair in pairs if correlations.get(pair) is None),
        uses=_uses(approved, rules),
    )


def _at_gaps(approved: Sequence[ApprovedPlan]) -> Decimal | None:
    lost = ZERO
    for one in approved:
        atr = one.plan.candidate.atr14
        if atr is None:
            return None
        beyond = one.quantity * _GAP_ATR * decimal_of(atr) / one.sizing.taken.fx
        lost += one.sizing.risk + beyond
    return lost


def _bets(
    risks: Mapping[str, float], correlations: Mapping[tuple[str, str], float | None]
) -> float | None:
    """The square of the sum of risks over the variance of their sum: 1 when all move as one."""
    if not risks or not any(risks.values()):
        return None
    variance = 0.0
    for a, risk_a in risks.items():
        for b, risk_b in risks.items():
            known = 1.0 if a == b else correlations.get((min(a, b), max(a, b)))
            shared = 1.0 if known is None else max(0.0, known)
            variance += risk_a * risk_b * shared
    return rounded((sum(risks.values()) / sqrt(variance)) ** 2)


def _uses(approved: Sequence[ApprovedPlan], rules: RiskRules) -> list[Use]:
    values = [one.sizing.value for one in approved]
    risks = [one.sizing.risk for one in approved]
    equity = approved[0].sizing.taken.equity if approved else ZERO
    a_trade = equity * rules.risk_per_trade_pct / _PERCENT
    uses = [
        Use(Breach.DAILY_LOSS, rules.daily_loss_cap, sum(risks, ZERO)),
        Use(Breach.EXPOSURE, rules.max_exposure, sum(values, ZERO)),
        Use(Breach.POSITION, rules.max_position, max(values, default=ZERO)),
        Use(Breach.RISK, a_trade, max(risks, default=ZERO)),
        Use(Breach.MAX_ENTRIES, Decimal(rules.max_entries), Decimal(len(approved))),
    ]
    if not rules.allow_borrowing:
        uses.append(Use(Breach.CASH, equity, sum(values, ZERO)))
    return uses
