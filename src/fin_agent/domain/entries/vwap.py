"""Buy a moderate gap when it comes back to the session's VWAP and holds it."""

from decimal import Decimal

from fin_agent.domain.candidate import TradeCandidate
from fin_agent.domain.entry import Decision, Entry, EntryWatch, OrderKind, Trigger
from fin_agent.domain.indicators import typical_price
from fin_agent.domain.market import Bar, Side
from fin_agent.domain.money import decimal_of, rounded
from fin_agent.domain.plan import TradePlan
from fin_agent.domain.session import SessionRules

_MIN_GAP_PCT, _MAX_GAP_PCT = 4.0, 6.0
_DISCOUNT = 0.005
_FIRST_BAR = 6


class Vwap(Entry):
    """A gap of 4 % to 6 %."""

    def applies(self, candidate: TradeCandidate) -> bool:
        return _MIN_GAP_PCT <= abs(candidate.gap_pct) <= _MAX_GAP_PCT

    def reference(self, candidate: TradeCandidate) -> Decimal:
        return decimal_of(candidate.price * (1.0 - candidate.side.sign * _DISCOUNT))

    def watch(self, plan: TradePlan, rules: SessionRules) -> EntryWatch:
        return _TouchAndHold(plan, rules)


class _TouchAndHold(EntryWatch):
    def __init__(self, plan: TradePlan, rules: SessionRules) -> None:
        super().__init__(plan, rules)
        self._value = self._volume = 0.0
        self._bars = 0
        self._long = plan.side is Side.LONG

    def after_bar(self, bar: Bar) -> Decision:
        self._bars += 1
        decision = self._decide(bar) if self._bars >= _FIRST_BAR else None
        self._value += typical_price(bar) * bar.volume
        self._volume += bar.volume
        return decision

    def _decide(self, bar: Bar) -> Decision:
        """The bar touched the VWAP of the bars before it and closed on the trade's side of it."""
        vwap = rounded(self._value / self._volume)
        touch, close = (bar.low, bar.close) if self._long else (bar.close, bar.high)
        holds = touch <= vwap <= close
        return Trigger(OrderKind.MARKET, decimal_of(bar.close)) if holds else None
