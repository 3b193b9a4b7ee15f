"""Wait for half of a large, heavily traded gap to be given back: a limit from the open on."""

from decimal import Decimal

from fin_agent.domain.candidate import TradeCandidate
from fin_agent.domain.entry import Decision, Entry, EntryWatch, OrderKind, Trigger
from fin_agent.domain.market import Side
from fin_agent.domain.money import decimal_of, down_to_tick, up_to_tick
from fin_agent.domain.plan import TradePlan
from fin_agent.domain.session import SessionRules

_MIN_GAP_PCT, _MIN_RVOL = 6.0, 3.0
_SHARE_OF_GAP = 0.5


class Pullback(Entry):
    """A gap over 6 % on more than three times the normal volume."""

    def applies(self, candidate: TradeCandidate) -> bool:
        rvol = candidate.rvol
        return rvol is not None and abs(candidate.gap_pct) > _MIN_GAP_PCT and rvol > _MIN_RVOL

    def reference(self, candidate: TradeCandidate) -> Decimal:
        move = candidate.price - candidate.prev_close
        return decimal_of(candidate.prev_close + _SHARE_OF_GAP * move)

    def watch(self, plan: TradePlan, rules: SessionRules) -> EntryWatch:
        return _FromTheOpen(plan, rules)


class _FromTheOpen(EntryWatch):
    def at_open(self) -> Decision:
        to_tick = down_to_tick if self.plan.side is Side.LONG else up_to_tick
        return Trigger(OrderKind.LIMIT, to_tick(self.plan.reference))
