"""Take the open's direction: market order after the first regular bar, unless it ran away.

``at_open`` sends it at the opening instant, at the price the scan saw: the only entry that daily
bars allow (strategy.md section 12).
"""

from decimal import Decimal

from fin_agent.domain.candidate import TradeCandidate
from fin_agent.domain.entry import Decision, Entry, EntryWatch, Expiry, OrderKind, Trigger
from fin_agent.domain.market import Bar
from fin_agent.domain.money import decimal_of, rounded
from fin_agent.domain.plan import TradePlan
from fin_agent.domain.session import SessionRules


class Market(Entry):
    """Fits every setup, so it is the last one asked."""

    def __init__(self, *, at_open: bool = False) -> None:
        self._at_open = at_open

    def applies(self, candidate: TradeCandidate) -> bool:
        return candidate.price > 0

    def reference(self, candidate: TradeCandidate) -> Decimal:
        return decimal_of(candidate.price)

    def watch(self, plan: TradePlan, rules: SessionRules) -> EntryWatch:
        return _AtOpen(plan, rules) if self._at_open else _FirstBar(plan, rules)


class _FirstBar(EntryWatch):
    def after_bar(self, bar: Bar) -> Decision:
        reference, sign = float(self.plan.reference), self.plan.side.sign
        chase = rounded(100.0 * sign * (bar.close / reference - 1.0))
        if chase > self.rules.max_chase_pct:
            return Expiry.CHASE
        return Trigger(OrderKind.MARKET, decimal_of(bar.close))


class _AtOpen(EntryWatch):
    def at_open(self) -> Decision:
        return Trigger(OrderKind.MARKET, self.plan.reference)
