"""An entry: buy once the price has held the session's open for some minutes."""

from decimal import Decimal

from fin_agent.domain.candidate import TradeCandidate
from fin_agent.domain.entry import Decision, Entry, EntryWatch, OrderKind, Trigger
from fin_agent.domain.market import Bar
from fin_agent.domain.money import decimal_of
from fin_agent.domain.plan import TradePlan
from fin_agent.domain.session import SessionRules


class HoldsOpen(Entry):
    """Fits every setup; a market order after the first good bar from minute ``minutes`` on."""

    def __init__(self, *, minutes: int = 5) -> None:
        self._minutes = minutes

    def applies(self, candidate: TradeCandidate) -> bool:
        return candidate.price > 0

    def reference(self, candidate: TradeCandidate) -> Decimal:
        return decimal_of(candidate.price)

    def watch(self, plan: TradePlan, rules: SessionRules) -> EntryWatch:
        return _Watch(plan, rules, self._minutes)


class _Watch(EntryWatch):
    def __init__(self, plan: TradePlan, rules: SessionRules, minutes: int) -> None:
        super().__init__(plan, rules)
        self._minutes = minutes
        self._open: float | None = None

    def after_bar(self, bar: Bar) -> Decision:
        if self._open is None:
            self._open = bar.open
        beyond = (bar.close - self._open) * self.plan.side.sign > 0
        if beyond and bar.minute + 1 >= self._minutes:
            return Trigger(OrderKind.MARKET, decimal_of(bar.close))
        return None
