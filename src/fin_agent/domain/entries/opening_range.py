"""Buy the break of the opening range: a stop order one tick beyond it."""

from decimal import Decimal

from fin_agent.domain.candidate import TradeCandidate
from fin_agent.domain.entry import Decision, Entry, EntryWatch, OrderKind, Trigger
from fin_agent.domain.market import Bar, Side
from fin_agent.domain.money import decimal_of, down_to_tick, tick_size, up_to_tick
from fin_agent.domain.plan import TradePlan
from fin_agent.domain.session import SessionRules

_MIN_RVOL = 2.5
_PREMIUM = 0.01


class OpeningRange(Entry):
    """More than 2.5 times the normal volume."""

    def applies(self, candidate: TradeCandidate) -> bool:
        return candidate.rvol is not None and candidate.rvol > _MIN_RVOL

    def reference(self, candidate: TradeCandidate) -> Decimal:
        return decimal_of(candidate.price * (1.0 + candidate.side.sign * _PREMIUM))

    def watch(self, plan: TradePlan, rules: SessionRules) -> EntryWatch:
        return _Breakout(plan, rules)


class _Breakout(EntryWatch):
    def __init__(self, plan: TradePlan, rules: SessionRules) -> None:
        super().__init__(plan, rules)
        self._long = plan.side is Side.LONG
        self._end = rules.opening_range_minutes
        self._extreme: float | None = None

    def after_bar(self, bar: Bar) -> Decision:
        if bar.minute < self._end:
            if self._extreme is None:
                self._extreme = bar.high if self._long else bar.low
            elif self._long:
                self._extreme = max(self._extreme, bar.high)
            else:
                self._extreme = min(self._extreme, bar.low)
        return None

    def at_minute(self, minute: int) -> Decision:
        if minute < self._end or self._extreme is None:
            return None
        extreme = decimal_of(self._extreme)
        tick = tick_size(extreme)
        price = up_to_tick(extreme + tick) if self._long else down_to_tick(extreme - tick)
        return Trigger(OrderKind.STOP, price)
