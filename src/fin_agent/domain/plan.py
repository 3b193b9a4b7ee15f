"""What to do about a candidate: entry, stop, target, and what to expect of it.

Prices are USD decimals on their tick. The same levels are computed twice: at the reference price
when the plan is drawn, at the trigger price when an order intent is made.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fin_agent.domain.candidate import Grade, TradeCandidate
from fin_agent.domain.construction import quickly_made
from fin_agent.domain.errors import InvalidValue
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.market import Side
from fin_agent.domain.money import decimal_of, down_to_tick, rounded, tick_size, up_to_tick

_LEGACY_ATR_MULTIPLE = 2.0
_LEGACY_TARGET_ATR_MULTIPLE = 4.0
_LEGACY_MIN_R = 2.0


@dataclass(frozen=True, slots=True)
class PlanRules:
    """The ``plan`` settings; percents of the entry price."""

    stop_rule: str = "tighter"
    target_rule: str = "fixed"
    stop_max_pct: float = 3.0
    stop_min_pct: float = 0.5
    stop_atr_multiple: float = 2.0
    target_pct: float = 9.0
    reward_r: float = 3.0


@quickly_made
@dataclass(frozen=True, slots=True)
class Levels:
    """Entry, stop and target of a plan at one entry price, in USD."""

    side: Side
    entry: Decimal
    stop: Decimal
    target: Decimal
    stop_pct: float
    target_pct: float

    def __post_init__(self) -> None:
        sign = self.side.sign
        if (self.entry - self.stop) * sign <= 0 or (self.target - self.entry) * sign <= 0:
            msg = f"{self.side} levels out of order: {self.stop} / {self.entry} / {self.target}"
            raise InvalidValue(msg)

    @property
    def risk_per_share(self) -> Decimal:
        """Distance from entry to stop in USD, always positive."""
        return abs(self.entry - self.stop)

    @property
    def reward_r(self) -> float:
        """Reward in units of the risk."""
        return rounded(float(abs(self.target - self.entry) / self.risk_per_share))


def stop_pct(rules: PlanRules, entry: float, atr5: float | None, atr14: float | None) -> float:
    """Distance of the stop in percent of the entry (strategy.md section 6)."""
    if rules.stop_rule == "legacy":
        if atr14 is None:
            return rules.stop_max_pct
        return max(rules.stop_max_pct, 100.0 * _LEGACY_ATR_MULTIPLE * atr14 / entry)
    if atr5 is None:
        return rules.stop_max_pct
    distance = 100.0 * rules.stop_atr_multiple * atr5 / entry
    return min(max(distance, rules.stop_min_pct), rules.stop_max_pct)


def target_pct(rules: PlanRules, entry: float, stop: float, atr14: float | None) -> float:
    """Distance of the target in percent of the entry (strategy.md section 6)."""
    if rules.target_rule == "r_multiple":
        return rules.reward_r * stop
    if rules.target_rule == "legacy" and atr14 is not None:
        return max(_LEGACY_MIN_R * stop, 100.0 * _LEGACY_TARGET_ATR_MULTIPLE * atr14 / entry)
    return rules.target_pct


def levels_at(candidate: TradeCandidate, entry: Decimal, rules: PlanRules) -> Levels:
    """Stop and target for an entry price: the stop rounds towards less risk, so does the target.

    The stop is at least one tick from the entry.
    """
    side = candidate.side
    price, sign = float(entry), side.sign
    stop_distance = stop_pct(rules, price, candidate.atr5, candidate.atr14)
    target_distance = target_pct(rules, price, stop_distance, candidate.atr14)
    raw_stop = decimal_of(price * (1.0 - sign * stop_distance / 100.0))
    raw_target = decimal_of(price * (1.0 + sign * target_distance / 100.0))
    tick = tick_size(entry)
    if side is Side.LONG:
        stop = min(up_to_tick(raw_stop), down_to_tick(entry - tick))
        target = down_to_tick(raw_target)
    else:
        stop = max(down_to_tick(raw_stop), up_to_tick(entry + tick))
        target = up_to_tick(raw_target)
    return Levels(side, entry, stop, target, rounded(stop_distance), rounded(target_distance))


_BASE, _PER_POINT, _PER_R = 0.60, 1.0 / 500.0, 0.05
_NEUTRAL_SCORE, _NEUTRAL_R = 50.0, 2.0
_LEAST, _MOST = 0.40, 0.75
_KELLY_SHARE, _KELLY_MOST = 0.25, 0.25


def win_probability(composite: float, reward_r: float) -> float:
    """The original's estimate, not calibrated and never used for size (strategy.md section 6)."""
    return rounded(_probability(composite, reward_r))


def _probability(composite: float, reward_r: float) -> float:
    raw = _BASE + (composite - _NEUTRAL_SCORE) * _PER_POINT - _PER_R * (reward_r - _NEUTRAL_R)
    return min(max(raw, _LEAST), _MOST)


def kelly(probability: float, reward_r: float) -> float:
    """A quarter of the Kelly share, 0..0.25: shown, never used for size."""
    raw = _KELLY_SHARE * (probability * reward_r - (1.0 - probability)) / reward_r
    return rounded(min(max(raw, 0.0), _KELLY_MOST))


@quickly_made
@dataclass(frozen=True, slots=True)
class TradePlan:
    """A candidate with an entry and the levels at its reference price.

    ``plan_id`` is derived from account, session, scan instant, symbol and entry.
    """

    plan_id: str
    session_date: date
    candidate: TradeCandidate
    entry: str
    levels: Levels
    rules: PlanRules

    @property
    def symbol(self) -> str:
        return self.candidate.symbol

    @property
    def side(self) -> Side:
        return self.levels.side

    @property
    def reference(self) -> Decimal:
        return self.levels.entry

    @property
    def rank(self) -> int:
        return self.candidate.rank

    @property
    def grade(self) -> Grade:
        return self.candidate.grade

    @property
    def win_probability(self) -> float:
        """A guess in 0..1 from score and reward, not calibrated: shown, never used for size."""
        return win_probability(self.candidate.composite, self.levels.reward_r)

    @property
    def kelly(self) -> float:
        """A quarter of the Kelly share for that guess, 0..0.25: shown, never used for size."""
        reward_r = self.levels.reward_r
        return kelly(_probability(self.candidate.composite, reward_r), reward_r)

    def at_trigger(self, price: Decimal) -> Levels:
        """The levels that bind: computed from the trigger price."""
        if price is self.levels.entry:
            return self.levels
        return levels_at(self.candidate, price, self.rules)


@dataclass(frozen=True, slots=True)
class SignalGenerated(DomainEvent):
    """A plan was drawn for a selected candidate."""

    plan: TradePlan

    def payload(self) -> dict[str, object]:
        plan, levels = self.plan, self.plan.levels
        composite, reward_r = plan.candidate.composite, levels.reward_r
        return {
            "entry": plan.entry,
            "kelly": kelly(_probability(composite, reward_r), reward_r),
            "plan_id": plan.plan_id,
            "reference": plan.reference,
            "reward_r": reward_r,
            "side": plan.side,
            "stop": levels.stop,
            "stop_pct": levels.stop_pct,
            "symbol": plan.symbol,
            "target": levels.target,
            "target_pct": levels.target_pct,
            "win_probability": win_probability(composite, reward_r),
        }
