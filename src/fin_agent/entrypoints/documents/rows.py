"""The parts of the ``--json`` documents: one row a verdict, candidate, plan and trade.

The names are a contract (docs/schemas): keys may be added, never renamed.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime

from fin_agent.domain.candidate import FactorScore, TradeCandidate
from fin_agent.domain.events import Json
from fin_agent.domain.journal import TradeRecord
from fin_agent.domain.news import Headline
from fin_agent.domain.order import Fill
from fin_agent.domain.risk import PlanAdvised
from fin_agent.domain.verdict import Verdict
from fin_agent.entrypoints.documents.values import Document, jsonable, maybe, moment, number

_UNTIMED_IN_DAILY_BARS = frozenset({"stop", "target"})
_STORED_AS_TEXT = frozenset(
    {
        "quantity",
        "planned_quantity",
        "trigger_price",
        "stop",
        "target",
        "entry_price",
        "exit_price",
        "fees",
        "pnl",
    }
)
_STORED_TIMES = frozenset({"entry_time", "exit_time", "at"})


def verdict_row(verdict: Verdict) -> Document:
    """Why a symbol was kept or rejected."""
    return {
        "symbol": verdict.symbol,
        "verdict": verdict.verdict,
        "rule": verdict.rule,
        "measured": jsonable(verdict.measured),
        "threshold": jsonable(verdict.threshold),
        "source": verdict.source or None,
        "age_s": maybe(verdict.age_s),
        "admits_if": verdict.admits_if,
        "degraded": list(verdict.degraded),
    }


def candidate_row(candidate: TradeCandidate) -> Document:
    """A scored symbol; a factor without its inputs is null and has its reason in ``absent``."""
    factors = candidate.factors
    return {
        "rank": candidate.rank,
        "symbol": candidate.symbol,
        "side": candidate.side.value,
        "gap_pct": number(candidate.gap_pct),
        "gap_class": candidate.gap_class.value,
        "rvol": maybe(candidate.rvol),
        "price": number(candidate.price),
        "prev_close": number(candidate.prev_close),
        "atr14": maybe(candidate.atr14),
        "atr5": maybe(candidate.atr5),
        "adv": maybe(candidate.adv),
        "factors": {name: _factor(score) for name, score in factors.items()},
        "absent": {n: f.reason or "unknown" for n, f in factors.items() if f.score is None},
        "composite": number(candidate.composite),
        "coverage": number(candidate.coverage),
        "grade": candidate.grade.value,
        "headlines": [headline_row(headline) for headline in candidate.headlines],
        "degraded": list(candidate.degraded),
    }


def _factor(factor: FactorScore) -> Json:
    if factor.score is None:
        return None
    return {
        "score": number(factor.score),
        "weight": number(factor.weight),
        "lacking": list(factor.lacking),
    }


def headline_row(headline: Headline) -> Document:
    """A headline as it was received, word for word."""
    return {
        "text": headline.text,
        "source": headline.source,
        "published_at": moment(headline.published_at),
        "received_at": moment(headline.received_at),
        "sentiment": maybe(headline.sentiment),
        "scored_by": headline.scored_by,
    }


def plan_row(advice: PlanAdvised, fate: str | None = None) -> Document:
    """A plan with its advice; ``value`` and ``risk`` in account currency, prices in USD."""
    plan, levels, sizing = advice.plan, advice.plan.levels, advice.assessment.sizing
    return {
        "plan_id": plan.plan_id,
        "rank": plan.rank,
        "symbol": plan.symbol,
        "side": plan.side.value,
        "entry": plan.entry,
        "reference": number(plan.reference),
        "stop": number(levels.stop),
        "target": number(levels.target),
        "stop_pct": number(levels.stop_pct),
        "target_pct": number(levels.target_pct),
        "reward_r": number(levels.reward_r),
        "quantity": number(sizing.quantity),
        "value": number(sizing.value),
        "risk": number(sizing.risk),
        "win_probability": number(plan.win_probability),
        "win_probability_calibrated": False,
        "kelly": number(plan.kelly),
        "advice": {
            "approved": advice.is_approved,
            "breaches": [breach.value for breach in advice.breaches],
            "cumulative": [breach.value for breach in advice.cumulative],
            "bound_by": jsonable(sizing.bound_by),
            "shares_allowed_by": jsonable(sizing.allowed),
            "correlations": jsonable(sizing.correlations),
        },
        "fate": fate,
    }


_TRADE_NAMES = [item.name for item in fields(TradeRecord) if item.name != "fills"]


def trade_row(trade: TradeRecord, *, daily: bool = False) -> Document:
    """A closed trade; with ``daily`` bars nobody knows when a stop or a target was reached."""
    untimed = daily and trade.exit_reason in _UNTIMED_IN_DAILY_BARS
    row = {name: jsonable(getattr(trade, name)) for name in _TRADE_NAMES}
    row["exit_time"] = None if untimed else row["exit_time"]
    row["fills"] = [_fill_row(fill, untimed=untimed) for fill in trade.fills]
    return row


def _fill_row(fill: Fill, *, untimed: bool) -> Document:
    return {
        "at": None if untimed and not fill.is_entry else moment(fill.at),
        "price": number(fill.price),
        "quantity": number(fill.quantity),
        "reason": fill.reason,
    }


def stored_trade_row(row: Mapping[str, object]) -> Document:
    """A trade as the store gives it, in the same words as ``trade_row``."""
    return {key: _stored(key, value) for key, value in row.items()}


def _stored(key: str, value: object) -> Json:
    if key == "fills" and isinstance(value, list):
        return [stored_trade_row(fill) for fill in value]
    if isinstance(value, str) and key in _STORED_AS_TEXT:
        return number(float(value))
    if isinstance(value, str) and key in _STORED_TIMES:
        return moment(datetime.fromisoformat(value))
    return jsonable(value)
