"""An entry: join once some bars in a row closed further the plan's way."""

from decimal import Decimal

from fin_agent.domain.candidate import TradeCandidate
from fin_agent.domain.entry import Decision, Entry, EntryWatch, OrderKind, Trigger
from fin_agent.domain.market import Bar
from fin_agent.domain.money import decimal_of
from fin_agent.domain.plan import TradePlan
from fin_agent.domain.session import SessionRules


class ThreeUp(Entry):
    """A market order after ``bars`` one-minute bars of which each closed beyond the one before."""

    def __init__(self, *, bars: int = 3) -> None:
        self._bars = bars

    def applies(self, candidate: TradeCandidate) -> bool:
        return candidate.price > 0

    def reference(self, candidate: TradeCandidate) -> Decimal:
        return decimal_of(candidate.price)

    def watch(self, plan: TradePlan, rules: SessionRules) -> EntryWatch:
        return _Run(plan, rules, self._bars)


class _Run(EntryWatch):
    def __init__(self, plan: TradePlan, rules: SessionRules, bars: int) -> None:
        super().__init__(plan, rules)
        self._wanted = bars
        self._length = 0
        self._last: float | None = None

    def after_bar(self, bar: Bar) -> Decision:
        last, self._last = self._last, bar.close
        is_further = last is None or (bar.close - last) * self.plan.side.sign > 0
        self._length = self._length + 1 if is_further else 1
        if self._length >= self._wanted:
            return Trigger(OrderKind.MARKET, decimal_of(bar.close))
        return None
